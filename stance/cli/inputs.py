"""What a command's PATH arguments stand for."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from stance.documents import SUFFIXES, read, read_bytes
from stance.errors import DocumentError
from stance.records import Document, Prediction

if TYPE_CHECKING:
    from stance.classifiers.base import Classifier

STDIN = Path("-")


def documents(paths: Sequence[Path], failures: list[str]) -> Iterator[Document]:
    """The documents that the paths name: files, folders (searched through), `-` for stdin.

    A document that cannot be read is left out and its message appended to `failures`.
    """
    for path in paths:
        for one in _files(path, failures):
            try:
                if one == STDIN:
                    yield read_bytes(sys.stdin.buffer.read(), "stdin")
                else:
                    yield read(one)
            except DocumentError as error:
                failures.append(str(error))


def predictions(
    paths: Sequence[Path], classifier: Classifier, failures: list[str], *, lines: bool = False
) -> Iterator[Prediction]:
    """The predictions for the documents that the paths name; with `lines`, for their lines."""
    from stance.predict import predict_document, predict_lines

    predict = predict_lines if lines else predict_document
    for document in documents(paths, failures):
        yield from predict(document, classifier)


def tell(failures: Sequence[str], paths: Sequence[Path]) -> None:
    """List what failed on stderr and exit: with 1 for a single file, else with 3."""
    for failure in failures:
        print(f"stance: {failure}", file=sys.stderr)
    if failures:
        raise typer.Exit(1 if len(paths) == 1 and not paths[0].is_dir() else 3)


def _files(path: Path, failures: list[str]) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    found = sorted(p for p in path.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file())
    if not found:
        failures.append(f"{path}: no document in this folder; stance reads {', '.join(SUFFIXES)}")
    yield from found
