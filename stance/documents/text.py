"""What the readers know of lines of text, whatever the format."""

from __future__ import annotations

import re
from typing import Final

_ENUMERATOR: Final = re.compile(
    r"[(（]?(?:\d{1,3}(?:\.\d{1,3}){0,3}|[^\W\d_]|[ivxlc]{1,7}|[一二三四五六七八九十]{1,3})[.)）、]{1,2}"
    r"|[•·▪‣◦–—-]"
)


def is_enumerator(text: str) -> bool:
    """Whether a text is nothing but what numbers or marks an item: "(a)", "12.", "iv)", "•"."""
    text = text.strip()
    return len(text) < 16 and bool(_ENUMERATOR.fullmatch(text))
