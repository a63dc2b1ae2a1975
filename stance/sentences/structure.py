"""Finds the units of layout in a text and their kinds: paragraphs, headings, clauses, rows, ...

A text is cut at blank lines, then at the line ends inside a paragraph that do more than wrap a
line (`layout`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from stance.records import Kind
from stance.sentences import layout, marks
from stance.sentences.lexicon import Language


@dataclass(frozen=True, slots=True)
class Unit:
    """text[start:end] is one unit of marks.

    `given`: a reader told its kind. `guessed`: only its looks tell it.
    """

    start: int
    end: int
    kind: Kind
    language: Language
    guessed: bool = False
    given: bool = False


_BLANK: Final = re.compile(r"\n[^\S\n]*+\n\s*|\f\s*")
_BOLD: Final = re.compile(r"(?>(\*\*|__)(?!\s)(?:(?!\1).)+\1\W{0,3})++", re.DOTALL)
SENTENCE_INSIDE: Final = re.compile(r"[^\W\d_]{4}[.!?؟][\"'”’»)]*\s+[^\W_a-z]|[。！？].")
_CELL_GAP: Final = re.compile(r"(?<=\S)(?:[^\S\n]{3,}|\t+)(?=\S)")
_WORDS: Final = re.compile(r"[^\W\d_]{2}")

# In characters: what is longer is prose, whatever it opens with.
_LONGEST_HEADING: Final = 200
_LONGEST_BLOCK_OF_LINES: Final = 400
_LONGEST_BOILERPLATE: Final = 600
_LONGEST_CELL: Final = 100


def paragraphs(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The runs of text[start:end] between blank lines and form feeds, without outer white space."""
    at = start
    for match in _BLANK.finditer(text, start, end):
        if match.start() > at:
            span = marks.trim(text, at, match.start())
            if span[0] < span[1]:
                yield span
        at = match.end()
    span = marks.trim(text, at, end)
    if span[0] < span[1]:
        yield span


def units(text: str, start: int, end: int, language: Language) -> Iterator[Unit]:
    """The units of one paragraph, text[start:end], which has no outer white space."""
    kind = _kind_of_lines(text, start, end, language)
    each_line = kind in (Kind.SIGNATURE, Kind.TABLE_ROW)
    for unit_start, unit_end in _spans(text, start, end, language, each_line):
        if marks.RULE.fullmatch(text, unit_start, unit_end):
            continue
        if kind in (None, Kind.LETTERHEAD):
            unit = _classify(text, unit_start, unit_end, language)
            if kind and unit.guessed:
                unit = replace(unit, kind=kind)
            yield unit
        else:
            yield Unit(unit_start, unit_end, kind, language)


def _spans(
    text: str, start: int, end: int, language: Language, each_line: bool
) -> Iterable[tuple[int, int]]:
    if text.find("\n", start, end) < 0:
        return [(start, end)]
    return layout.Lines(text, start, end, language).units(each_line)


def _kind_of_lines(text: str, start: int, end: int, language: Language) -> Kind | None:
    """The kind that all lines of a paragraph share, if they do."""
    if end - start < _LONGEST_BLOCK_OF_LINES:
        if language.signature.search(text, start, end):
            return Kind.SIGNATURE
        if language.letterhead.match(text, start, end):
            return Kind.LETTERHEAD
    if text[start] in "*_" and _BOLD.fullmatch(text, start, end):
        return Kind.HEADING
    return Kind.TABLE_ROW if _is_table(text, start, end) else None


def _is_table(text: str, start: int, end: int) -> bool:
    """Whether the lines are rows: short cells apart by tabs, pipes or runs of three spaces."""
    if text[start] != "|" and text.find("   ", start, end) < 0 and text.find("\t", start, end) < 0:
        return False
    lines = [line.strip() for line in text[start:end].split("\n")]
    if 2 * sum(1 for line in lines if marks.PIPE_ROW.fullmatch(line)) > len(lines):
        return True
    # The gap behind an enumerator is no gap between cells.
    lines = [marks.ITEM.sub("", line, count=1).strip() for line in lines]
    rows = [_CELL_GAP.split(line) for line in lines if "   " in line or "\t" in line]
    rows = [cells for cells in rows if len(cells) > 1]
    if any(len(cell) > _LONGEST_CELL for cells in rows for cell in cells):
        return False
    most = max(map(len, rows), default=0)
    return 2 * len(rows) > len(lines) and (len(rows) > 1 or most > 2)


def _classify(text: str, start: int, end: int, language: Language) -> Unit:
    """The unit with the kind that its own text tells."""
    if marks.HEADING_MARK.match(text, start, end):
        return Unit(start, end, Kind.HEADING, language)
    if marks.is_furniture(text, start, end) or _is_boilerplate(text, start, end, language):
        return Unit(start, end, Kind.BOILERPLATE, language)
    if language.footnote.match(text, start, end):
        return Unit(start, end, Kind.FOOTNOTE, language)
    if language.numbered_clause.match(text, start, end) or (
        text[end - 1] in ",;،؛，；" and marks.is_clause(text, start, language)
    ):
        return Unit(start, end, Kind.CLAUSE, language)
    if marks.LETTERED.match(text, start, end) or marks.BULLET.match(text, start, end):
        return Unit(start, end, Kind.LIST_ITEM, language)
    if end - start > _LONGEST_HEADING:
        return Unit(start, end, Kind.PARAGRAPH, language)
    if marks.DATE_LINE.fullmatch(text, start, end):
        return Unit(start, end, Kind.LETTERHEAD, language, guessed=True)
    finished = marks.is_finished(text, start, end)
    if not finished and language.letterhead.match(text, start, end):
        return Unit(start, end, Kind.LETTERHEAD, language, guessed=True)
    if _is_heading(text[start:end], finished):
        return Unit(start, end, Kind.HEADING, language, guessed=True)
    return Unit(start, end, Kind.PARAGRAPH, language, guessed=not finished)


def _is_boilerplate(text: str, start: int, end: int, language: Language) -> bool:
    """Whether a unit is a site's own: a share bar, a disclaimer of machine translation."""
    if end - start > _LONGEST_BOILERPLATE:
        return False
    if language.boilerplate.match(text, start, end):
        return True
    low = text[start:end].lower()
    return any(phrase in low for phrase in language.disclaimers)


def _is_heading(line: str, finished: bool) -> bool:
    """Whether a line reads as a title: all capitals, or no final mark and no small first letter."""
    if line.isupper() and len(line) > 3 and _WORDS.search(line):
        return True
    if finished or line[-1] in ",،，" or SENTENCE_INSIDE.search(line):
        return False
    return not next((char for char in line if char.isalpha()), "").islower()
