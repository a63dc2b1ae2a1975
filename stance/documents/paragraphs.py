"""Puts the lines of a PDF page together into paragraphs, headings, table rows and footnotes."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Final, NamedTuple

from stance.documents.columns import columns
from stance.documents.furniture import Row, rows
from stance.documents.glyphs import Run
from stance.documents.tables import cells, row_text, table_rows, table_zones
from stance.documents.text import UNSPACED, row_blocks, starts_item
from stance.records import Kind

_PARAGRAPH_GAP: Final = 1.3
"""Lines farther apart than this, times the usual distance, are of two paragraphs."""
_USUAL_STEP: Final = 1.2
"""The usual distance of two lines, in ems, where a document is too short to tell."""
_INDENT: Final = 0.8  # in ems
_SPACE: Final = 0.3  # in ems
_FAR_RIGHT: Final = 8.0
"""A line that starts so many ems from the left is set to the right or about an axis."""
_OVERHANG: Final = 40.0
"""A line or two may stand out so many points over the margin."""
_RAGGED: Final = 6.0
"""Lines that end in mid-sentence leave less room than this, in ems, unless they end on purpose."""
_SAME_SIZE: Final = 1.07
_SMALL: Final = 0.93
_LARGE: Final = 1.15
_LONGEST_HEADING: Final = 300
_LONGEST_SENTENCE_HEADING: Final = 80
_MARGIN: Final = 4.0
"""Lines of a justified text end within so many points of each other."""
_RULE: Final = re.compile(r"[_‗—–─-]{5,}")
_NOTE: Final = re.compile(r"[⁰¹²³⁴-⁹]{1,3}|\*{1,4}|\d{1,3}(?=\s|[^\W\d_])|[a-z]\s")
_MARKED: Final = re.compile(r"[⁰¹²³⁴-⁹]{1,3}|\*{1,4}\s")
_LEADER: Final = re.compile(r"(?:\. ?){5,}\s*\d*$|…{3,}\s*\d*$")
"""The dots between a title and its page in a table of contents."""
_CLAUSE_END: Final = re.compile(r"[.,;:!?。；：،؛؟][)\]”»’⁰¹²³⁴-⁹*]*$")
_SENTENCE_END: Final = re.compile(r"[.;:。；]['\"’”»)\]⁰¹²³⁴-⁹*]*$")


class Style(NamedTuple):
    """What is usual in a document: the size of its text, in points, and the distance of lines."""

    size: float
    step: float
    bold: bool


@dataclass(slots=True)
class Part:
    """A unit of layout in one column: a paragraph or as much of one as stands in the column.

    `room` is the space left in its last line and `first_word` the width of its first word, in
    points: where a word does not fit into the room, the text goes on in the next column.
    """

    lines: list[str]
    kind: Kind | None = None
    size: float = 0.0
    room: float = 0.0
    first_word: float = 0.0
    opens_column: bool = False


class PageParts(NamedTuple):
    """The parts of a page in reading order; its notes are apart from its text."""

    flow: list[Part]
    notes: list[Part]


def style_of(pages: Sequence[Sequence[Run]]) -> Style:
    """The style of most of a document's text."""
    sizes: Counter[float] = Counter()
    bold = total = 0
    steps: list[float] = []
    for page in pages:
        for run in page:
            sizes[round(run.size * 2) / 2] += len(run.text)
            total += len(run.text)
            bold += len(run.text) * run.bold
        lines = rows(page)
        steps += [
            (one[0].baseline - two[0].baseline) / main(two).size
            for one, two in pairwise(lines)
            if main(two).size
        ]
    usual = [step for step in steps if 0.9 < step < 2.5]
    size = sizes.most_common(1)[0][0] if sizes else 10.0
    return Style(size, median(usual) if usual else _USUAL_STEP, 2 * bold > total)


def main(row: Row) -> Run:
    """The run that gives a line its size and baseline: the longest."""
    return max(row, key=lambda run: len(run.text))


def page_parts(page: Sequence[Run], style: Style, *, first: bool) -> PageParts:
    """The parts of a page, given its runs without furniture."""
    lines = rows(page)
    flow: list[Part] = []
    notes: list[Part] = []
    if first:
        head, lines = _masthead(lines)
        flow += [Part([run.text], Kind.LETTERHEAD, run.size) for row in head for run in row]
    has_text = any(main(row).size > _SMALL * style.size for row in lines)
    for column in columns(lines):
        body, below = _notes_apart(column, style) if has_text else (column, [])
        parts = list(_column_parts(body, style))
        if parts:
            parts[0].opens_column = True
        flow += parts
        notes += _notes(below)
    return PageParts(flow, notes)


def _masthead(lines: list[Row]) -> tuple[list[Row], list[Row]]:
    """The lines of a UN document's masthead, down to the block that begins with "Distr."."""
    mark = next((run for row in lines for run in row if run.text.startswith("Distr.")), None)
    if mark is None:
        return [], lines
    bottom = mark.baseline
    for row in lines:
        for run in row:
            beside = run.start >= mark.start - mark.size
            if beside and 0 < bottom - run.baseline < 3 * mark.size:
                bottom = run.baseline
    end = sum(row[0].baseline > bottom - 1 for row in lines)
    return lines[:end], lines[end:]


def _notes_apart(column: list[Row], style: Style) -> tuple[list[Row], list[Row]]:
    """A column's lines, and those of the notes at its foot."""
    small = len(column)
    while small > 0 and main(column[small - 1]).size <= _SMALL * style.size:
        small -= 1
    for at in range(small, len(column)):
        if _RULE.fullmatch(row_text(column[at]).replace(" ", "")):
            return column[:at], column[at + 1 :]
    for at in range(small, len(column)):
        if _MARKED.match(row_text(column[at])) and len(cells(column[at])) == 1:
            return column[:at], column[at:]
    if table_zones(column[small:]) or small == 0:
        return column, []
    return column[:small], column[small:]


