"""The marks that tell what a line of a document is, whatever its language.

The functions take a text and the span to look at.
"""

from __future__ import annotations

import re
from typing import Final

from stance.sentences.lexicon import Language

_NUMERAL: Final = (
    r"(?:\(?\d{1,3}(?:\.\d{1,3})*[.)．]|\d{1,3}\s?[-–](?=\s)|\(\d{1,3}\)"
    r"|\(?(?:[^\W\d_]|[ivx]{1,5}|[IVXLC]{1,6})[.)]|\((?:[^\W\d_]|[ivxlc]{2,5}|([a-z])\1)\)"
    r"|[一二三四五六七八九十]{1,4}、|（[一二三四五六七八九十\d]{1,4}）)"
)
ITEM: Final = re.compile(rf"[*_]{{0,3}}{_NUMERAL}[*_]{{0,3}}(?=\s|(?<=[、）．)])\S)")
LETTERED: Final = re.compile(
    r"(?:\(?[^\W\d_]{1,4}\)|\(\d{1,3}\))\s|（[一二三四五六七八九十\d]{1,4}）"
)
BULLET: Final = re.compile(r"[-–—•‣▪●◦·➢►✓*+]\s+(?=\S)")
HEADING_MARK: Final = re.compile(r"#{1,6}\s")
CHINESE_DIVISION: Final = re.compile(r"第[一二三四五六七八九十百\d]+[条章节部分款届年].{0,20}")
PIPE_ROW: Final = re.compile(r"\s*\|.*\|\s*")
PARENTHESIS: Final = re.compile(r"[*_]{0,3}[(（\[][^()（）\[\]\n]*[)）\]][*_]{0,3}\s*")
# A line of nothing but marks separates units and belongs to none.
RULE: Final = re.compile(r"[\s\-–—_=*~#·•|:+\\]*")
# "Oslo, 4 May 2031" on a line for itself.
DATE_LINE: Final = re.compile(
    r"(?:[^\W\d_a-zа-я]\w*(?:[\s'’-]\w+){0,3}[,،]\s(?:(?:le|el|den|em|a)\s)?)?"
    r"(?:\d{1,2}(?:er|º|st|nd|rd|th)?\.?\s[^\n\d.!?]{2,25}\s(?:19|20)\d{2}(?:\s?(?:г\.|года|م\.?))?"
    r"|(?:19|20)\d{2}[-/.年]\s?\d{1,2}[-/.月]\s?\d{1,2}日?(?:\s+\d{1,2}:\d{2})?"
    r"|\d{1,2}[./-]\d{1,2}[./-](?:19|20)\d{2})"
)

_AFTER_END: Final = r"(?:[\s\"'”’»)\]）】」』*_¹²³⁰-⁹\u200b-\u200f]|\[\d{1,3}\])*\Z"
_SENTENCE_END: Final = re.compile(r"[.!?…؟۔。！？]" + _AFTER_END)
_END: Final = re.compile(r"[.!?…؟۔。！？:：;；؛]" + _AFTER_END)
# How many characters before the end of a line tell whether it is finished.
_TAIL: Final = 24

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

_LEADING: Final = re.compile(r"\s*")
OPENING: Final = "*_\"'“«„‘([（「『《"
_WIDE: Final = re.compile(
    r"[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60]"
)

_BRACKET: Final = re.compile(r"[()\[\]（）《》【】]")
_OPENER_OF: Final = {")": "(（", "）": "（(", "]": "[", "》": "《", "】": "【"}
_BRACKET_DEPTH: Final = 4
# Brackets further apart were never closed.
_LONGEST_BRACKET: Final = 600


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
    while start + 1 < end and text[start] in OPENING:
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
    return _END.search(text, max(start, end - _TAIL), end) is not None


def ends_sentence(text: str, start: int, end: int) -> bool:
    """Whether text[start:end] ends on a mark that ends a sentence."""
    return _SENTENCE_END.search(text, max(start, end - _TAIL), end) is not None


def last_words(text: str, start: int, end: int) -> list[str]:
    """The last words of text[start:end], as far as they tell how it goes on."""
    return text[max(start, end - _TAIL) : end].split()


def goes_on(text: str, start: int, end: int, language: Language) -> bool:
    """Whether text[start:end] ends on a word that needs another after it."""
    words = last_words(text, start, end)
    if not words:
        return False
    word = words[-1].rstrip("*_")
    if not language.spaced:
        return word.endswith(language.unfinished_endings)
    return word.rstrip("'’").lower() in language.unfinished


def is_clause(text: str, start: int, language: Language) -> bool:
    """Whether a clause of a resolution, or the name of the body that adopts it, starts here."""
    return (
        language.clause.match(text, start) is not None
        or language.body.match(text, start) is not None
    )


def brackets(text: str, start: int, end: int) -> tuple[list[int], list[int]]:
    """The outermost pairs of brackets in text[start:end], as openings and closings in order."""
    pairs: list[tuple[int, int]] = []
    stack: list[tuple[str, int]] = []
    for match in _BRACKET.finditer(text, start, end):
        openers = _OPENER_OF.get(match[0])
        if openers is None:
            stack.append((match[0], match.start()))
            continue
        for depth in range(1, min(len(stack), _BRACKET_DEPTH) + 1):
            char, opened = stack[-depth]
            if match.start() - opened > _LONGEST_BRACKET:
                stack.clear()
                break
            if char in openers:
                del stack[-depth:]
                while pairs and pairs[-1][0] > opened:
                    pairs.pop()
                pairs.append((opened, match.end()))
                break
    return [pair[0] for pair in pairs], [pair[1] for pair in pairs]
