"""Arguments and options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

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
