"""Tables as plain text and as Markdown."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from training.evaluation.challenge_tables import challenge_tables
from training.evaluation.report import Report
from training.evaluation.tables import Table, tables


def as_text(report: Report) -> str:
    """The report for a terminal."""
    parts = [_text_table(table) for table in all_tables(report)]
    return "\n\n".join([f"{report.title}: {about(report)}", *parts]) + "\n"


def as_markdown(report: Report) -> str:
    """The report as a Markdown document."""
    parts = [f"# {report.title}", report.introduction.strip(), about(report)]
    parts += [markdown_table(table) for table in all_tables(report)]
    return "\n\n".join(part for part in [*parts, report.closing.strip()] if part) + "\n"


def all_tables(report: Report) -> list[Table]:
    """Every table of a report, in the order in which all formats show them."""
    return [*tables(report), *challenge_tables(report.models)]


def about(report: Report) -> str:
    """What was measured, so that it can be measured again."""
    part = f"the {report.part} part" if report.part else "all rows"
    data = (
        f"{report.sentences} sentences, {part}, data {report.data_sha256[:12]}"
        if report.sentences
        else "challenge sets alone"
    )
    return f"{data}; seed {report.seed}; stance {report.stance}."


def markdown_table(table: Table, level: int = 2) -> str:
    """A table under its heading, with its note."""
    rows = [table.header, tuple("---" for _ in table.header), *table.rows]
    lines = ["| " + " | ".join(map(_cell, row)) + " |" for row in rows]
    parts = [f"{'#' * level} {_cell(table.title)}", "\n".join(lines), table.note]
    return "\n\n".join(part for part in parts if part)


def _cell(text: str) -> str:
    for mark in "\\`*_<>|":
        text = text.replace(mark, "\\" + mark)
    return " ".join(text.replace("](", "]\\(").split())


def _text_table(table: Table) -> str:
    rows = [table.header, *table.rows]
    widths = [max(_width(row[i]) for row in rows) for i in range(len(table.header))]
    lines = [_line(row, widths) for row in rows]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join([table.title.upper(), *lines, *([table.note] if table.note else [])])


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = [cell + " " * (w - _width(cell)) for cell, w in zip(row, widths, strict=True)]
    return "  ".join(cells).rstrip()


def _width(text: str) -> int:
    """Columns on a terminal: Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
