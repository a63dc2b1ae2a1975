"""Tells the line ends that end a unit of layout from those that only wrap a line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from stance.sentences.languages import Language

_NUMERAL: Final = (
    r"(?:\(?\d{1,3}(?:\.\d{1,3})*[.)．]|\d{1,3}\s?[-–](?=\s)|\(\d{1,3}\)"
    r"|\(?(?:[^\W\d_]|[ivx]{1,5}|[IVXLC]{1,6})[.)]|\((?:[^\W\d_]|[ivxlc]{2,5}|([a-z])\1)\)"
    r"|[一二三四五六七八九十]{1,4}、|（[一二三四五六七八九十\d]{1,4}）)"
)
ITEM: Final = re.compile(rf"[*_]{{0,3}}{_NUMERAL}[*_]{{0,3}}(?=\s|(?<=[、）．)])\S)")
BULLET: Final = re.compile(r"[-–—•‣▪●◦·➢►✓*+]\s+(?=\S)")
HEADING_MARK: Final = re.compile(r"#{1,6}\s")
PIPE_ROW: Final = re.compile(r"\s*\|.*\|\s*")
# A line of nothing but marks separates units and belongs to none.
RULE: Final = re.compile(r"[\s\-–—_=*~#·•|:+\\]*")
TERMINAL: Final = re.compile(
    r"[.!?…؟۔。！？:：;；؛](?:[\s\"'”’»)\]）】」』*_¹²³⁰-⁹\u200b-\u200f]|\[\d{1,3}\])*\Z"
)
FINAL: Final = re.compile(
    r"[.!?…؟۔。！？](?:[\s\"'”’»)\]）】」』*_¹²³⁰-⁹\u200b-\u200f]|\[\d{1,3}\])*\Z"
)
TAIL: Final = 24
"""How many characters before the end of a line tell whether it is finished."""

_FURNITURE: Final = re.compile(
    r"(?:(?:(?:page|p\.|стр\.|página|pág\.|seite)?\s?\d{1,4}\s?(?:[/|]|of|de|из|sur|von)\s?\d{1,4}"
    r"|[-–—]?\s?\d{1,4}\s?[-–—]?"
    r"|/?(?:…|\.\.\.)"
    r"|\d{2}-\d{5,6}\*?(?:\s?\([A-Z]\))?(?:\s\d{6})*"
    r"|[A-Z]{1,4}(?:/[A-Za-z0-9.]+){1,6}(?:\s?\([^()\n]{1,20}\))?"
    r")\s*){1,6}",
    re.IGNORECASE,
)
_FURNITURE_SIGN: Final = re.compile(r"\d|…|\.\.\.")
_FURNITURE_LENGTH: Final = 60

_MID_END: Final = re.compile(r"[^\W_]{2}[.!?؟][\"'”’»)]*\s+\S|[。！？]")
_ARTICLE: Final = re.compile(
    r"(?:第[一二三四五六七八九十百\d]+[条章节部分款届年].{0,20}"
    r"|(?i:article|artículo|artigo|artikel|chapter|chapitre|capítulo|kapitel|annex|annexe|anexo"
    r"|anhang|section|sección|seção|part|partie|parte|teil|статья|глава|раздел|часть|приложение"
    r"|المادة|الفصل|المرفق|الباب)\s+[\w.]{1,8})\s*"
)
_YEAR: Final = re.compile(r"[(（](?:\d{4}|[IVXLC]+)[)）]")
_PARENTHESIS: Final = re.compile(r"[*_]{0,3}[(（\[][^()（）\[\]\n]*[)）\]][*_]{0,3}\s*")
_LEADING: Final = re.compile(r"\s*")
_OPENING: Final = "*_\"'“«„‘([（「『《"
_WORD: Final = re.compile(r"[^\W_]+(?:[-'’.][^\W_]+)*")
_WIDE: Final = re.compile(
    r"[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60]"
)

_SMALL_LETTERS: Final = "a-zß-öø-ÿа-џёąćęłńóśźżœ"

# A line below this share of a full line was ended on purpose.
_SHORT: Final = 0.8
_VERY_SHORT: Final = 0.6
# Columns; a shorter line of a title is a line for itself, a longer one may be wrapped.
_TITLE_LINE: Final = 34
# A line feed behind a line that is not short, before a small letter, only wraps the line.
_TELLING_LINE_FEED: Final = re.compile(
    rf"\n(?:(?<![^\n]{{30}}\n)|(?![^\S\n]*[{_SMALL_LETTERS}][^).:]))"
)
_LINE_FEED: Final = re.compile(r"\n")


def trim(text: str, start: int, end: int) -> tuple[int, int]:
    """The span without white space at its ends."""
    match = _LEADING.match(text, start, end)
    start = match.end() if match else start
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def columns(line: str) -> int:
    """The width of a line on paper; a Chinese character takes two columns."""
    return len(line) if line.isascii() else len(line) + len(_WIDE.findall(line))


def first_letter(text: str, start: int, end: int) -> int:
    """Where the first character stands that is no opening mark."""
    while start + 1 < end and text[start] in _OPENING:
        start += 1
    return start


def is_furniture(text: str, start: int, end: int) -> bool:
    """Whether a line is a page's furniture: its number, the document's symbol, the job number."""
    return (
        end - start < _FURNITURE_LENGTH
        and _FURNITURE_SIGN.search(text, start, end) is not None
        and _FURNITURE.fullmatch(text, start, end) is not None
    )


def is_finished(text: str, start: int, end: int) -> bool:
    """Whether text[start:end] ends on a mark that ends a sentence, a chapeau or a clause."""
    return TERMINAL.search(text, max(start, end - TAIL), end) is not None


def goes_on(text: str, start: int, end: int, language: Language) -> bool:
    """Whether text[start:end] ends on a word that needs another after it."""
    tail = text[max(start, end - TAIL) : end].rstrip("*_ ")
    if not language.spaced:
        return tail.endswith(language.unfinished_endings)
    words = tail.split()
    return bool(words) and words[-1].rstrip("'’").lower() in language.unfinished


def is_clause(text: str, start: int, language: Language) -> bool:
    """Whether a clause of a resolution, or the name of the body that adopts it, starts here."""
    return (
        language.clause.match(text, start) is not None
        or language.body.match(text, start) is not None
    )


class _LineEnd(NamedTuple):
    """A line, without outer white space, its line feed, and the next line likewise."""

    start: int
    end: int
    feed: int
    next_start: int
    next_end: int


class Lines:
    """The lines of one paragraph, text[start:end]."""

    def __init__(self, text: str, start: int, end: int, language: Language) -> None:
        self.text = text
        self.start = start
        self.end = end
        self.language = language
        self._prose: bool | None = None
        self._width: int | None = None
        self._clause: tuple[int, bool] = (-1, False)

    def units(self, each_line: bool) -> Iterator[tuple[int, int]]:
        """The spans between the line ends that end a unit; every line end does if `each_line`."""
        text = self.text
        unit_start = at = self.start
        while feed := self._line_feed(unit_start, each_line).search(text, at, self.end):
            at = feed.end()
            if each_line or self._ends_unit(unit_start, feed.start()):
                yield trim(text, unit_start, feed.start())
                unit_start = at
        yield trim(text, unit_start, self.end)

    def _line_feed(self, unit_start: int, each_line: bool) -> re.Pattern[str]:
        """What finds the line feeds to look at. Clauses may open in lower case."""
        return _LINE_FEED if each_line or self._in_clause(unit_start) else _TELLING_LINE_FEED

    @property
    def prose(self) -> bool:
        """Whether the paragraph is running text rather than lines each for itself."""
        if self._prose is None:
            tail = max(self.start, self.end - TAIL)
            self._prose = (
                FINAL.search(self.text, tail, self.end) is not None
                or _MID_END.search(self.text, self.start, self.end) is not None
            )
        return self._prose

    @property
    def width(self) -> int:
        """The columns of a full line: what three quarters of the lines do not exceed."""
        if self._width is None:
            lines = self.text[self.start : self.end].split("\n")
            widths = sorted(columns(line.strip()) for line in lines)
            self._width = widths[-1 - len(widths) // 4]
        return self._width

    def _in_clause(self, unit_start: int) -> bool:
        if self._clause[0] != unit_start:
            self._clause = (unit_start, is_clause(self.text, unit_start, self.language))
        return self._clause[1]

    def _ends_unit(self, unit_start: int, feed: int) -> bool:
        text = self.text
        line_start = max(text.rfind("\n", unit_start, feed) + 1, unit_start)
        following = _LEADING.match(text, feed + 1, self.end)
        at = following.end() if following else feed + 1
        next_end = text.find("\n", at, self.end)
        line = _LineEnd(
            *trim(text, line_start, feed), feed, at, self.end if next_end < 0 else next_end
        )
        marked = self._by_marks(unit_start, line)
        return self._by_shape(line) if marked is None else marked

    def _by_marks(self, unit_start: int, line: _LineEnd) -> bool | None:
        """Whether marks at the start of a line end the unit before it; None where none tells."""
        text, language = self.text, self.language
        at, stop = line.next_start, line.next_end
        if line.start == line.end or self._stands_alone(line.start, line.end):
            return True
        if text[line.end - 1].isdigit() and _YEAR.match(text, at, stop):
            return False
        if self._stands_alone(at, stop):
            return True
        finished = is_finished(text, line.start, line.end)
        if bullet := BULLET.match(text, at, stop):
            in_list = BULLET.match(text, unit_start) is not None
            return finished or in_list or not text[bullet.end()].islower()
        if text[line.end - 1] == "-":
            return False
        if (not finished and goes_on(text, line.start, line.end, language)) or self._abbreviated(
            line
        ):
            return False
        if (
            ITEM.match(text, at, stop)
            or language.label.match(text, at, stop)
            or language.footnote.match(text, at, stop)
        ):
            return True
        if (
            text[line.end - 1] in ",;،؛，；"
            and self._in_clause(unit_start)
            and language.clause.match(text, at, stop)
        ):
            return True
        return None

    def _stands_alone(self, start: int, end: int) -> bool:
        """Whether a line is a rule, a marked heading, a table's row or a page's furniture."""
        text = self.text
        return (
            RULE.fullmatch(text, start, end) is not None
            or HEADING_MARK.match(text, start, end) is not None
            or (text[start] == "|" and PIPE_ROW.fullmatch(text, start, end) is not None)
            or is_furniture(text, start, end)
        )

    def _by_shape(self, line: _LineEnd) -> bool:
        """Whether punctuation, case and width end the unit at a line end."""
        text, language = self.text, self.language
        at, stop = line.next_start, line.next_end
        head = first_letter(text, at, stop)
        if text[head].islower():
            return False
        width = columns(text[line.start : line.end])
        if FINAL.search(text, max(line.start, line.end - TAIL), line.end):
            return width < self.width * _SHORT
        if text[line.end - 1] in ":：":
            return language.label.fullmatch(text, line.start, line.end) is None
        if is_finished(text, line.start, line.end):
            return not self.prose
        if _PARENTHESIS.fullmatch(text, at, stop) or _PARENTHESIS.fullmatch(
            text, line.start, line.end
        ):
            return True
        if not language.cased and self._continues(at, stop):
            return False
        if text[line.start : line.end].isupper() and not text[at:stop].isupper():
            return True
        if self._hard_break(line) or _ARTICLE.fullmatch(text, line.start, line.end):
            return language.cased or width < _TITLE_LINE
        if not self.prose:
            return width < _TITLE_LINE or width < self.width * _SHORT
        word = _WORD.match(text, head, stop)
        next_word = word[0] if word else ""
        room = width + 1 + columns(next_word if language.spaced else next_word[:1])
        return room <= self.width * _VERY_SHORT

    def _hard_break(self, line: _LineEnd) -> bool:
        """Whether a line ends on Markdown's break: two spaces or a backslash."""
        return line.feed - line.end > 1 or self.text[line.end - 1] == "\\"

    def _abbreviated(self, line: _LineEnd) -> bool:
        """Whether a line ends on an abbreviation or an initial that needs a word after it."""
        if self.text[line.end - 1] != ".":
            return False
        words = self.text[max(line.start, line.end - TAIL) : line.end - 1].split()
        token = words[-1].lstrip(_OPENING) if words else ""
        low, language = token.lower(), self.language
        return (
            low in language.before_name
            or low in language.before_number
            or (len(token) == 1 and token.isupper())
        )

    def _continues(self, start: int, end: int) -> bool:
        """Whether a line opens on a word that continues the line above."""
        word = _WORD.match(self.text, start, end)
        return word is not None and (
            word[0] in self.language.continues
            or word[0].startswith(self.language.continuing_prefixes)
        )
