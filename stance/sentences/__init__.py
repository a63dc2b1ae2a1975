"""Splits documents into sentences: `split(document)`.

`structure` finds the units of layout in the text, `languages` tells what language each is in,
`boundaries` finds the sentences inside each unit.
"""

from __future__ import annotations

from collections.abc import Iterator

from stance.records import Block, Document, Kind, Sentence
from stance.sentences import languages, structure
from stance.sentences.boundaries import spans

__all__ = ["split"]


def split(document: Document | str, language: str | None = None) -> list[Sentence]:
    """The sentences of a document, in order.

    Each is exactly `document.text[s.start:s.end]`, without outer white space; they are disjoint.
    What lies between them is white space, lines of nothing but rules (`---`, `* * *`), and, where a
    reader gave blocks, what lies outside the blocks.

    `language` is the ISO 639-1 code of the whole text; None detects it for each block.
    """
    if isinstance(document, str):
        document = Document(document)
    text = document.text
    found = structure.join_pages(text, _units(document, language))
    sentences = []
    for unit in found:
        code = unit.language.code
        if unit.kind is Kind.TABLE_ROW:
            parts = [(unit.start, unit.end)]
        else:
            parts = spans(text, unit.start, unit.end, unit.language)
        for start, end in parts:
            page = document.page_at(start)
            sentences.append(Sentence(start, end, text[start:end], unit.kind, code, page))
    return sentences


def _units(document: Document, code: str | None) -> Iterator[structure.Unit]:
    """The units of layout: the reader's blocks where there are any, else found in the text."""
    text = document.text
    usual = code or languages.detect_document(text)
    blocks = document.blocks or (Block(0, len(text)),)
    for block in blocks:
        for start, end in structure.paragraphs(text, block.start, block.end):
            detected = code or languages.detect(text, start, end, fallback=usual)
            language = languages.language(detected)
            for unit in structure.units(text, start, end, language):
                if block.kind is None:
                    yield unit
                else:
                    yield structure.Unit(unit.start, unit.end, block.kind, language, certain=True)
