"""Finds the units of layout in a text: paragraphs, headings, clauses, list items, footnotes, rows.

A text is cut at blank lines, then at those line ends inside a paragraph that are more than the
wrapping of a line. What a page break tore apart is joined again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final
from unicodedata import east_asian_width

from stance.records import Kind
from stance.sentences.languages import Language


@dataclass(frozen=True, slots=True)
class Unit:
    """text[start:end] is one unit of layout. `certain` is True where mark-up or a reader says so."""

    start: int
    end: int
    kind: Kind
    language: Language
    certain: bool = False


_PARAGRAPH: Final = re.compile(r"\S(?:.|\n(?![^\S\n]*\n))*", re.DOTALL)
_BLANK: Final = re.compile(r"\s*\n[^\S\n]*\n\s*|\f\s*")
_RULE: Final = re.compile(r"[\s\-–—_=*~#·•|:+\\]*")
_FURNITURE: Final = re.compile(
    r"(?:(?:(?:page\s|стр\.\s?|página\s|pág\.\s?)?\d{1,4}\s?(?:[/|]|of|de|из|sur)\s?\d{1,4}"
    r"|[-–—]?\s?\d{1,4}\s?[-–—]?"
    r"|/?(?:…|\.\.\.)"
    r"|\d{2}-\d{5,6}\*?(?:\s?\([A-Z]\))?(?:\s+\d{6})*"
    r"|(?:[A-Z]{1,4}(?:/[A-Za-z0-9.]+){1,6}|[ASE]/\d{2,4}/\d+)(?:\s?\([^()\n]{1,20}\))?"
    r")\s*)+",
    re.IGNORECASE,
)
_SYMBOLISH: Final = re.compile(r"\d|…|\.\.\.")
_EMPHASIS: Final = r"(?:\*{1,3}|_{1,3})?"
_NUMERAL: Final = (
    r"(?:\(?\d{1,3}(?:\.\d{1,3})*[.)．]|\d{1,3}\s?[-–](?=\s)|\(\d{1,3}\)"
    r"|\(?(?:[^\W\d_]|[ivx]{1,5}|[IVXLC]{1,6})[.)]|\([^\W\d_]{1,4}\)"
    r"|[一二三四五六七八九十]{1,4}、|（[一二三四五六七八九十\d]{1,4}）)"
)
_ITEM: Final = re.compile(rf"{_EMPHASIS}{_NUMERAL}{_EMPHASIS}(?=\s|(?<=[、）．)])\S)")
_LETTERED: Final = re.compile(r"(?:\(?[^\W\d_]{1,4}\)|\(\d{1,3}\))\s")
_BULLET: Final = re.compile(r"[-–—•‣▪●◦·➢►✓*+]\s+(?=\S)")
_MARKDOWN_HEADING: Final = re.compile(r"#{1,6}\s")
_BOLD: Final = re.compile(r"(\*\*|__)(?!\s)(?:(?!\1).)+\1\W{0,3}", re.DOTALL)
_ARTICLE: Final = re.compile(
    r"(?:第[一二三四五六七八九十百\d]+[条章节部分款届年].{0,20}"
    r"|(?i:article|artículo|artigo|artikel|chapter|chapitre|capítulo|annex|annexe|anexo|section|sección|section"
    r"|part|partie|parte|статья|глава|раздел|приложение|المادة|الفصل|المرفق|الباب)\s+[\w.]{1,8})\s*"
)
_CELL_GAP: Final = re.compile(r"(?<=\S)(?:[^\S\n]{3,}|\t+)(?=\S)")
_PIPE_ROW: Final = re.compile(r"\s*\|.*\|\s*")
_HARD_BREAK: Final = re.compile(r"(?:[^\S\n]{2,}|\\)\Z")
_TERMINAL: Final = re.compile(
    r"[.!?…؟۔。！？:：;；؛](?:[\s\"'”’»)\]）】」』*_¹²³⁰-⁹\u200b-\u200f]|\[\d{1,3}\])*\Z"
)
_FINAL: Final = re.compile(
    r"[.!?…؟۔。！？](?:[\s\"'”’»)\]）】」』*_¹²³⁰-⁹\u200b-\u200f]|\[\d{1,3}\])*\Z"
)
_MID_END: Final = re.compile(r"[^\W_]{2}[.!?؟][\"'”’»)]*\s+\S|[。！？]")
_OPENING_MARKS: Final = "*_\"'“«„‘([（「『《"
_WORD: Final = re.compile(r"[^\W_]+(?:[-'’.][^\W_]+)*")
_LAST_WORD: Final = re.compile(r"([^\W_]+(?:[.'’-][^\W_]+)*['’.]?)[\s*_]*\Z")
_WRAP: Final = re.compile(r"\n")
_NARROW_WRAP: Final = 34
_PARENTHESIS_LINE: Final = re.compile(r"[*_]{0,3}[(（\[][^()（）\[\]\n]*[)）\]][*_]{0,3}\s*")


def paragraphs(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The runs of text[start:end] between blank lines and form feeds, without outer white space."""
    at = start
    for match in _BLANK.finditer(text, start, end):
        span = trim(text, at, match.start())
        if span[0] < span[1]:
            yield span
        at = match.end()
    span = trim(text, at, end)
    if span[0] < span[1]:
        yield span


