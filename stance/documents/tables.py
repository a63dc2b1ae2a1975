"""Finds the tables in a column of a PDF page and puts their lines together into rows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from stance.documents.furniture import Row
from stance.documents.text import is_enumerator, superscript

_RAISED: Final = 0.85
_BEFORE_MARK: Final = re.compile(r"(?<=\S)\s+(?=[⁰¹²³⁴-⁹])")
_GAP: Final = 1.5
"""Cells stand at least so many ems apart."""
_WIDEST: Final = 5.0
"""The spaces of justified prose are narrower than so many ems."""
_NARROW: Final = 0.6
"""A line of a wrapped cell, or a heading in a table, fills less than this share of the width."""
_MOST_BETWEEN: Final = 4
"""So many narrow lines may stand between two lines with several cells."""
_TIGHT: Final = 1.15
"""Lines of one cell are no farther apart than this, times the least distance of the table ..."""
_LOOSE: Final = 1.3
"""... where some of its lines are as far apart as this."""


def cells(row: Row) -> list[Row]:
    """The runs of a line by cells; an enumerator belongs to the text after it."""
    if _is_stretched(row):
        return [row]
    found: list[Row] = []
    for run in row:
        apart = found and run.start - found[-1][-1].end > _GAP * run.size
        if found and (not apart or is_enumerator(row_text(found[-1]))):
            found[-1].append(run)
        else:
            found.append([run])
    return found


def _is_stretched(row: Row) -> bool:
    """Whether a line is one of justified prose: single words, all spaces between them as wide."""
    gaps = [other.start - one.end for one, other in pairwise(row)]
    words = all(" " not in run.text for run in row) and any(run.text.isalpha() for run in row)
    return words and len(gaps) > 1 and max(gaps) < min(_WIDEST * row[0].size, 1.2 * min(gaps))


def row_text(row: Row) -> str:
    """The text of runs on a line; the raised mark of a note follows its word without a space."""
    main = max(row, key=lambda run: len(run.text))
    text = ""
    for run in row:
        raised = run.size < _RAISED * main.size and run.baseline > main.baseline
        text += f" {superscript(run.text) if raised else run.text}"
    return _BEFORE_MARK.sub("", text.strip())


def table_zones(column: Sequence[Row]) -> list[tuple[int, int]]:
    """The places of the tables in a column: the first line, and the one after the last."""
    if not column:
        return []
    width = max(row[-1].end for row in column) - min(row[0].start for row in column)
    narrow = [row[-1].end - row[0].start < _NARROW * width for row in column]
    zones: list[tuple[int, int]] = []
    first = last = -1
    for at, row in enumerate(column):
        if len(cells(row)) < 2:
            if not narrow[at]:
                first = -1
            continue
        if first < 0 or at - last > _MOST_BETWEEN + 1 or not _aligned(column[last], row):
            first = at
        elif zones and zones[-1][0] == first:
            zones[-1] = (first, at + 1)
        else:
            zones.append((first, at + 1))
        last = at
    return [(start, _wrapped_to(column, end, narrow)) for start, end in zones]


def _aligned(one: Row, other: Row) -> bool:
    """Whether a cell of one line, but the first, stands over a cell of the other."""
    return any(
        a[0].start < b[-1].end and b[0].start < a[-1].end
        for a in cells(one)[1:]
        for b in cells(other)[1:]
    )


def _wrapped_to(column: Sequence[Row], end: int, narrow: list[bool]) -> int:
    """The end of a table, with the lines after its last row that go on with a cell of that row."""
    while end < len(column) and narrow[end] and len(cells(column[end])) == 1:
        above, run = column[end - 1], column[end][0]
        close = above[0].baseline - run.baseline < _LOOSE * run.size
        same_font = abs(above[0].size - run.size) < 0.5
        if not (close and same_font):
            break
        end += 1
    return end


def table_rows(zone: Sequence[Row]) -> list[list[str]]:
    """The rows of a table, each a list of cells; a cell's lines are put together."""
    if not zone:
        return []
    widest = max((cells(row) for row in zone), key=len)
    extents = [(cell[0].start, cell[-1].end) for cell in widest]
    steps = [above[0].baseline - row[0].baseline for above, row in pairwise(zone)]
    tight = min((step for step in steps if step > 0), default=0.0)
    uneven = any(step > _LOOSE * tight for step in steps)
    found: list[list[str]] = []
    for at, row in enumerate(zone):
        parts = cells(row)
        columns = [_nearest(cell, extents) for cell in parts]
        if uneven:
            goes_on = at > 0 and steps[at - 1] <= _TIGHT * tight
        else:
            goes_on = at > 0 and len(parts) == 1 and columns[0] > 0
        if not goes_on:
            found.append([""] * len(extents))
        for cell, column in zip(parts, columns, strict=True):
            found[-1][column] = f"{found[-1][column]} {row_text(cell)}".strip()
    return found


def _nearest(cell: Row, extents: list[tuple[float, float]]) -> int:
    """The column that a cell stands in: that with which it shares most, or else the nearest."""
    shares = [min(cell[-1].end, end) - max(cell[0].start, start) for start, end in extents]
    return max(range(len(extents)), key=shares.__getitem__)
