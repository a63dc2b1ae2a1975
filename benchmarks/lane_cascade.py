"""The cascade beside the transformer that it calls, on documents and on the seed sentences.

The documents are those of `seeds/documents`, split as `stance predict` does. What the cascade
costs in macro-F1 is in the tables of `stance evaluate`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
from measuring import ROOT, Row, Seed, interleave

import stance
from stance.classifiers.store import find, open_folder

LANE = "cascade"


def cascade_lane(seeds: Sequence[Seed], count: int, rounds: int) -> list[Row]:
    """The rows of the lane: all sentences of the documents, and `count` seeds."""
    folder = open_folder(find("cascade"))
    first, second = (stance.load(name) for name in folder.need("models"))
    cascade = stance.load("cascade")
    files = sorted(
        path
        for path in (ROOT / "seeds" / "documents").iterdir()
        if not path.name.endswith(".expected.jsonl")
    )
    sets: dict[str, list[str]] = {
        "documents": [s.text for path in files for s in stance.split(stance.read(path))],
        "seeds": [seed.text for seed in seeds[:: max(1, len(seeds) // count)]],
    }
    rows = []
    for name, texts in sets.items():
        timings = interleave(
            {"cascade": partial(cascade.predict, texts), "second": partial(second.predict, texts)},
            rounds,
        )
        sure = (first.predict_proba(texts) <= np.asarray(folder.need("sure"))).all(axis=1)
        ratio = timings.times_as_fast("cascade", "second")
        rate = partial(timings.rate, count=len(texts))
        aim = "at least 3" if name == "documents" else ""
        rows += [
            Row(LANE, f"stance cascade, {name}", rate("cascade"), "sentences/s"),
            Row(LANE, f"stance multilingual, {name}", rate("second"), "sentences/s", ratio, aim),
            Row(LANE, f"answered by the baseline, {name}", 100 * sure.mean(), "%"),
        ]
    return rows
