"""Puts the runs of a PDF page into the columns in which they are read."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from statistics import median
from typing import Final

from stance.documents.furniture import Row, rows
from stance.documents.tables import cells

_LEAST_LINES: Final = 3
"""A column has at least so many lines."""
_FILL: Final = 0.75
"""Half of a column's lines fill at least this share of its width; those of a table do not."""
_MOST_CELLS: Final = 0.3
"""Of a column's lines, fewer than this share fall into cells; else it is a part of a table."""
_LEAST_WIDTH: Final = 9.0
"""The width, in ems, of half of a column's lines at least."""
_STEP: Final = 4.0
"""The distance, in points, between the places where a gutter is looked for."""


def columns(page: Sequence[Row]) -> list[list[Row]]:
    """The rows of a page in groups, in reading order: a column each, or what goes across them."""
    if len(page) < _LEAST_LINES:
        return [list(page)] if page else []
    start = min(row[0].start for row in page)
    end = max(row[-1].end for row in page)
    best, groups = 0, [list(page)]
    for step in range(int(0.15 * (end - start) / _STEP), int(0.85 * (end - start) / _STEP)):
        count, divided = _divided(page, start + step * _STEP)
        if count > best:
            best, groups = count, divided
    if len(groups) == 1:
        return groups
    return [part for group in groups for part in columns(group)]


def _divided(page: Sequence[Row], gutter: float) -> tuple[int, list[list[Row]]]:
    """How many rows are in columns by a gutter at this place, and the groups that it makes."""
    count = 0
    groups: list[list[Row]] = [[]]  # the last one goes across
    for crossed, band in groupby(page, lambda row: any(r.start < gutter < r.end for r in row)):
        part = list(band)
        sides = _sides(part, gutter) if not crossed else None
        if sides:
            count += len(part)
            groups += [*sides, []]
        else:
            groups[-1] += part
    return count, [group for group in groups if group]


def _sides(band: list[Row], gutter: float) -> tuple[list[Row], list[Row]] | None:
    """The two columns of a band that no run crosses, where they look like columns of prose."""
    first = rows([run for row in band for run in row if run.end <= gutter])
    second = rows([run for row in band for run in row if run.start >= gutter])
    for side in (first, second):
        if len(side) < _LEAST_LINES:
            return None
        width = max(row[-1].end for row in side) - min(row[0].start for row in side)
        typical = median(row[-1].end - row[0].start for row in side)
        if typical < _FILL * width or typical < _LEAST_WIDTH * band[0][0].size:
            return None
        if sum(len(cells(row)) > 1 for row in side) > _MOST_CELLS * len(side):
            return None
    return first, second
