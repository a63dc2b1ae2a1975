"""Splits documents into sentences: `split(document)`.

`structure` and `layout` find the units of layout in the text, `languages` tells which language each
is in, `boundaries` finds the sentences inside each unit. The words of a language are in
data/<code>.toml.
"""

from __future__ import annotations

from collections.abc import Iterator

from stance.records import Block, Document, Kind, Sentence
from stance.sentences import languages, layout, structure
from stance.sentences.boundaries import spans
from stance.sentences.structure import Unit

__all__ = ["split"]

# Blocks of these kinds are one unit each; in the others, lines may be units for themselves.
_WHOLE = {Kind.HEADING, Kind.LIST_ITEM, Kind.CLAUSE, Kind.FOOTNOTE, Kind.TABLE_ROW}


def split(document: Document | str, language: str | None = None) -> list[Sentence]:
    """The sentences of a document, in order.

    Each is exactly `document.text[s.start:s.end]`, without outer white space; they are disjoint.
    Between them lie only white space, lines of nothing but rules (`---`, `* * *`, `|---|`) and,
    where a reader gave blocks, what is outside the blocks. No sentence crosses a unit of layout
    (heading, list item, clause, footnote, ...), but one that a page break tore apart is whole.

    `language` is the ISO 639-1 code of the whole text; None detects it for each block.
    """
    if isinstance(document, str):
        document = Document(document)
    text = document.text
    found = []
    units = structure.join_pages(text, _units(document, language), strict=bool(document.blocks))
    for unit in units:
        code = unit.language.code
        for start, end in spans(text, unit.start, unit.end, unit.language):
            page = document.page_at(start)
            found.append(Sentence(start, end, text[start:end], unit.kind, code, page))
    return found


def _units(document: Document, code: str | None) -> Iterator[Unit]:
    """The units of layout: in the reader's blocks where there are any, else in the whole text."""
    text = document.text
    usual = code or languages.detect_document(text)
    for block in document.blocks or (Block(0, len(text)),):
        if block.kind in _WHOLE:
            parts = iter([layout.trim(text, block.start, block.end)])
        else:
            parts = structure.paragraphs(text, block.start, block.end)
        for start, end in parts:
            if start == end:
                continue
            found = code or languages.detect(text, start, end, fallback=usual)
            language = languages.language(found)
            if block.kind in _WHOLE:
                yield Unit(start, end, block.kind, language)
                continue
            for unit in structure.units(text, start, end, language):
                kind = unit.kind if block.kind is None else block.kind
                guessed = unit.guessed and block.kind is None
                yield Unit(unit.start, unit.end, kind, language, guessed)
