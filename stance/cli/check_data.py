"""`stance check-data`."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from training.data.report import Report


class ReportFormat(StrEnum):
    """How the report is written."""

    TEXT = "text"
    MARKDOWN = "markdown"
    JSON = "json"


def check_data(
    files: Annotated[
        list[Path],
        typer.Argument(help="Labelled data: .jsonl or .csv, plain or .xz, or folders of them."),
    ],
    seeds: Annotated[
        bool, typer.Option("--seeds", help="Also hold the rows to seeds/GUIDELINES.md.")
    ] = False,
    find_errors: Annotated[
        bool,
        typer.Option("--find-errors", help="List likely label errors (trains models; minutes)."),
    ] = False,
    held_out: Annotated[
        list[Path] | None,
        typer.Option(help="Sentences never to be trained on: report what gives them away."),
    ] = None,
    similarity: Annotated[
        float,
        typer.Option(
            min=0.1, max=1.0, help="From which similarity on two texts repeat each other."
        ),
    ] = 0.6,
    report_format: Annotated[
        ReportFormat, typer.Option("--format", "-f", help="text, markdown or json.")
    ] = ReportFormat.TEXT,
) -> None:
    """Check labelled data: faults by line, counts, repeats, leaks, likely label errors.

    Faults are listed, all of them, and end the command with exit code 1. Otherwise: tables of
    rows, labels, genres, notes and lengths, the agreement of two readers, near-duplicates, and
    what training rows give away of held-out ones (the lists in training/held_out, and --held-out).

    \b
    Examples:
      stance check-data seeds --seeds
      stance check-data my_rows.csv --find-errors
      stance check-data seeds more.jsonl --held-out test.jsonl --format json
    """
    from training.data.report import examine

    report = examine(
        files,
        seeds=seeds,
        held_out=held_out or (),
        threshold=similarity,
        find_errors=find_errors,
    )
    typer.echo(_written(report, report_format), nl=False)
    if report.problems:
        count = len(report.problems)
        noun = "fault" if count == 1 else "faults"
        typer.echo(f"{count} {noun}; mend and run again", err=True)
        raise typer.Exit(1)


def _written(report: Report, report_format: ReportFormat) -> str:
    if report_format is ReportFormat.JSON:
        return json.dumps(report.to_record(), ensure_ascii=False, indent=1) + "\n"
    return report.to_markdown() if report_format is ReportFormat.MARKDOWN else report.to_text()
