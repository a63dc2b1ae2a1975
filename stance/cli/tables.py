"""Predictions as JSONL, CSV, and as a table for the eye."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from stance.classifiers.clean import clean
from stance.errors import StanceError
from stance.labels import STANCES
from stance.records import Kind, Prediction

if TYPE_CHECKING:
    from rich.text import Text

_STYLES = {
    "concern": "yellow",
    "condemnation": "bold red",
    "support": "bold green",
    "welcome": "cyan",
}
_QUIET = (Kind.HEADING, Kind.LETTERHEAD, Kind.SIGNATURE, Kind.BOILERPLATE)


@contextmanager
def opened(output: Path | None) -> Iterator[TextIO]:
    """The output file, or stdout, as UTF-8. Raises StanceError where the file cannot be written."""
    if output is None:
        # A terminal's encoding may lack a character of the text; never fail for that.
        if hasattr(sys.stdout, "reconfigure"):
            sys.stdout.reconfigure(encoding="utf-8", errors="replace")
        yield sys.stdout
        return
    try:
        with output.open("w", encoding="utf-8", newline="") as stream:
            yield stream
    except OSError as error:
        raise StanceError(f"{output}: cannot be written: {error.strerror or error}") from error


def write_jsonl(predictions: Iterable[Prediction], stream: TextIO) -> None:
    """One record a line."""
    for prediction in predictions:
        stream.write(json.dumps(prediction.to_record(), ensure_ascii=False) + "\n")


def write_csv(predictions: Iterable[Prediction], stream: TextIO) -> None:
    """The same record, flat: labels joined with `|`, one score column for each stance."""
    writer: csv.DictWriter[str] | None = None
    for prediction in predictions:
        record = prediction.to_row()
        if writer is None:
            writer = csv.DictWriter(stream, list(record), lineterminator="\n")
            writer.writeheader()
        writer.writerow(record)


def write_table(predictions: Iterable[Prediction], stream: TextIO) -> None:
    """For reading: label and probability beside each sentence, document by document."""
    from rich.console import Console
    from rich.table import Table

    console = Console(file=stream, highlight=False)
    for name, of_document in groupby(predictions, key=lambda p: p.doc):
        table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
        table.add_column(no_wrap=True, min_width=18)
        table.add_column(overflow="fold")
        if name:
            console.print(name, style="bold underline", markup=False)
        for prediction in of_document:
            table.add_row(_labels(prediction), _sentence(prediction))
        console.print(table)


def _labels(prediction: Prediction) -> Text:
    from rich.text import Text

    if not prediction.labels:
        return Text("–", style="dim")
    scores = dict(zip(STANCES, prediction.scores, strict=True))
    parts = [Text(f"{label} {scores[label]:.2f}", _STYLES[label]) for label in prediction.labels]
    return Text("\n").join(parts)


def _sentence(prediction: Prediction) -> Text:
    from rich.text import Text

    quiet = prediction.sentence.kind in _QUIET
    return Text(clean(prediction.text), style="dim" if quiet else "")