_LEADING: Final = re.compile(r"\s*")


def trim(text: str, start: int, end: int) -> tuple[int, int]:
    """The span without white space at its ends."""
    match = _LEADING.match(text, start, end)
    assert match is not None
    start = match.end()
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def units(text: str, start: int, end: int, language: Language) -> Iterator[Unit]:
    """The units of one paragraph, text[start:end]."""
    bold = _BOLD.fullmatch(text, start, end) is not None
    signed = language.signature.search(text, start, end) is not None and end - start < 400
    rows = _is_table(text, start, end)
    letterhead = language.letterhead.match(text, start, end) is not None
    for unit_start, unit_end in _cut(text, start, end, language, rows, signed):
        if _RULE.fullmatch(text, unit_start, unit_end):
            continue
        if bold:
            yield Unit(unit_start, unit_end, Kind.HEADING, language, certain=True)
        elif signed:
            yield Unit(unit_start, unit_end, Kind.SIGNATURE, language, certain=True)
        elif rows:
            yield Unit(unit_start, unit_end, Kind.TABLE_ROW, language, certain=True)
        else:
            unit = classify(text, unit_start, unit_end, language)
            if letterhead and not unit.certain and _TERMINAL.search(text, unit_end - 1, unit_end) is None:
                unit = replace(unit, kind=Kind.LETTERHEAD)
            yield unit


def _is_table(text: str, start: int, end: int) -> bool:
    """Whether the lines are rows: cells apart by tabs, pipes or runs of three spaces."""
    if text.find("   ", start, end) < 0 and text.find("\t", start, end) < 0 and text[start] != "|":
        return False
    lines = text[start:end].split("\n")
    gaps = [len(_CELL_GAP.findall(line.strip())) for line in lines]
    piped = sum(1 for line in lines if _PIPE_ROW.fullmatch(line))
    rows = sum(1 for gap in gaps if gap)
    return piped * 2 > len(lines) or rows * 2 > len(lines) and (rows > 1 or max(gaps) > 1)


def _cut(
    text: str, start: int, end: int, language: Language, rows: bool, signed: bool
) -> Iterator[tuple[int, int]]:
    """Cuts a paragraph at the line ends that end a unit."""
    if text.find("\n", start, end) < 0:
        yield start, end
        return
    layout = _Layout(text, start, end, language)
    unit_start = line_start = start
    while (newline := text.find("\n", line_start, end)) >= 0:
        next_start = newline + 1
        if rows or signed or layout.ends_unit(unit_start, line_start, newline):
            span = trim(text, unit_start, newline)
            if span[0] < span[1]:
                yield span
            unit_start = next_start
        line_start = next_start
    span = trim(text, unit_start, end)
    if span[0] < span[1]:
        yield span


