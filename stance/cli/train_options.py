"""What the commands of `stance train` share: options, a log with minutes, the extra they need."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from stance.errors import MissingExtraError

Data = Annotated[
    list[Path] | None,
    typer.Argument(help="JSONL or CSV files of labelled sentences, or folders.", metavar="DATA..."),
]
MoreData = Annotated[
    list[Path] | None,
    typer.Option("--data", help="The same, as an option; can be repeated."),
]
Output = Annotated[Path, typer.Option("--output", "-o", help="Write the model to this folder.")]
Recipe = Annotated[
    Path | None, typer.Option("--recipe", help="A TOML file of settings; options win over it.")
]
Seed = Annotated[int | None, typer.Option("--seed", help="Seed of all random draws.")]
Device = Annotated[str | None, typer.Option("--device", help="cpu or cuda.")]
Resume = Annotated[bool, typer.Option("--resume", help="Go on from the last checkpoint.")]


def timed_log() -> Callable[[str], None]:
    """A log on stderr that begins each line with the minutes since it was made."""
    started = time.monotonic()

    def log(message: str) -> None:
        print(f"{(time.monotonic() - started) / 60:6.1f} min  {message}", file=sys.stderr)

    return log


class extra:  # noqa: N801 - reads as a word of the language: with extra("..."):
    """Turns a failed import into the error that names the extra to install."""

    def __init__(self, what: str) -> None:
        self._what = what

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, ModuleNotFoundError):
            raise MissingExtraError(self._what, "train") from error
