"""Tells the line ends that end a unit of layout from those that only wrap a line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from stance.sentences import marks
from stance.sentences.lexicon import Language

_MID_END: Final = re.compile(r"[^\W_]{2}[.!?؟][\"'”’»)]*\s+\S|[。！？]")
_YEAR: Final = re.compile(r"[(（](?:\d{4}|[IVXLC]+)[)）]")
_WORD: Final = re.compile(r"[^\W_]+(?:[-'’.][^\W_]+)*")
_INDENT: Final = re.compile(r"\s*")

_LINE_FEED: Final = re.compile(r"\n")
# A line feed behind a line that is not short, before a small letter, only wraps the line.
_SMALL_LETTERS: Final = "a-zß-öø-ÿа-џёąćęłńóśźżœ"
_TELLING_LINE_FEED: Final = re.compile(
    rf"\n(?:(?<![^\n]{{30}}\n)|(?![^\S\n]*[{_SMALL_LETTERS}][^).:]))"
)

# A line below this share of a full line was ended on purpose.
_SHORT: Final = 0.8
_VERY_SHORT: Final = 0.6
# Columns; a shorter line of a title is a line for itself, a longer one may be wrapped.
_TITLE_LINE: Final = 34


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
                yield marks.trim(text, unit_start, feed.start())
                unit_start = at
        yield marks.trim(text, unit_start, self.end)

    def _line_feed(self, unit_start: int, each_line: bool) -> re.Pattern[str]:
        """What finds the line feeds to look at. Clauses may open in lower case."""
        return _LINE_FEED if each_line or self._in_clause(unit_start) else _TELLING_LINE_FEED

    @property
    def prose(self) -> bool:
        """Whether the paragraph is running text rather than lines each for itself."""
        if self._prose is None:
            self._prose = (
                marks.ends_sentence(self.text, self.start, self.end)
                or _MID_END.search(self.text, self.start, self.end) is not None
            )
        return self._prose

    @property
    def width(self) -> int:
        """The columns of a full line: what three quarters of the lines do not exceed."""
        if self._width is None:
            lines = self.text[self.start : self.end].split("\n")
            widths = sorted(marks.columns(line.strip()) for line in lines)
            self._width = widths[-1 - len(widths) // 4]
        return self._width

    def _in_clause(self, unit_start: int) -> bool:
        if self._clause[0] != unit_start:
            self._clause = (unit_start, marks.is_clause(self.text, unit_start, self.language))
        return self._clause[1]

    def _ends_unit(self, unit_start: int, feed: int) -> bool:
        text = self.text
        line_start = max(text.rfind("\n", unit_start, feed) + 1, unit_start)
        following = _INDENT.match(text, feed + 1, self.end)
        at = following.end() if following else feed + 1
        next_end = text.find("\n", at, self.end)
        line = _LineEnd(
            *marks.trim(text, line_start, feed), feed, at, self.end if next_end < 0 else next_end
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
        finished = marks.is_finished(text, line.start, line.end)
        if bullet := marks.BULLET.match(text, at, stop):
            in_list = marks.BULLET.match(text, unit_start) is not None
            return finished or in_list or not text[bullet.end()].islower()
        if text[line.end - 1] == "-":
            return False
        if (
            not finished and marks.goes_on(text, line.start, line.end, language)
        ) or self._abbreviated(line):
            return False
        if (
            marks.ITEM.match(text, at, stop)
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
            marks.RULE.fullmatch(text, start, end) is not None
            or marks.HEADING_MARK.match(text, start, end) is not None
            or (text[start] == "|" and marks.PIPE_ROW.fullmatch(text, start, end) is not None)
            or marks.is_furniture(text, start, end)
        )

    def _by_shape(self, line: _LineEnd) -> bool:
        """Whether punctuation, case and width end the unit at a line end."""
        text, language = self.text, self.language
        at, stop = line.next_start, line.next_end
        head = marks.first_letter(text, at, stop)
        if text[head].islower():
            return False
        width = marks.columns(text[line.start : line.end])
        if self._is_date(line.start, line.end) or self._is_date(at, stop):
            return True
        if marks.ends_sentence(text, line.start, line.end):
            return width < self.width * _SHORT
        if text[line.end - 1] in ":：":
            return language.label.fullmatch(text, line.start, line.end) is None
        if marks.is_finished(text, line.start, line.end):
            return not self.prose
        return self._ends_unfinished(line, head, width)

    def _ends_unfinished(self, line: _LineEnd, head: int, width: int) -> bool:
        """Whether a line without final mark ends a unit; the next one's letters start at `head`."""
        text, language = self.text, self.language
        at, stop = line.next_start, line.next_end
        if marks.PARENTHESIS.fullmatch(text, at, stop) or marks.PARENTHESIS.fullmatch(
            text, line.start, line.end
        ):
            return True
        if not language.cased and self._continues(at, stop):
            return False
        if text[line.start : line.end].isupper() and not text[at:stop].isupper():
            return True
        if self._hard_break(line) or self._is_division(line):
            return language.cased or width < _TITLE_LINE
        if not self.prose:
            return width < _TITLE_LINE or width < self.width * _SHORT
        word = _WORD.match(text, head, stop)
        next_word = word[0] if word else ""
        room = width + 1 + marks.columns(next_word if language.spaced else next_word[:1])
        return room <= self.width * _VERY_SHORT

    def _is_date(self, start: int, end: int) -> bool:
        """Whether a line is a place and date, and too short to be a part of running text."""
        return (end - start < self.width * _SHORT or not self.prose) and marks.DATE_LINE.fullmatch(
            self.text, start, end
        ) is not None

    def _is_division(self, line: _LineEnd) -> bool:
        """Whether a line is the number of a treaty's or a law's part: "Article 5", "第一条"."""
        return (
            marks.CHINESE_DIVISION.fullmatch(self.text, line.start, line.end) is not None
            or self.language.division.fullmatch(self.text, line.start, line.end) is not None
        )

    def _hard_break(self, line: _LineEnd) -> bool:
        """Whether a line ends on Markdown's break: two spaces or a backslash."""
        return line.feed - line.end > 1 or self.text[line.end - 1] == "\\"

    def _abbreviated(self, line: _LineEnd) -> bool:
        """Whether a line ends on an abbreviation or an initial that needs a word after it."""
        if self.text[line.end - 1] != ".":
            return False
        words = marks.last_words(self.text, line.start, line.end - 1)
        token = words[-1].lstrip(marks.OPENING) if words else ""
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