class _Layout:
    """One paragraph's lines: whether a line end is wrapping or the end of a unit."""

    def __init__(self, text: str, start: int, end: int, language: Language) -> None:
        self.text = text
        self.start = start
        self.end = end
        self.language = language
        self._prose: bool | None = None
        self._width: int | None = None

    @property
    def prose(self) -> bool:
        """Whether the paragraph is running text rather than lines each for itself."""
        if self._prose is None:
            self._prose = bool(
                _FINAL.search(self.text, max(self.start, self.end - 16), self.end)
                or _MID_END.search(self.text, self.start, self.end)
            )
        return self._prose

    @property
    def width(self) -> int:
        """The columns of the widest line."""
        if self._width is None:
            self._width = max(_columns(line.strip()) for line in self.text[self.start : self.end].split("\n"))
        return self._width

    def ends_unit(self, unit_start: int, line_start: int, newline: int) -> bool:
        text, language = self.text, self.language
        following = _LEADING.match(text, newline + 1, self.end)
        assert following is not None
        at = following.end()
        if at >= self.end:
            return False
        stop = text.find("\n", at, self.end)
        stop = self.end if stop < 0 else stop
        line_end = newline
        while line_end > line_start and text[line_end - 1].isspace():
            line_end -= 1
        tail = max(line_start, line_end - 24)
        finished = _TERMINAL.search(text, tail, line_end) is not None
        open_ended = not finished and self._goes_on(tail, line_end) or self._abbreviated(tail, line_end)
        if _RULE.fullmatch(text, line_start, line_end) or _RULE.fullmatch(text, at, stop):
            return True
        if _MARKDOWN_HEADING.match(text, line_start) or _MARKDOWN_HEADING.match(text, at):
            return True
        if is_furniture(text, at, stop) or is_furniture(text, line_start, line_end):
            return not (text[line_end - 1].isdigit() and text[at] == "(")
        if _PIPE_ROW.fullmatch(text, at, stop):
            return True
        bullet = _BULLET.match(text, at, stop)
        if bullet:
            return finished or not text[bullet.end()].islower() or _BULLET.match(text, unit_start) is not None
        if not open_ended and (_ITEM.match(text, at, stop) or language.label.match(text, at, stop)):
            return True
        if language.footnote.match(text, at, stop) and not open_ended:
            return True
        if _is_clause(text, unit_start, language) and (
            language.clause.match(text, at, stop) is not None
        ) and text[line_end - 1] in ",;،؛，；":
            return True
        if text[line_end - 1] == "-" or open_ended:
            return False
        first = text[at]
        head = at
        while first in _OPENING_MARKS and head + 1 < stop:
            head += 1
            first = text[head]
        if first.islower():
            return False
        if finished:
            if text[line_end - 1] in ":：":
                return not language.label.fullmatch(text, line_start, line_end)
            return not self.prose and not _FINAL.search(text, tail, line_end)
        if text[at] in "(（" and text[line_end - 1].isdigit():
            return False
        if _PARENTHESIS_LINE.fullmatch(text, at, stop) or _PARENTHESIS_LINE.fullmatch(text, line_start, line_end):
            return True
        if not language.cased and self._continues(at, stop):
            return False
        columns = _columns(text[line_start:line_end])
        if _HARD_BREAK.search(text, line_end, newline) or _ARTICLE.fullmatch(text, line_start, line_end):
            return language.cased or columns < _NARROW_WRAP
        if self.prose:
            word = _WORD.match(text, head, stop)
            room = columns + 1 + (_columns(word[0][:2] if not language.cased else word[0]) if word else 1)
            return room <= self.width * 0.6
        return columns < _NARROW_WRAP or columns < self.width * 0.8

    def _goes_on(self, tail: int, end: int) -> bool:
        """Whether the line ends on a word that needs another after it."""
        return goes_on(self.text, tail, end, self.language)

    def _abbreviated(self, tail: int, end: int) -> bool:
        if self.text[end - 1] != ".":
            return False
        word = _LAST_WORD.search(self.text, tail, end)
        if word is None:
            return False
        token = word[1].removesuffix(".").lower()
        language = self.language
        return token in language.before_name or token in language.before_number or (
            len(token) == 1 and token.isalpha() and self.text[word.start()].isupper()
        )

    def _continues(self, at: int, stop: int) -> bool:
        """Whether the next line opens with a word that continues the line above."""
        word = _WORD.match(self.text, at, stop)
        if word is None:
            return False
        return word[0] in self.language.continues or any(
            key.endswith("*") and word[0].startswith(key[:-1]) for key in self.language.continues
        )


def goes_on(text: str, start: int, end: int, language: Language) -> bool:
    """Whether text[start:end] ends on a word that needs another after it."""
    if language.code == "zh":
        return text[start:end].endswith(tuple(language.unfinished))
    word = _LAST_WORD.search(text, start, end)
    return word is not None and word[1].lower().rstrip("'’") in language.unfinished


def is_furniture(text: str, start: int, end: int) -> bool:
    """Whether the line is a page's furniture: its number, the document's symbol, the job number."""
    return (
        end - start < 60
        and _FURNITURE.fullmatch(text, start, end) is not None
        and _SYMBOLISH.search(text, start, end) is not None
    )


