"""Finished work on disk, so that nothing finished is ever lost.

Beside an output `scores.jsonl` stands `scores.jsonl.run/`:

    manifest.json    settings, state (running, publishing, complete), and at the end the summary
    parts/000042     a finished part, in the output's format
    reports/000042   its failures and counts; a part is finished when this file exists
    failures.jsonl   at the end: every document that failed, in source order, with the reason

Each file is written under another name, flushed to the disk and renamed, so that it is whole or
not there. The output appears in one rename at the end; parts and reports are then removed.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import chain
from pathlib import Path
from typing import Any, Final

from stance.batch.sinks import SINKS
from stance.batch.summary import Summary, add
from stance.batch.work import Finished
from stance.errors import StanceError

try:
    import fcntl
except ImportError:  # Windows has no such locks
    fcntl = None  # type: ignore[assignment]

RUNNING: Final = "running"
PUBLISHING: Final = "publishing"
COMPLETE: Final = "complete"


@dataclass(frozen=True, slots=True)
class Settings:
    """All that the result depends on. A run is resumed only with equal settings.

    `input_sha256` is the source's (`sources.survey`), `model_sha256` of the model's manifest.json,
    `part_bytes` the size at which parts are cut.
    """

    stance: str
    model: str
    model_sha256: str
    input_sha256: str
    documents: int
    limit: int | None
    format: str
    part_bytes: int


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The run folder of an output, locked for this process."""

    output: Path
    settings: Settings

    @property
    def folder(self) -> Path:
        """The run folder."""
        return run_folder(self.output)

    @property
    def failures(self) -> Path:
        """The list of the documents that failed."""
        return self.folder / "failures.jsonl"

    def state(self) -> str:
        """How far the run is: RUNNING, PUBLISHING or COMPLETE."""
        return str(_read_manifest(self.folder)["state"])

    def summary(self) -> Summary:
        """The counts of all parts that are finished."""
        manifest = _read_manifest(self.folder)
        if manifest["state"] == COMPLETE:
            return Summary.from_json(manifest["summary"])
        return add(Summary.from_json(report["summary"]) for report in self._reports())

    def finished(self) -> set[int]:
        """The numbers of the finished parts."""
        return {int(path.name) for path in (self.folder / "reports").iterdir()}

    def commit(self, part: Finished) -> None:
        """Keep a finished part."""
        report = {
            "failures": [asdict(one) for one in part.failures],
            "summary": part.summary.to_json(),
        }
        self._write(self._part(part.number), [part.data])
        self._write(self.folder / "reports" / f"{part.number:06d}", [_json(report)])

    def publish(self) -> Summary:
        """Make the output of the finished parts, and say what is in it."""
        if self.state() != COMPLETE:
            found = (one for report in self._reports() for one in report["failures"])
            self._write(self.failures, map(_json, found))
            self._assemble()
            self._write_manifest(COMPLETE, summary=self.summary().to_json())
        elif not self.output.exists():
            raise StanceError(
                f"{self.output}: finished, but moved or deleted since; "
                "to make it again, leave --resume out"
            )
        _remove_parts(self.folder)
        return self.summary()

    def _assemble(self) -> None:
        sink = SINKS[self.settings.format]
        parts = self.folder / "parts"
        if not sink.is_folder:
            files = (path.read_bytes() for path in sorted(parts.iterdir()))
            self._write(self.output, chain([sink.header], files))
            return
        # Once the folder is moved, this state alone tells that no part is missing.
        self._write_manifest(PUBLISHING)
        with _writing(self.output, self.folder):
            if parts.exists():
                parts.rename(self.output)
            _flush_folder(self.output.parent)

    def _part(self, number: int) -> Path:
        sink = SINKS[self.settings.format]
        name = f"part-{number:06d}.parquet" if sink.is_folder else f"{number:06d}"
        return self.folder / "parts" / name

    def _reports(self) -> Iterator[dict[str, Any]]:
        for path in sorted((self.folder / "reports").iterdir()):
            yield json.loads(path.read_bytes())

    def _write_manifest(self, state: str, **entries: object) -> None:
        manifest = {"settings": asdict(self.settings), "state": state, **entries}
        self._write(self.folder / "manifest.json", [_json(manifest, indent=2)])

    def _write(self, path: Path, parts: Iterable[bytes]) -> None:
        """Write a file whole or not at all. The folder's lock makes one spare name enough."""
        spare = self.folder / "unfinished"
        with _writing(path, self.folder):
            try:
                with spare.open("wb") as file:
                    file.writelines(parts)
                    file.flush()
                    os.fsync(file.fileno())
            except OSError:
                spare.unlink(missing_ok=True)  # on a full disk, every byte counts
                raise
            spare.replace(path)
            _flush_folder(path.parent)


