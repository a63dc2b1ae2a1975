"""The Ray engine: the same predictor as an actor pool under Ray Data, on this machine or a cluster.

Parts travel to the actors and their results back through Ray's object store; only this process
writes. A folder's or a list's files are read by the actors, which must see them under the same
path; what an archive or a table holds travels with the part.
"""

from __future__ import annotations

import pickle
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Any, Final

from stance.batch.work import Finished, Job, Part, Predictor
from stance.errors import MissingExtraError, StanceError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_WAVE_BYTES: Final = 1 << 28
_RETRIES: Final = 3


def run_ray(
    parts: Iterator[Part], job: Job, workers: int, address: str | None
) -> Generator[Finished, None, None]:
    """Finish parts in `workers` actors of the cluster at `address`, by default one started here.

    An actor that dies is replaced and its part done again, up to three times. Ray Data takes its
    input as a whole: parts are handed over in waves of at most 256 MB of content.

    Raises MissingExtraError without Ray, StanceError where the cluster or its actors fail.
    """
    try:
        import ray
        from ray.exceptions import RayError
    except ImportError:
        raise MissingExtraError("--engine ray", "ray") from None

    is_ours = not ray.is_initialized()
    try:
        if is_ours:
            ray.init(address=address or "local", include_dashboard=False, log_to_driver=False)
        ray.data.DataContext.get_current().enable_progress_bars = False
        for wave in _waves(parts):
            rows = [{"part": pickle.dumps(part)} for part in wave]
            results = ray.data.from_items(rows, override_num_blocks=len(rows)).map_batches(
                _Actor,
                fn_constructor_args=(job,),
                batch_size=1,
                compute=ray.data.ActorPoolStrategy(size=min(workers, len(rows))),
                num_cpus=job.threads or 1,
                max_restarts=-1,
                max_task_retries=_RETRIES,
            )
            for row in results.iter_rows():
                yield pickle.loads(row["finished"])  # noqa: S301 - from our own actors
    except (RayError, ConnectionError) as error:
        raise StanceError(
            f"Ray failed: {str(error).strip().splitlines()[-1]}; what is finished is kept: go on "
            "with --resume, where a document ends its process with --engine local, which finds it"
        ) from error
    finally:
        if is_ours:
            ray.shutdown()


def _waves(parts: Iterator[Part]) -> Iterator[list[Part]]:
    wave: list[Part] = []
    held = 0
    for part in parts:
        wave.append(part)
        held += sum(len(i.content) for i in part.items if isinstance(i.content, bytes | str))
        if held > _WAVE_BYTES:
            yield wave
            wave, held = [], 0
    if wave:
        yield wave


class _Actor:
    """The predictor as Ray Data calls it: a batch of one pickled part in, its result out."""

    def __init__(self, job: Job) -> None:
        self._predict = Predictor(job)

    def __call__(self, batch: dict[str, NDArray[np.object_]]) -> dict[str, Any]:
        import numpy as np

        done = [pickle.dumps(self._predict(pickle.loads(part))) for part in batch["part"]]  # noqa: S301
        return {"finished": np.array(done, dtype=object)}
