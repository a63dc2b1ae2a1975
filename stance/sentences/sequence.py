"""What the sequence of units tells: sentences torn by page breaks, letterheads, signatures."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from stance.records import Kind
from stance.sentences import marks
from stance.sentences.structure import SENTENCE_INSIDE, Unit

# In characters; a shorter unit that a page break tore is not told from a title.
_SHORTEST_TORN: Final = 30
# In units.
_MOST_FURNITURE: Final = 8
_LONGEST_SIGNATURE: Final = 12


def join_pages(text: str, found: Iterable[Unit], pages: Sequence[int]) -> Iterator[Unit]:
    """Joins what page breaks tore apart, with the page's furniture that stands between the parts.

    `pages` are the offsets at which pages start, where they are known.
    """
    held: list[Unit] = []
    for unit in found:
        if held:
            if len(held) <= _MOST_FURNITURE and _is_furniture(text, unit):
                held.append(unit)
                continue
            over_page = len(held) > 1 or _page(pages, unit.start) > _page(pages, held[0].end)
            if _continues(text, held[0], unit, over_page):
                kind = Kind.PARAGRAPH if held[0].guessed else held[0].kind
                held = [replace(held[0], end=unit.end, kind=kind)]
                continue
            yield from held
            held = []
        if _may_go_on(text, unit):
            held = [unit]
        else:
            yield unit
    yield from held


def place(text: str, found: Iterable[Unit]) -> Iterator[Unit]:
    """The units with the kinds that only their place tells.

    A symbol above all prose is letterhead; names and titles below all prose are a signature.
    """
    held: list[Unit] = []
    opening = True
    for unit in found:
        opening = opening and (unit.guessed or unit.kind not in (Kind.PARAGRAPH, Kind.CLAUSE))
        furniture = _is_furniture(text, unit)
        if opening:
            yield replace(unit, kind=Kind.LETTERHEAD) if furniture else unit
        elif (unit.guessed or furniture or unit.kind is Kind.FOOTNOTE) and len(
            held
        ) < _LONGEST_SIGNATURE:
            held.append(unit)
        else:
            yield from held
            held = []
            yield unit
    signed = sum(1 for unit in held if unit.guessed) > 1
    for unit in held:
        yield replace(unit, kind=Kind.SIGNATURE) if signed and unit.guessed else unit


def _page(pages: Sequence[int], offset: int) -> int:
    return bisect_right(pages, offset)


def _is_furniture(text: str, unit: Unit) -> bool:
    return (
        unit.kind is Kind.BOILERPLATE
        and not unit.given
        and marks.is_furniture(text, unit.start, unit.end)
    )


def _may_go_on(text: str, unit: Unit) -> bool:
    """Whether a unit may have its end on the next page."""
    if unit.kind is not Kind.PARAGRAPH and (
        unit.given or not (unit.guessed or unit.kind in (Kind.CLAUSE, Kind.LIST_ITEM))
    ):
        return False
    if unit.language.preambular.match(text, unit.start) and text[unit.end - 1] in ",،，":
        return False
    return not (
        marks.is_finished(text, unit.start, unit.end)
        or marks.PARENTHESIS.fullmatch(text, unit.start, unit.end)
    )


def _continues(text: str, first: Unit, second: Unit, over_page: bool) -> bool:
    """Whether `second` is the rest of `first`."""
    if second.kind is not Kind.PARAGRAPH and not second.guessed:
        return False
    start, end = second.start, second.end
    if marks.ITEM.match(text, start, end) or marks.BULLET.match(text, start, end):
        return False
    if marks.goes_on(text, first.start, first.end, first.language):
        return True
    if first.end - first.start < _SHORTEST_TORN:
        return False
    if text[marks.first_letter(text, start, end)].islower():
        return not (first.kind is Kind.CLAUSE and second.language.clause.match(text, start))
    if not (over_page or not first.language.spaced):
        return False
    # Capitals and scripts without them: only running text goes on, not a title.
    prose = first.kind is Kind.PARAGRAPH or SENTENCE_INSIDE.search(text, first.start, first.end)
    return bool(prose) and second.kind is Kind.PARAGRAPH and marks.is_finished(text, start, end)
