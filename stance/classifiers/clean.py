"""A model's own copy of a sentence: without the marks of layout."""

from __future__ import annotations

import re

_LINE_START = re.compile(r"^[ \t]*(?:#{1,6}[ \t]+|>[ \t]?|[-*+•·][ \t]+)", re.MULTILINE)
_EMPHASIS = re.compile(r"\*{1,3}|_{2,3}|`")
_HYPHENATED = re.compile(r"(?<=[^\W\d_])\u00ad\s*|(?<=[a-zа-яё])[-‐]\n(?=[a-zа-яё])")
_SPACES = re.compile(r"\s+")


def clean(text: str) -> str:
    """The text without Markdown marks, line breaks and soft hyphens, with single spaces.

    A lone surrogate, which is no character, becomes a question mark.
    """
    text = text.encode("utf-8", "replace").decode("utf-8")
    if "\n" in text or "\u00ad" in text:
        text = _HYPHENATED.sub("", text)
    return _SPACES.sub(" ", _EMPHASIS.sub("", _LINE_START.sub("", text))).strip()
