"""A table of a report, and how it is written."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

Cell = str | int | float


@dataclass(frozen=True, slots=True)
class Table:
    """A titled table. A float is shown with three decimals, NaN as a dash."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def to_markdown(self) -> str:
        """The table under a heading of the third level."""
        align = ["---" if self._is_text(i) else "---:" for i in range(len(self.columns))]
        lines = [self.columns, align, *([_shown(cell) for cell in row] for row in self.rows)]
        body = "\n".join("| " + " | ".join(_escaped(c) for c in line) + " |" for line in lines)
        return f"### {self.title}\n\n{body}\n"

    def to_text(self) -> str:
        """The table for a terminal, columns aligned."""
        lines = [self.columns, *(tuple(_shown(cell) for cell in row) for row in self.rows)]
        widths = [max(_width(line[i]) for line in lines) for i in range(len(self.columns))]
        shown = (
            "  ".join(
                _padded(cell, widths[i], left=self._is_text(i)) for i, cell in enumerate(line)
            ).rstrip()
            for line in lines
        )
        return "\n".join((self.title, "", *shown)) + "\n"

    def to_record(self) -> dict[str, object]:
        """The table as a title and one mapping of column to value for each row."""
        plain = ([None if cell != cell else cell for cell in row] for row in self.rows)
        rows = [dict(zip(self.columns, row, strict=True)) for row in plain]
        return {"title": self.title, "rows": rows}

    def _is_text(self, column: int) -> bool:
        return column == 0 or any(isinstance(row[column], str) for row in self.rows)


def _shown(cell: Cell) -> str:
    if isinstance(cell, float):
        return "–" if cell != cell else f"{cell:.3f}"
    return str(cell)


def _escaped(cell: str) -> str:
    return cell.replace("|", "\\|")


def _width(cell: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in cell)


def _padded(cell: str, width: int, *, left: bool) -> str:
    space = " " * (width - _width(cell))
    return cell + space if left else space + cell
