"""Arguments and options that several commands share, and the check for an extra they need."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from stance.errors import MissingExtraError

Paths = Annotated[
    list[Path],
    typer.Argument(help="Files, folders, or - for standard input.", metavar="PATH..."),
]
ModelName = Annotated[
    str, typer.Option("--model", "-m", help="A shipped model's name, or a model folder.")
]
OutputFile = Annotated[
    Path | None, typer.Option("--output", "-o", help="Write to this file instead of stdout.")
]
WholeLines = Annotated[
    bool, typer.Option("--lines", help="Each line is one sentence; do not split.")
]


class extra:  # noqa: N801 - reads as a word of the language: with extra("..."):
    """Turns a failed import into the error that names the extra to install."""

    def __init__(self, what: str) -> None:
        self._what = what

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, ModuleNotFoundError):
            raise MissingExtraError(self._what, "train") from error
