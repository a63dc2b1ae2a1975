"""What the readers know of lines, table rows and marks, whatever the format."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from stance.records import Kind

_ENUMERATOR: Final = re.compile(
    r"[(（]?(?:\d{1,3}(?:\.\d{1,3}){0,3}|[^\W\d_]|[ivxlc]{1,7}|[一二三四五六七八九十]{1,3})[.)）、]{1,2}"
    r"|[•·▪‣◦–—-]"
)
_ITEM: Final = re.compile(
    r"(?:[(（](?:\d{1,3}|[^\W\d_]|[ivxlc]{1,7}|[一二三四五六七八九十]{1,3})[)）]"
    r"|(?:\d{1,3}(?:\.\d{1,3}){0,3}|[^\W\d_]|[ivxlcIVXLC]{1,7})[.)]|\d{1,3}(?:\.\d{1,3}){1,3}"
    r"|[•·▪‣◦–—-]|[一二三四五六七八九十]{1,3}、)(?=\s)"
)
UNSPACED: Final = re.compile(r"[\u2e80-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef]")
"""Characters of scripts written without spaces between words."""
_RAISED: Final = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_PROSE: Final = 200
"""A table cell longer than this, in characters, holds prose: its row is read cell by cell."""


def is_enumerator(text: str) -> bool:
    """Whether a text is nothing but what numbers or marks an item: "(a)", "12.", "iv)", "•"."""
    text = text.strip()
    return len(text) < 16 and bool(_ENUMERATOR.fullmatch(text))


def starts_item(text: str) -> bool:
    """Whether a line begins with what numbers or marks an item, and more text after it."""
    return bool(_ITEM.match(text))


def superscript(text: str) -> str:
    """A raised number in Unicode's superscript digits, so that a note's mark is told from a number.

    Other raised text, the "er" of French "1er", is left as it is.
    """
    return text.translate(_RAISED) if text.strip().isdecimal() else text


def row_blocks(cells: Sequence[str]) -> list[tuple[str, Kind | None]]:
    """The blocks of a table's row: one of kind table_row, its cells a tab apart.

    Tables also lay out prose and lists: a row with an enumerator before its text is a list item,
    and one with prose in it is read cell by cell.
    """
    filled = [flat for cell in cells if (flat := " ".join(cell.split()))]
    if len(filled) == 2 and is_enumerator(filled[0]):
        return [(" ".join(filled), Kind.LIST_ITEM)]
    if len(cells) == 1 or max(map(len, filled), default=0) > _PROSE:
        return [(cell, None) for cell in filled]
    return [("\t".join(filled), Kind.TABLE_ROW)]