def run_folder(output: Path) -> Path:
    """The folder beside an output that holds what is known of its run."""
    return output.with_name(output.name + ".run")


@contextmanager
def open_run(output: Path, settings: Settings, *, resume: bool) -> Iterator[Checkpoint]:
    """The checkpoint of a new run, or of an earlier one to go on with.

    Raises StanceError where the output exists or an unfinished run does and `resume` is False;
    where the earlier run had other settings; where another process works on it.
    """
    checkpoint = Checkpoint(output, settings)
    folder = checkpoint.folder
    with _writing(folder, folder):
        folder.mkdir(parents=True, exist_ok=True)
    with _locked(folder):
        if not _is_to_continue(checkpoint, resume):
            _remove_parts(folder)
            with _writing(folder, folder):
                (folder / "parts").mkdir()
                (folder / "reports").mkdir()
            checkpoint._write_manifest(RUNNING)
        yield checkpoint


def _is_to_continue(checkpoint: Checkpoint, resume: bool) -> bool:
    """Whether there is an earlier run to go on with; raises StanceError where it must not be."""
    folder, output = checkpoint.folder, checkpoint.output
    is_started = (folder / "manifest.json").exists()
    manifest: dict[str, Any] = {"state": COMPLETE}
    if is_started:
        manifest = _read_manifest(folder)
    if resume and is_started:
        now = asdict(checkpoint.settings)
        for key, before in manifest["settings"].items():
            if now.get(key) != before:
                raise StanceError(
                    f"{folder}: the run has {key} {before!r}, now it would be {now.get(key)!r}; "
                    "resume with what it was started with, or write to another output"
                )
        return True
    if manifest["state"] != COMPLETE:
        raise StanceError(
            f"{folder}: an unfinished run; go on with --resume, or delete it to start again"
        )
    if output.exists():
        raise StanceError(f"{output}: exists already; choose another name, or delete it first")
    return False


def _remove_parts(folder: Path) -> None:
    for name in ("parts", "reports"):
        shutil.rmtree(folder / name, ignore_errors=True)


def _read_manifest(folder: Path) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_bytes())
        manifest["settings"], manifest["state"]
    except (ValueError, KeyError, TypeError):
        raise StanceError(
            f"{folder / 'manifest.json'}: not written by stance batch; delete the folder"
        ) from None
    return manifest


@contextmanager
def _writing(path: Path, folder: Path) -> Iterator[None]:
    """Turns what the disk refuses into a StanceError that says what to do."""
    try:
        yield
    except OSError as error:
        raise StanceError(
            f"{path}: cannot be written: {error.strerror or error}; what is finished is kept in "
            f"{folder}: make room or give access, then go on with --resume"
        ) from error


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Keeps other processes out of the folder; the lock ends with the process, however it ends."""
    if fcntl is None:
        yield
        return
    with _writing(folder, folder):
        descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StanceError(
                f"{folder}: another process works on this run; let it finish"
            ) from None
        except OSError:
            pass  # a file system without locks
        yield
    finally:
        os.close(descriptor)


def _flush_folder(folder: Path) -> None:
    """Make a rename in the folder outlast a power cut."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _json(value: object, indent: int | None = None) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=indent).encode() + b"\n"
