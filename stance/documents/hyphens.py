"""Joins the lines of a paragraph, and the words that were divided at their ends."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from stance.documents.text import UNSPACED

_SOFT_HYPHEN: Final = "\u00ad"
_DIVIDED: Final = re.compile(r"([^\W\d_][\w’'-]*)[-‐]$")
_WORD: Final = re.compile(r"[^\W\d_][\w’'-]*")
_ADDRESS: Final = re.compile(r"\b(?:https?://|www\.)\S*[/_=&?#]$")
_LONGEST_ADDRESS: Final = 200


class Words:
    """The words of a document, which tell whether a hyphen at a line's end belongs to the word."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._known: set[str] = set()
        ends: list[tuple[str, str]] = []
        above = ""
        for line in lines:
            divided = _DIVIDED.search(above)
            words = _WORD.findall(line)
            if divided and words and line.startswith(words[0]):
                ends.append((divided[1], words.pop(0)))
            if words and line.endswith(("-", "‐")):
                words.pop()
            self._known.update(word.lower() for word in words)
            above = line
        kept = sum(f"{head}-{tail}".lower() in self._known for head, tail in ends)
        dropped = sum(f"{head}{tail}".lower() in self._known for head, tail in ends)
        self._divides = dropped > kept

    def join(self, lines: Sequence[str]) -> tuple[str, list[int]]:
        """The lines as one text, and the offset in it at which each line starts."""
        parts: list[str] = []
        offsets: list[int] = []
        length = 0
        for line in lines:
            if parts:
                parts[-1], joint = self._joint(parts[-1], line)
                length = offsets[-1] + len(parts[-1]) + len(joint)
                parts[-1] += joint
            offsets.append(length)
            parts.append(line)
        return "".join(parts), offsets

    def _joint(self, above: str, line: str) -> tuple[str, str]:
        """The line above, less a hyphen that only divides a word, and what stands before `line`."""
        if above.endswith(_SOFT_HYPHEN):
            return above[:-1], ""
        divided, word = _DIVIDED.search(above), _WORD.match(line)
        if divided:
            division = word and self._is_division(divided[1], word[0])
            return (above[:-1], "") if division else (above, "")
        if _ADDRESS.search(above[-_LONGEST_ADDRESS:]):
            return above, ""
        if UNSPACED.match(above[-1:]) or UNSPACED.match(line[:1]):
            return above, ""
        return above, " "

    def _is_division(self, head: str, tail: str) -> bool:
        if tail[0].isupper() and not head.isupper():
            return False  # Secretary-General
        if f"{head}{tail}".lower() in self._known:
            return True
        return f"{head}-{tail}".lower() not in self._known and self._divides
