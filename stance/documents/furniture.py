"""Finds what stands on a PDF's pages beside their text: running headers, page numbers."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from stance.documents.glyphs import Run
from stance.documents.metadata import is_symbol

_EDGE_ROWS: Final = 6
"""Furniture is looked for in so many rows from the top and from the bottom of a page."""
_SAME_HEIGHT: Final = 8.0
"""A running header stands at the same height on each page, give or take so many points."""
_DIGITS: Final = re.compile(r"\d+")
_NUMBER: Final = r"(?:\d{1,4}|[ivxl]{1,6})"
_PAGE_NUMBER: Final = re.compile(
    rf"[-–—\s]*(?:page|página|стр\.?|صفحة|第)?\s*{_NUMBER}(?:\s*(?:/|of|de|sur|из|من)\s*{_NUMBER})?\s*页?"
    r"[-–—\s]*",
    re.IGNORECASE,
)
_JOB_NUMBER: Final = re.compile(r"\d{2}-\d{5}\*{0,3}(?:\s?\(\w\))?(?:\s+\d{6}){0,3}|\*\d{7,}\*.*")


Row = list[Run]
"""The runs of a line, in the direction of reading."""


def rows(runs: Sequence[Run]) -> list[Row]:
    """The runs by lines, from the top of the page down, each line in the direction of reading."""
    found: list[Row] = []
    for run in sorted(runs, key=lambda run: (-run.baseline, run.start)):
        if found:
            main = max(found[-1], key=lambda other: other.size)
            if main.baseline - run.baseline < 0.45 * max(run.size, main.size):
                found[-1].append(run)
                continue
        found.append([run])
    for row in found:
        row.sort(key=lambda run: run.start)
    return found


def without_furniture(pages: Sequence[Sequence[Run]]) -> list[Row]:
    """The pages' runs, less those that repeat at the edges of pages, or number them."""
    edges = [_edges(rows(page)) for page in pages]
    heights: dict[str, dict[int, float]] = defaultdict(dict)
    for number, (top, bottom) in enumerate(edges):
        for row in (*top, *bottom):
            for run in row:
                heights[_shape(run)][number] = run.baseline
    kept = []
    for number, page in enumerate(pages):
        dropped: set[int] = set()
        for edge in edges[number]:
            for row in edge:
                if not _is_furniture(row, number, heights):
                    break
                dropped.update(map(id, row))
        kept.append([run for run in page if id(run) not in dropped])
    return kept


def _edges(page: list[Row]) -> tuple[list[Row], list[Row]]:
    """The outermost rows, the page's edge first."""
    return page[:_EDGE_ROWS], page[: -_EDGE_ROWS - 1 : -1]


def _shape(run: Run) -> str:
    return _DIGITS.sub("#", run.text)


def _is_furniture(row: Row, page: int, heights: dict[str, dict[int, float]]) -> bool:
    if any(_JOB_NUMBER.fullmatch(run.text) for run in row):
        return True
    if _PAGE_NUMBER.fullmatch(" ".join(run.text for run in row)):
        return True
    if page > 0 and all(is_symbol(run.text) for run in row):
        return True
    return all(_repeats(run, page, heights[_shape(run)]) for run in row)


def _repeats(run: Run, page: int, heights: dict[int, float]) -> bool:
    """Whether a run of this shape stands at this height on a page near by."""
    return any(
        other in heights and abs(heights[other] - run.baseline) < _SAME_HEIGHT
        for other in (page - 2, page - 1, page + 1, page + 2)
    )