def _is_clause(text: str, start: int, language: Language) -> bool:
    return language.clause.match(text, start) is not None or language.body.match(text, start) is not None


def _columns(line: str) -> int:
    """The width of a line on paper; a Chinese character takes two columns."""
    if line.isascii():
        return len(line)
    return len(line) + sum(1 for char in line if east_asian_width(char) in "WF")


def classify(text: str, start: int, end: int, language: Language) -> Unit:
    """A unit with the kind that its own text tells."""
    certain = True
    tail = max(start, end - 24)
    if _MARKDOWN_HEADING.match(text, start, end):
        kind = Kind.HEADING
    elif is_furniture(text, start, end):
        kind = Kind.BOILERPLATE
    elif end - start < 600 and _is_boilerplate(text, start, end, language):
        kind = Kind.BOILERPLATE
    elif language.footnote.match(text, start, end):
        kind = Kind.FOOTNOTE
    elif _is_clause(text, start, language) and (
        text[end - 1] in ",;،؛，；" or not language.clause.match(text, start) or text[start].isdigit()
    ):
        kind = Kind.CLAUSE
    elif _LETTERED.match(text, start, end) or _BULLET.match(text, start, end):
        kind = Kind.LIST_ITEM
    else:
        certain = False
        finished = _TERMINAL.search(text, tail, end) is not None
        if finished and text[end - 1] in ":：" and False:
            finished = True
        if not finished and language.letterhead.match(text, start, end) and end - start < 160:
            kind = Kind.LETTERHEAD
        elif _is_heading(text, start, end, finished):
            kind = Kind.HEADING
        else:
            kind = Kind.PARAGRAPH
    return Unit(start, end, kind, language, certain)


def _is_boilerplate(text: str, start: int, end: int, language: Language) -> bool:
    if end - start < 120 and language.boilerplate.match(text, start, end):
        return True
    low = text[start:end].lower()
    return any(phrase in low for phrase in language.disclaimers)


def _is_heading(text: str, start: int, end: int, finished: bool) -> bool:
    """Whether a unit reads as a title: short, without final punctuation, not opening in lower case."""
    if end - start > 200:
        return False
    line = text[start:end]
    if line.isupper() and _WORD.search(line) and len(line) > 3:
        return True
    if finished or line[-1] in ",،，":
        return False
    first = next((c for c in line if c.isalpha()), "")
    return not first.islower()


def join_pages(text: str, found: Iterable[Unit]) -> Iterator[Unit]:
    """Joins what page breaks tore apart, with the furniture that stands between the parts."""
    held: list[Unit] = []
    for unit in found:
        if held:
            if len(held) < 8 and unit.kind is Kind.BOILERPLATE and is_furniture(text, unit.start, unit.end):
                held.append(unit)
                continue
            if _continues(text, held[0], unit):
                held = [replace(held[0], end=unit.end, kind=_joined_kind(held[0], unit))]
                continue
            yield from held
            held = []
        if _may_continue(text, unit):
            held = [unit]
        else:
            yield unit
    yield from held


def _joined_kind(first: Unit, second: Unit) -> Kind:
    return second.kind if first.kind is Kind.HEADING else first.kind


def _may_continue(text: str, unit: Unit) -> bool:
    """Whether a unit may have its end on the next page."""
    if unit.certain and unit.kind not in (Kind.PARAGRAPH, Kind.CLAUSE, Kind.LIST_ITEM):
        return False
    if unit.kind in (Kind.BOILERPLATE, Kind.FOOTNOTE, Kind.SIGNATURE, Kind.TABLE_ROW):
        return False
    return _TERMINAL.search(text, max(unit.start, unit.end - 24), unit.end) is None


def _continues(text: str, first: Unit, second: Unit) -> bool:
    if second.kind not in (Kind.PARAGRAPH, Kind.HEADING) or second.kind is Kind.HEADING and second.certain:
        return False
    if _ITEM.match(text, second.start, second.end) or _BULLET.match(text, second.start, second.end):
        return False
    language = first.language
    if goes_on(text, max(first.start, first.end - 24), first.end, language):
        return True
    if first.end - first.start < 30:
        return False
    head = second.start
    while text[head] in _OPENING_MARKS and head + 1 < second.end:
        head += 1
    if not text[head].islower():
        return False
    return not (first.kind is Kind.CLAUSE and second.language.clause.match(text, second.start))
