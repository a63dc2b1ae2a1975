"""`stance explain`."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from stance.cli import inputs
from stance.cli.options import ModelName, OutputFile, Paths, WholeLines
from stance.predict import DEFAULT_MODEL

if TYPE_CHECKING:
    from rich.text import Text

    from stance.report import Explanation

_LEAST = 0.01
"""Words that weigh less are not shown as weighing anything."""
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class Format(StrEnum):
    """The output formats; table is for reading, jsonl carries the whole record."""

    TABLE = "table"
    JSONL = "jsonl"


def explain(
    paths: Paths,
    model: ModelName = DEFAULT_MODEL,
    form: Annotated[
        Format | None,
        typer.Option("--format", "-f", help="Default: table on a terminal, else jsonl."),
    ] = None,
    output: OutputFile = None,
    lines: WholeLines = False,
    every: Annotated[
        bool, typer.Option("--all", help="Explain the sentences without a label, too.")
    ] = False,
    max_words: Annotated[
        int, typer.Option(min=1, help="Words of a sentence that are weighed, at most.")
    ] = 120,
) -> None:
    """Show which words moved each label: what its probability loses without the word.

    \b
    Examples:
      stance explain letter.md
      stance explain sentences.txt --lines --all -f jsonl
      echo "We strongly condemn the attack." | stance explain -
    """
    from stance.cli.tables import opened
    from stance.predict import load
    from stance.report import explain as explained

    if form is None:
        form = Format.TABLE if output is None and sys.stdout.isatty() else Format.JSONL
    failures: list[str] = []
    classifier = load(model)
    chosen = (
        p for p in inputs.predictions(paths, classifier, failures, lines=lines) if p.labels or every
    )
    explanations = explained(chosen, classifier, max_words=max_words)
    with opened(output) as stream:
        if form is Format.JSONL:
            for one in explanations:
                stream.write(json.dumps(one.to_record(), ensure_ascii=False) + "\n")
        else:
            _write_table(explanations, stream)
    inputs.tell(failures, paths)


def _write_table(explanations: Iterable[Explanation], stream: TextIO) -> None:
    """A row for each stance explained: its probability, the sentence, the heaviest words."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from stance.labels import STANCES

    console = Console(file=stream, highlight=False)
    doc = ""
    for one in explanations:
        prediction = one.prediction
        if prediction.doc != doc:
            doc = prediction.doc
            console.print(Text(_plain(doc), style="bold underline"))
        table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
        table.add_column(width=18)
        table.add_column(ratio=1, overflow="fold")
        table.add_column(width=24, overflow="fold")
        for stance in one.stances:
            column = STANCES.index(stance)
            label = Text(f"{stance} {prediction.scores[column]:.2f}", style="bold")
            label.append(f"\nsentence {prediction.sent + 1}", style="dim not bold")
            heaviest = "\n".join(
                f"{word.weights[column]:+.2f} {_plain(word.text)}"
                for word in one.strongest(stance)
                if abs(word.weights[column]) >= _LEAST
            )
            table.add_row(label, _weighted(one, column), Text(heaviest))
        console.print(table)
        console.print()


def _weighted(one: Explanation, column: int) -> Text:
    """The sentence; the words that speak for the stance stand out, those against are set off."""
    from rich.text import Text

    text, begin = one.prediction.text, one.prediction.sentence.start
    heaviest = max((abs(word.weights[column]) for word in one.words), default=0.0)
    written, at = Text(), 0
    for word in one.words:
        start, end = word.start - begin, word.end - begin
        written.append(_plain(text[at:start]))
        written.append(_plain(text[start:end]), style=_style(word.weights[column], heaviest))
        at = end
    written.append(_plain(text[at:]))
    return written


def _style(weight: float, heaviest: float) -> str:
    """Two strengths for the stance and one against it; what weighs next to nothing stays plain."""
    if abs(weight) < max(_LEAST, heaviest / 6):
        return ""
    if weight < 0:
        return "italic magenta"
    return "bold underline cyan" if weight > heaviest / 2 else "cyan"


def _plain(text: str) -> str:
    """Text in one line, without the characters that steer a terminal."""
    return _CONTROL.sub(" ", text)
