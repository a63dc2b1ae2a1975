"""A batch from source to output."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Final

import stance
from stance.batch.checkpoint import COMPLETE, Checkpoint, Settings, open_run
from stance.batch.sinks import sink_for
from stance.batch.sources import Source, numbered, open_source, survey
from stance.batch.summary import Summary
from stance.batch.work import Finished, Job, Part, item
from stance.classifiers.store import MANIFEST, find, open_folder, sha256
from stance.errors import StanceError
from stance.predict import DEFAULT_MODEL

ENGINES: Final = ("local", "ray")
_PARTS: Final = 64
# A part and its result are held whole, by a worker and by this process: the upper bound keeps
# memory flat, the lower one spares files.
_PART_BYTES: Final = (1 << 16, 1 << 19)


@dataclass(frozen=True, slots=True)
class Batch:
    """What to do: label the documents of `source` and write `output`, a .parquet, .jsonl or .csv.

    `workers` is the number of processes or Ray actors, None for one a core; `threads` what each
    of them uses, None for its share of the cores. `glob`, `text_column`, `id_column` and `limit`
    are as `sources.open_source` takes them. `resume` goes on with an interrupted run.
    """

    source: Path
    output: Path
    model: str = DEFAULT_MODEL
    engine: str = "local"
    ray_address: str | None = None
    workers: int | None = None
    threads: int | None = None
    limit: int | None = None
    glob: str | None = None
    text_column: str | None = None
    id_column: str | None = None
    resume: bool = False


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: of `total` documents, `earlier` were done before it was resumed."""

    total: int
    earlier: int
    documents: int
    failed: int
    sentences: int


def run(batch: Batch, on_progress: Callable[[Progress], None] = lambda _: None) -> Summary:
    """Label all documents; the output appears when all are done, with a run folder beside it.

    Documents that cannot be read are counted in the summary and listed in the run folder's
    failures.jsonl. Interrupted at any moment, the run can be resumed, and its output is then the
    same, byte for byte. Two runs with equal settings give equal bytes.

    Raises StanceError for a source, model, output or option that does not fit, and for a disk
    that is full: what is finished stays.
    """
    sink = sink_for(batch.output)
    if batch.engine not in ENGINES:
        raise StanceError(f"engine {batch.engine!r}; expected one of {', '.join(ENGINES)}")
    for option in ("workers", "threads", "limit"):
        if (value := getattr(batch, option)) is not None and value < 1:
            raise StanceError(f"{option} is {value}; expected 1 or more")
    model = open_folder(find(batch.model))
    source = open_source(
        batch.source.absolute(),
        glob=batch.glob,
        text_column=batch.text_column,
        id_column=batch.id_column,
        limit=batch.limit,
    )
    seen = survey(source)
    smallest, largest = _PART_BYTES
    settings = Settings(
        stance=stance.__version__,
        model=model.name,
        model_sha256=sha256(model.path / MANIFEST),
        input_sha256=seen.sha256,
        documents=seen.documents,
        limit=batch.limit,
        format=sink.name,
        part_bytes=min(largest, max(smallest, seen.bytes // _PARTS)),
    )
    with open_run(batch.output, settings, resume=batch.resume) as checkpoint:
        if checkpoint.state() != COMPLETE:
            from joblib import cpu_count  # slow to import

            workers = batch.workers or cpu_count()
            threads = batch.threads or max(1, cpu_count() // workers)
            job = Job(str(model.path.absolute()), sink.name, threads)
            parts = _unfinished(source, settings.part_bytes, checkpoint.finished())
            _finish(_engine(batch, job, parts, workers), checkpoint, on_progress)
        return checkpoint.publish()


def _finish(
    results: Generator[Finished, None, None],
    checkpoint: Checkpoint,
    on_progress: Callable[[Progress], None],
) -> None:
    """Keep each part as soon as it is done; where that fails, the engine is stopped."""
    so_far = checkpoint.summary()
    earlier = done = so_far.documents + so_far.failed
    failed, sentences = so_far.failed, 0
    with closing(results):
        for result in results:
            checkpoint.commit(result)
            done += result.summary.documents + result.summary.failed
            failed += result.summary.failed
            sentences += result.summary.sentences
            total = checkpoint.settings.documents
            on_progress(Progress(total, earlier, done, failed, sentences))


def _unfinished(source: Source, size: int, finished: set[int]) -> Iterator[Part]:
    entries = numbered(source.entries(), size)
    for number, group in groupby(entries, key=itemgetter(0)):
        if number not in finished:
            yield Part(number, tuple(item(entry) for _, entry in group))


def _engine(
    batch: Batch, job: Job, parts: Iterator[Part], workers: int
) -> Generator[Finished, None, None]:
    if batch.engine == "ray":
        from stance.batch.ray_engine import run_ray

        return run_ray(parts, job, workers, batch.ray_address)
    from stance.batch.local import run_local

    return run_local(parts, job, workers)
