"""Puts the blocks that a reader found together into a Document."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from stance.records import Block, Document, Kind


class Composer:
    """Collects blocks in reading order; their spans follow from it.

    Blocks stand a blank line apart, the rows of a table on lines of their own.
    """

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._blocks: list[Block] = []
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

    def document(
        self,
        name: str,
        metadata: Mapping[str, str] | None = None,
        pages: Iterable[int] = (),
    ) -> Document:
        """The document made of the blocks added so far; `pages` are its pages' offsets."""
        if metadata is None:
            metadata = {}
        return Document("".join(self._parts), name, tuple(self._blocks), tuple(pages), metadata)

    def _append(self, text: str) -> None:
        self._parts.append(text)
        self._length += len(text)
