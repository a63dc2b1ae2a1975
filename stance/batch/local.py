"""The local engine: worker processes that each read, split and score whole parts.

Each worker has its own pipe, so that it is known which part, and which document of it, a worker
that died was busy with. joblib's pool cannot tell, and gives up all that its workers were doing.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections import Counter, deque
from collections.abc import Generator, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import TYPE_CHECKING, Final

from stance.batch.work import SCORING, Finished, Job, Part, Predictor
from stance.errors import StanceError

if TYPE_CHECKING:
    from ctypes import c_long

_STARTING: Final = -2
_DEATHS: Final = 2
"""How many workers may die on one document before it is given up."""

# A forked child would share the threads' locks of a parent that has threads.
_CONTEXT: Final = multiprocessing.get_context("spawn")


@dataclass(slots=True)
class _Worker:
    """A process, the pipe to it, the part it has and, in shared memory, where in it it is."""

    process: SpawnProcess
    pipe: Connection
    at: c_long
    part: Part | None = None


def run_local(parts: Iterator[Part], job: Job, workers: int) -> Generator[Finished, None, None]:
    """Finish parts in at most `workers` processes; the results come in any order.

    A worker that dies is replaced and its part done again; a document that two workers died on is
    a failure. At most `workers` parts are held at a time.

    Raises StanceError where the model cannot be loaded, or workers die without a document to blame.
    """
    todo = deque(islice(parts, workers))
    deaths: Counter[tuple[int, int]] = Counter()
    team: dict[Connection, _Worker] = {}
    try:
        for _ in range(len(todo)):
            _hire(team, job)
        while team:
            for pipe in wait(list(team)):
                worker = team[pipe]  # type: ignore[index]
                try:
                    answer = worker.pipe.recv()
                except (EOFError, OSError):
                    del team[worker.pipe]
                    todo.extend(_after_death(worker, deaths))
                    _hire(team, job)
                    continue
                if isinstance(answer, str):
                    raise StanceError(answer)
                worker.part = todo.popleft() if todo else next(parts, None)
                _give(worker, team)
                if answer is not None:
                    yield answer
    finally:
        for worker in team.values():
            worker.process.terminate()
            _dismiss(worker)


def _hire(team: dict[Connection, _Worker], job: Job) -> None:
    ours, theirs = _CONTEXT.Pipe()
    at = _CONTEXT.RawValue("l", _STARTING)
    process = _CONTEXT.Process(target=_work, args=(theirs, at, job, os.getpid()), daemon=True)
    process.start()
    theirs.close()  # else the pipe would not end with the worker
    team[ours] = _Worker(process, ours, at)


def _give(worker: _Worker, team: dict[Connection, _Worker]) -> None:
    """Hand the worker its next part, or dismiss it where there is none."""
    if worker.part is None:
        del team[worker.pipe]
        _dismiss(worker)
        return
    worker.at.value = _STARTING
    with suppress(OSError):  # a worker that is dead by now shows as the end of its pipe
        worker.pipe.send(worker.part)


def _dismiss(worker: _Worker) -> None:
    """End a worker: its pipe's end tells it to go."""
    worker.pipe.close()
    worker.process.join(timeout=5)
    if worker.process.is_alive():
        worker.process.kill()
        worker.process.join()
    worker.process.close()


def _after_death(worker: _Worker, deaths: Counter[tuple[int, int]]) -> list[Part]:
    """What is to be done again after a worker died."""
    worker.process.join()
    code = worker.process.exitcode or 0
    how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
    _dismiss(worker)
    part, at = worker.part, worker.at.value
    place = (part.number if part else -1, at)
    deaths[place] += 1
    if deaths[place] < _DEATHS:
        return [part] if part else []
    if part is None or at < 0:
        doing = "scoring sentences" if at == SCORING else "starting"
        raise StanceError(
            f"{_DEATHS} worker processes died while {doing} ({how}); where memory ran out, use "
            "fewer --workers; what is finished is kept, go on with --resume"
        )
    return [part.without(at, f"{part.items[at].name}: reading it ended the process ({how}), twice")]


def _work(pipe: Connection, at: c_long, job: Job, parent: int) -> None:
    """A worker's life: load the model, then finish parts until the pipe ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent gets it too, and ends its workers

    def note(index: int) -> None:
        if os.getppid() != parent:
            os._exit(1)  # the parent was killed: nobody waits for this part
        at.value = index

    with suppress(EOFError, BrokenPipeError, ConnectionResetError):
        try:
            predictor = Predictor(job)
            pipe.send(None)
            while True:
                pipe.send(predictor(pipe.recv(), note))
        except StanceError as error:
            pipe.send(str(error))
