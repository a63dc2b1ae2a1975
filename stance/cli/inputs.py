"""What a command's PATH arguments stand for."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from stance.documents import SUFFIXES, read, read_bytes
from stance.errors import DocumentError
from stance.records import Document

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


def _files(path: Path, failures: list[str]) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    found = sorted(p for p in path.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file())
    if not found:
        failures.append(f"{path}: no document in this folder; stance reads {', '.join(SUFFIXES)}")
    yield from found