def _notes(lines: list[Row]) -> Iterator[Part]:
    found: list[list[str]] = []
    for row in lines:
        text = row_text(row)
        if not found or _NOTE.match(text):
            found.append([])
        found[-1].append(text)
    for note in found:
        yield Part(note, Kind.FOOTNOTE if _NOTE.match(note[0]) else None)


def _column_parts(column: list[Row], style: Style) -> Iterator[Part]:
    at = 0
    zones = table_zones(column)
    in_table = {line for start, end in zones for line in range(start, end)}
    edges = _edges([row for line, row in enumerate(column) if line not in in_table])
    for start, end in [*zones, (len(column), len(column))]:
        yield from _prose(column[at:start], edges, style)
        for cells_of_row in table_rows(column[start:end]):
            for text, kind in row_blocks(cells_of_row):
                yield Part([text], kind, room=math.inf)
        at = end


def _edges(lines: list[Row]) -> tuple[float, float]:
    """Where lines begin, and where those end that are full: the farthest place where several do."""
    ends = sorted((row[-1].end for row in lines), reverse=True)
    full = [one for one, two in pairwise(ends) if one - two < _MARGIN]
    right = next((end for end in full if ends[0] - end < _OVERHANG), max(ends, default=0.0))
    return min((row[0].start for row in lines), default=0.0), right


def _prose(lines: list[Row], edges: tuple[float, float], style: Style) -> Iterator[Part]:
    """The paragraphs of lines that are no table."""
    left, right = edges
    for block in _blocks(lines, style):
        margin = _margin(block, right)
        paragraph = [block[0]]
        for at in range(1, len(block)):
            following = block[at + 1] if at + 1 < len(block) else None
            if _begins(block[at], following, paragraph, (left, margin)):
                yield _part(paragraph, right, style)
                paragraph = []
            paragraph.append(block[at])
        yield _part(paragraph, right, style)


def _margin(block: list[Row], right: float) -> float:
    """Where full lines of a block end: before the column's margin where the block is indented."""
    farthest = _edges(block)[1]
    justified = sum(abs(farthest - row[-1].end) < _MARGIN for row in block) > 2
    return farthest if justified else right


def _blocks(lines: list[Row], style: Style) -> Iterator[list[Row]]:
    """Lines of one size that stand as near to each other as lines of one paragraph."""
    block: list[Row] = []
    for row in lines:
        if block:
            above, here = main(block[-1]), main(row)
            size = max(above.size, here.size)
            near = above.baseline - here.baseline < _PARAGRAPH_GAP * style.step * size
            if not near or size > _SAME_SIZE * min(above.size, here.size):
                yield block
                block = []
        block.append(row)
    if block:
        yield block


def _begins(
    row: Row, following: Row | None, paragraph: list[Row], edges: tuple[float, float]
) -> bool:
    """Whether a line begins a paragraph, given the lines of the paragraph so far."""
    above = paragraph[-1]
    left, right = edges
    em = main(row).size
    indent = row[0].start - above[0].start
    ended = _has_ended(row_text(above), row[0].text)
    room = right - above[-1].end
    short = room > _first_word(row) + _SPACE * em
    if _LEADER.search(row_text(above)):
        return True
    if _are_centred(above, row, right) or (_is_bold(above) and _is_bold(row)):
        return short and ended
    if row[0].start - left > _FAR_RIGHT * em and abs(indent) > _INDENT * em:
        return True
    if short:
        goes_on = row[0].text[0].islower() or row_text(above)[-1] in ",،，"
        return ended or (room > _RAGGED * em and not goes_on)
    if starts_item(row_text(row)) and abs(indent) > _INDENT * em:
        return len(paragraph) > 1 or indent > 0
    if indent > _INDENT * em:
        hangs = following is not None and following[0].start > row[0].start - _INDENT * em
        return not hangs and ended
    return indent < -_INDENT * em and (len(paragraph) > 1 or -indent > _FAR_RIGHT * em)


def _has_ended(above: str, below: str) -> bool:
    """Whether a line ends with a mark after which a paragraph may begin."""
    return bool(_CLAUSE_END.search(above)) and not (above[-1] in ",،，" and not below[0].isupper())


def _are_centred(one: Row, other: Row, margin: float) -> bool:
    """Whether two lines of unlike length stand about one axis."""
    em = main(one).size
    apart = abs(one[0].start - other[0].start)
    axes = [row[0].start + row[-1].end for row in (one, other)]
    return apart > em > abs(axes[0] - axes[1]) and max(one[-1].end, other[-1].end) < margin - em


def _first_word(row: Row) -> float:
    """The width of a line's first word, in points."""
    run = row[0]
    length = 1 if UNSPACED.match(run.text) else len(run.text.split(" ", 1)[0])
    return (run.end - run.start) * length / len(run.text)


def _is_bold(row: Row) -> bool:
    return all(run.bold for run in row)


def _part(lines: list[Row], right: float, style: Style) -> Part:
    texts = [row_text(row) for row in lines]
    size = main(lines[0]).size
    length = sum(map(len, texts))
    if _LEADER.search(texts[-1]):
        return Part(texts, Kind.TABLE_ROW, size)
    prominent = size > _LARGE * style.size or (not style.bold and all(map(_is_bold, lines)))
    sentence = _SENTENCE_END.search(texts[-1]) and length > _LONGEST_SENTENCE_HEADING
    heading = prominent and length < _LONGEST_HEADING and not sentence
    return Part(
        texts,
        Kind.HEADING if heading else None,
        size,
        room=right - lines[-1][-1].end,
        first_word=_first_word(lines[0]),
    )
