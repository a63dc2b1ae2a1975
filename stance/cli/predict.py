"""`stance predict`."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from stance.cli import inputs
from stance.cli.options import ModelName, OutputFile, Paths, WholeLines
from stance.predict import DEFAULT_MODEL


class Format(StrEnum):
    """The output formats; table is for reading, the others carry the whole record."""

    TABLE = "table"
    JSONL = "jsonl"
    CSV = "csv"


def predict(
    paths: Paths,
    model: ModelName = DEFAULT_MODEL,
    form: Annotated[
        Format | None,
        typer.Option("--format", "-f", help="Default: table on a terminal, else jsonl."),
    ] = None,
    output: OutputFile = None,
    lines: WholeLines = False,
    labelled: Annotated[
        bool, typer.Option("--labelled", "-l", help="Leave out sentences without a label.")
    ] = False,
) -> None:
    """Label the sentences of documents: plain text, Markdown, HTML, DOCX, PDF.

    \b
    Examples:
      stance predict letter.md
      stance predict speeches/ -m baseline -f csv -o speeches.csv
      echo "We strongly condemn the attack." | stance predict -
    """
    from stance.cli import tables
    from stance.predict import load

    if form is None:
        form = _format_for(output)
    failures: list[str] = []
    classifier = load(model)
    predictions = (
        p
        for p in inputs.predictions(paths, classifier, failures, lines=lines)
        if p.labels or not labelled
    )
    with tables.opened(output) as stream:
        if form is Format.JSONL:
            tables.write_jsonl(predictions, stream)
        elif form is Format.CSV:
            tables.write_csv(predictions, stream)
        else:
            tables.write_table(predictions, stream)
    inputs.tell(failures, paths)


def _format_for(output: Path | None) -> Format:
    if output is not None:
        known = {f".{form}": form for form in (Format.JSONL, Format.CSV)}
        return known.get(output.suffix.lower(), Format.JSONL)
    return Format.TABLE if sys.stdout.isatty() else Format.JSONL
