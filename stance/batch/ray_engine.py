"""The Ray engine: the same predictor as an actor pool under Ray Data, on this machine or a cluster.

Parts travel to the actors and their results back through Ray's object store; only this process
writes. A folder's or a list's files are read by the actors, which must see them under the same
path; what an archive or a table holds travels with the part.
"""

from __future__ import annotations

import logging
import pickle
from collections import Counter
from collections.abc import Generator, Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from stance.batch.work import Finished, Job, Part, Predictor
from stance.errors import MissingExtraError, StanceError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from ray.actor import ActorHandle

_WAVE_BYTES: Final = 1 << 28
_MOST_TRIES: Final = 3


def run_ray(
    parts: Iterator[Part], job: Job, workers: int, address: str | None
) -> Generator[Finished, None, None]:
    """Finish parts in `workers` actors of the cluster at `address`, by default one started here.

    An actor that dies is replaced and its part done again, three times at most. Ray Data takes its
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
            ray.init(
                address=address or "local",
                include_dashboard=False,
                log_to_driver=False,
                logging_level=logging.ERROR,
            )
        ray.data.DataContext.get_current().enable_progress_bars = False
        tries = ray.remote(num_cpus=0)(_Tries).remote()
        for wave in _waves(parts):
            rows = [{"part": pickle.dumps(part)} for part in wave]
            results = ray.data.from_items(rows, override_num_blocks=len(rows)).map_batches(
                _Actor,
                fn_constructor_args=(job, tries),
                batch_size=1,
                compute=ray.data.ActorPoolStrategy(size=min(workers, len(rows))),
                num_cpus=job.threads or 1,
            )
            for row in results.iter_rows():
                answer = pickle.loads(row["answer"])  # noqa: S301 - from our own actors
                if isinstance(answer, str):
                    raise StanceError(answer)
                yield answer
    except (RayError, ConnectionError) as error:
        first = str(error).strip().split("\n")[0]
        raise StanceError(
            f"Ray failed: {type(error).__name__}: {first}; what is finished is kept, go on with "
            "--resume, with --engine local where this cluster cannot"
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


class _Tries:
    """Counts how often each part was begun. Ray itself would begin one without end."""

    def __init__(self) -> None:
        self._counts: Counter[int] = Counter()

    def begin(self, number: int) -> int:
        """How often the part was begun, this time included."""
        self._counts[number] += 1
        return self._counts[number]


class _Actor:
    """The predictor as Ray Data calls it: a batch of one pickled part in, its result out.

    The result is a str where the run has to end; an exception would come with all of Ray's stack.
    """

    def __init__(self, job: Job, tries: ActorHandle[_Tries]) -> None:
        self._job = job
        self._tries = tries

    @cached_property
    def _predict(self) -> Predictor:
        return Predictor(self._job)

    def __call__(self, batch: dict[str, NDArray[np.object_]]) -> dict[str, Any]:
        import numpy as np

        answers = [pickle.dumps(self._answer(pickle.loads(part))) for part in batch["part"]]  # noqa: S301
        return {"answer": np.array(answers, dtype=object)}

    def _answer(self, part: Part) -> Finished | str:
        import ray

        count: Any = ray.get(self._tries.begin.remote(part.number))
        if count > _MOST_TRIES:
            return (
                f"{_MOST_TRIES} actors died on the documents {part.items[0].name} to "
                f"{part.items[-1].name}; what is finished is kept, go on with --resume and "
                "--engine local, which finds the one that ends its process and leaves it out"
            )
        try:
            return self._predict(part)
        except StanceError as error:
            return str(error)
