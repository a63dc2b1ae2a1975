"""`stance report`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stance.cli import inputs
from stance.cli.options import ModelName
from stance.labels import STANCES
from stance.predict import DEFAULT_MODEL

if TYPE_CHECKING:
    from stance.records import Prediction

_LARGE = 50_000_000
"""Bytes from which on a page is heavy for a browser."""


def report(
    paths: Annotated[
        list[Path],
        typer.Argument(
            help="Documents, folders, - for standard input; or predictions (.jsonl, .csv, "
            ".parquet, a folder of .parquet).",
            metavar="PATH...",
        ),
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="The HTML file to write.")],
    model: ModelName = DEFAULT_MODEL,
    title: Annotated[str, typer.Option("--title", help="The page's title.")] = "Stance report",
) -> None:
    """Show the labelled sentences in their documents, as one HTML page that needs nothing else.

    Files of predictions are shown as they are; only documents need the model.

    \b
    Examples:
      stance report letter.md -o report.html
      stance report speeches/ -m baseline -o speeches.html --title "General debate"
      stance report predictions.jsonl -o report.html
    """
    from stance.report import write_report

    failures: list[str] = []
    predictions = _predictions(paths, model, failures)
    first = list(islice(predictions, 1))
    if first or not failures:
        total = write_report(chain(first, predictions), output, title)
        counts = ", ".join(f"{stance} {total.stances[stance]}" for stance in STANCES)
        print(
            f"{output}: {total.documents} documents, {total.sentences} sentences ({counts})",
            file=sys.stderr,
        )
        size = output.stat().st_size
        if size > _LARGE:
            print(
                f"stance: {output} has {size / 1e6:.0f} MB, which a browser opens slowly; "
                "give fewer documents to a page",
                file=sys.stderr,
            )
    for failure in failures:
        print(f"stance: {failure}", file=sys.stderr)
    if failures:
        raise typer.Exit(3 if first else 1)


def _predictions(paths: list[Path], model: str, failures: list[str]) -> Iterator[Prediction]:
    from stance.predict import load, predict_document
    from stance.report import is_predictions, read_predictions

    classifier = None
    for path in paths:
        if is_predictions(path):
            yield from read_predictions(path)
            continue
        classifier = classifier or load(model)
        for document in inputs.documents([path], failures):
            yield from predict_document(document, classifier)
