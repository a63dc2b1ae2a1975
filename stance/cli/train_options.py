"""What the commands of `stance train` share: arguments, options, a log with minutes."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

Data = Annotated[
    list[Path] | None,
    typer.Argument(help="JSONL or CSV files of labelled sentences, or folders.", metavar="DATA..."),
]
MoreData = Annotated[
    list[Path] | None,
    typer.Option("--data", help="The same, as an option; can be repeated."),
]
Pairs = Annotated[Path, typer.Argument(help="A folder of parallel text: ar-en.tsv, zh-en.tsv, ...")]
Output = Annotated[Path, typer.Option("--output", "-o", help="Write the model to this folder.")]
RowsFile = Annotated[Path, typer.Option("--output", "-o", help="The JSONL file to write.")]
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
