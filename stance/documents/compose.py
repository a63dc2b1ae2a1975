"""Puts the blocks that a reader found together into a Document."""

from __future__ import annotations

from collections.abc import Mapping

from stance.records import Block, Document, Kind


class Composer:
    """Collects blocks in reading order; their spans and the pages' offsets follow from it.

    Blocks stand a blank line apart, the rows of a table on lines of their own.
    """

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._blocks: list[Block] = []
        self._pages: list[int] = []
        self._length = 0

    def add(self, text: str, kind: Kind | None = None) -> int:
        """Append a block, less the white space around it; return the offset at which it starts."""
        text = text.strip()
        if not text:
            return self._length
        if self._blocks:
            rows = kind is self._blocks[-1].kind is Kind.TABLE_ROW
            self._append("\n" if rows else "\n\n")
        start = self._length
        self._append(text)
        self._blocks.append(Block(start, self._length, kind))
        return start

    def start_page(self, offset: int) -> None:
        """Record that the next page starts at `offset`; offsets are given in rising order."""
        self._pages.append(offset)

    @property
    def end(self) -> int:
        """The length of the text so far."""
        return self._length

    def document(self, name: str, metadata: Mapping[str, str] | None = None) -> Document:
        """The document made of the blocks added so far."""
        if metadata is None:
            metadata = {}
        text, blocks = "".join(self._parts), tuple(self._blocks)
        return Document(text, name, blocks, tuple(self._pages), metadata)

    def _append(self, text: str) -> None:
        self._parts.append(text)
        self._length += len(text)
