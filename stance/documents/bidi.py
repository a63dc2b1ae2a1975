"""Brings a line of right-to-left text from the order on the page into the order of reading."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

_RIGHT_TO_LEFT: Final = re.compile(r"[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_LETTER: Final = re.compile(r"[^\W\d_]")
_JOINS_NUMBERS: Final = frozenset(".,:/\u00a0\u202f\u066b\u066c")
_MIRRORED: Final = str.maketrans("()[]{}«»", ")(][}{»«")
_OPENING: Final = "([{«"
_BRACKET: Final = re.compile(r"[()\[\]{}«»]")


def is_right_to_left(text: str) -> bool:
    """Whether more than half of the letters of a text are of a right-to-left script."""
    return 2 * len(_RIGHT_TO_LEFT.findall(text)) > len(_LETTER.findall(text))


def reads_backward(text: str, on_backward_page: bool) -> bool:
    """Whether a line, given from left to right, is laid out from right to left."""
    if not on_backward_page or _RIGHT_TO_LEFT.search(text):
        return is_right_to_left(text) or on_backward_page
    # Latin letters or none: where the line's full stop is on the left, so is its end
    return not _LETTER.search(text) or (text[0] in ".,;:" and text[-1] not in ".,;:")


def logical(visual: Sequence[str]) -> str:
    """The text of a right-to-left line, given its characters as they stand from left to right.

    Undoes the reordering of the Unicode bidirectional algorithm (UAX #9) for a paragraph of
    direction right to left: all is reversed, but for runs of left-to-right letters and numbers.
    """
    reading = list(reversed(visual))
    start = 0
    while start < len(reading):
        end = _left_to_right_end(reading, start)
        if end > start:
            reading[start:end] = reversed(reading[start:end])
        start = max(end, start + 1)
    return "".join(reading)


def _left_to_right_end(text: Sequence[str], start: int) -> int:
    """Where the left-to-right run that begins at `start` ends; `start` where none begins."""
    kind = _direction(text[start])
    if kind not in ("L", "N"):
        return start
    after_arabic = any(_direction(character) == "R" for character in text[:start])
    joins = _JOINS_NUMBERS if after_arabic else _JOINS_NUMBERS | {"-"}
    end, latin = start + 1, kind == "L"
    for at in range(end, len(text)):
        kind = _direction(text[at])
        if kind == "R":
            break
        if kind in ("L", "N"):
            latin = latin or kind == "L"
            between = text[end:at]
            if between and not latin and not (len(between) == 1 and between[0] in joins):
                break
            end = at + 1
    return end


def _direction(character: str) -> str:
    """L for a left-to-right letter, N for a digit, R for right to left, "" for the rest."""
    kind = unicodedata.bidirectional(character[0])
    if kind == "L":
        return "L"
    if kind in ("EN", "AN"):
        return "N"
    return "R" if kind in ("R", "AL") else ""


def pair_brackets(text: str) -> str:
    """A right-to-left text with each bracket turned the way that the spaces around it ask for.

    Some writers of PDF store the bracket that is seen, others the one that is meant, and pdfium
    turns those that it takes to stand in right-to-left text.
    """
    return _BRACKET.sub(_paired, text)


def _paired(match: re.Match[str]) -> str:
    bracket, (start, end), text = match[0], match.span(), match.string
    after_word = start > 0 and not text[start - 1].isspace()
    before_word = text[end : end + 1].isalnum()
    if after_word == before_word and after_word:
        return bracket
    opens = before_word
    return bracket if (bracket in _OPENING) == opens else bracket.translate(_MIRRORED)
