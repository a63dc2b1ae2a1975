"""Finds what stands on a PDF's pages beside their text: running headers, page numbers."""

from __future__ import annotations

import math
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
_GAP: Final = 1.5
"""More than so many ems lie between the furniture and the text."""
_MARK: Final = re.compile(r"[⁰¹²³⁴-⁹*]")
_DIGITS: Final = re.compile(r"\d+")
_NUMBER: Final = r"(?:\d{1,4}|[ivxl]{1,6})"
_PAGE_NUMBER: Final = (
    rf"[-–—\s]*(?:page|página|стр\.?|صفحة|第)?\s*{_NUMBER}(?:\s*(?:/|of|de|sur|из|من)\s*{_NUMBER})?"
    r"\s*页?[-–—\s]*"
)
_JOB_NUMBER: Final = r"\d{2}-\d{5}\*{0,3}(?:\s?\(\w\))?(?:\s+\d{6}){0,3}(?:\s*/\.{3})?|\*\d{7,}\*.*"
_NUMBERS: Final = re.compile(
    rf"{_PAGE_NUMBER}|{_JOB_NUMBER}|{_PAGE_NUMBER}\s+(?:{_JOB_NUMBER})|(?:{_JOB_NUMBER})\s+{_PAGE_NUMBER}"
    r"|/\.{3}",
    re.IGNORECASE,
)


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


def without_furniture(pages: Sequence[Sequence[Run]]) -> list[list[Run]]:
    """The pages' runs, less those that repeat at the edges of pages, or number them."""
    edges = [_edges(rows(page)) for page in pages]
    heights: dict[str, dict[int, float]] = defaultdict(dict)
    for number, both in enumerate(edges):
        for row in (row for edge in both for row in edge):
            for run in row:
                heights[_shape(run)][number] = run.baseline
    kept = []
    for number, page in enumerate(pages):
        dropped = {
            id(run)
            for edge in edges[number]
            for row in edge[: _count(edge, number, heights)]
            for run in row
        }
        kept.append([run for run in page if id(run) not in dropped])
    return kept


def _edges(page: list[Row]) -> tuple[list[Row], list[Row]]:
    """The outermost rows at the top and at the bottom, the page's edge first."""
    return page[:_EDGE_ROWS], page[: -_EDGE_ROWS - 1 : -1]


def _shape(run: Run) -> str:
    return _DIGITS.sub("#", run.text)


def _count(edge: list[Row], page: int, heights: dict[str, dict[int, float]]) -> int:
    """How many rows are furniture, from the edge inwards; a gap parts them from the text."""
    count = 0
    for at, row in enumerate(edge):
        numbers = _is_number(row)
        if not (numbers or _is_header(row, page, heights)):
            break
        inner = edge[at + 1][0].baseline if at + 1 < len(edge) else math.inf
        if numbers or abs(row[0].baseline - inner) > _GAP * row[0].size:
            count = at + 1
    return count


def _is_number(row: Row) -> bool:
    """Whether a row holds nothing but the page's number and the document's job number."""
    texts = [" ".join(run.text for run in row), *(run.text for run in row)]
    whole, *parts = [bool(_NUMBERS.fullmatch(text)) for text in texts]
    return whole or all(parts)


def _is_header(row: Row, page: int, heights: dict[str, dict[int, float]]) -> bool:
    if page > 0 and all(is_symbol(run.text) for run in row):
        return True
    if _MARK.match(row[0].text):
        return False  # a note: "¹ Ibid." stands on many pages
    return all(_repeats(run, page, heights[_shape(run)]) for run in row)


def _repeats(run: Run, page: int, heights: dict[int, float]) -> bool:
    """Whether a run of this shape stands at this height on a page near by."""
    return any(
        other in heights and abs(heights[other] - run.baseline) < _SAME_HEIGHT
        for other in (page - 2, page - 1, page + 1, page + 2)
    )
