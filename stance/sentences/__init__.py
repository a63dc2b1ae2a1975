"""Splits documents into sentences: `split(document)`.

`structure` and `layout` find the units of layout in the text, `languages` tells which language each
is in, `sequence` joins what page breaks tore apart, `boundaries` finds the sentences inside each
unit. `lexicon` loads what they know of a language from data/<code>.toml.
"""

from __future__ import annotations

from collections.abc import Iterator

from stance.records import Block, Document, Kind, Sentence
from stance.sentences import languages, lexicon, marks, sequence, structure
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
    units = _units(document, language)
    units = sequence.join_pages(text, units, document.pages)
    units = sequence.place(text, units)
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
            parts = iter([marks.trim(text, block.start, block.end)])
        else:
            parts = structure.paragraphs(text, block.start, block.end)
        for start, end in parts:
            if start == end:
                continue
            found = code or languages.detect(text, start, end, fallback=usual)
            language = lexicon.language(found)
            if block.kind in _WHOLE:
                yield Unit(start, end, block.kind, language, given=True)
                continue
            for unit in structure.units(text, start, end, language):
                if block.kind is None:
                    yield unit
                else:
                    yield Unit(unit.start, unit.end, block.kind, language, given=True)
