"""Many documents to one table, without ever losing finished work: `run(Batch(source, output))`.

`sources` and `tables` list documents, `work` reads, splits and scores a part of them, `local` and
`ray_engine` do many parts at a time, `checkpoint` keeps what is finished, `sinks` are the formats.
"""

from stance.batch.runs import Batch, Progress, run
from stance.batch.summary import Summary

__all__ = ["Batch", "Progress", "Summary", "run"]
