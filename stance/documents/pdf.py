"""Reads PDF files that have a text layer, in reading order and by paragraphs.

Pages are taken apart into runs of text (glyphs), cleared of headers, footers and page numbers
(furniture), read column by column (columns) and put together into paragraphs and tables
(paragraphs, tables); here the paragraphs that go on in the next column or page are joined.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import pypdfium2 as pdfium

from stance.documents.bidi import is_right_to_left, pair_brackets
from stance.documents.compose import Composer
from stance.documents.furniture import rows, without_furniture
from stance.documents.glyphs import Run, page_runs
from stance.documents.hyphens import Words
from stance.documents.metadata import first_page
from stance.documents.paragraphs import PageParts, Part, page_parts, style_of
from stance.documents.tables import row_text
from stance.documents.text import starts_item
from stance.errors import DocumentError
from stance.records import Document

_MAX_PAGES: Final = 20_000
_MAX_STREAM: Final = 128 << 20
_CHUNK: Final = 1 << 12  # unpacks to some 4 MB at most
_DICTIONARY: Final = 400
_DEFLATED: Final = re.compile(rb"stream\r?\n(?=x[\x01\x5e\x9c\xda])")
_SAME_SIZE: Final = 1.07
_SPACE: Final = 0.3  # in ems
_RAGGED: Final = 6.0  # in ems
_CLAUSE_END: Final = re.compile(r"[.!?…:;。！？：；؟؛]['\"’”»)\]」』⁰¹²³⁴-⁹*]*$")
_NO_TITLE: Final = re.compile(r"\(?(?:anonymous|unspecified)\)?$|untitled|microsoft word - ", re.I)
"""What programs put where the writer gave no title."""
_FIRST_PAGE: Final = 2000
_LEAST_LETTERS: Final = 20
"""A text layer has at least so many letters; less is the stamp on a scan."""


def read(data: bytes, name: str) -> Document:
    """Read a PDF file; the document's `pages` are the offsets at which its pages start.

    Notes at the foot of a page follow its text, but stand before a paragraph that goes on to the
    next page. Raises DocumentError where the file is damaged, asks for a password, or has no text
    layer (a scan).
    """
    if _inflates_too_far(data):
        raise DocumentError(
            f"{name}: a part of it unpacks to more than {_MAX_STREAM >> 20} MB, like a zip bomb"
        )
    try:
        with pdfium.PdfDocument(data) as document:
            if len(document) > _MAX_PAGES:
                raise DocumentError(f"{name}: more than {_MAX_PAGES:,} pages; split the file")
            pages = [_runs(document, number, name) for number in range(len(document))]
            title = document.get_metadata_value("Title").strip()
    except pdfium.PdfiumError as error:
        raise DocumentError(_explained(error, name)) from error
    if sum(char.isalpha() for page in pages for run in page for char in run.text) < _LEAST_LETTERS:
        raise DocumentError(
            f"{name}: no text layer in its {len(pages)} pages, they are images (a scan); "
            "run OCR on it first, for example with ocrmypdf"
        )
    return _composed(pages, name, title)


def _inflates_too_far(data: bytes) -> bool:
    """Whether a compressed stream, but of an image, unpacks to more than pdfium should hold."""
    for match in _DEFLATED.finditer(data):
        if b"/Image" in data[max(0, match.start() - _DICTIONARY) : match.start()]:
            continue
        inflater = zlib.decompressobj()
        length, at = 0, match.end()
        try:
            while not inflater.eof and at < len(data) and length <= _MAX_STREAM:
                length += len(inflater.decompress(data[at : at + _CHUNK]))
                at += _CHUNK
        except zlib.error:
            continue  # damaged, or the bytes only look like a stream: pdfium will tell
        if length > _MAX_STREAM:
            return True
    return False


def _runs(document: Any, number: int, name: str) -> list[Run]:
    """The runs of a page, whose number is counted from 0."""
    try:
        page = document[number]
        textpage = page.get_textpage()
    except pdfium.PdfiumError as error:
        raise DocumentError(f"{name}: page {number + 1} is damaged: {error}") from error
    try:
        return page_runs(textpage.raw)
    except DocumentError as error:
        raise DocumentError(f"{name}: page {number + 1}: {error}") from error
    finally:
        textpage.close()
        page.close()


def _explained(error: Exception, name: str) -> str:
    if "password" in str(error).lower():
        return f"{name}: protected by a password; save a copy without one"
    if "security" in str(error).lower():
        return f"{name}: protected by a scheme that cannot be read; save a copy without protection"
    return f"{name}: a damaged PDF file ({error}); open it in a PDF reader and save it anew"


@dataclass(slots=True)
class _Piece:
    """A paragraph with its lines, which may go on over columns and pages."""

    part: Part  # the last one
    page: int  # the first one, counted from 0
    lines: list[str]
    turns: list[tuple[int, int]]  # the line with which it goes on, and the page

    @classmethod
    def of(cls, part: Part, page: int) -> _Piece:
        return cls(part, page, list(part.lines), [(0, page)])

    def add(self, part: Part, page: int) -> None:
        self.turns.append((len(self.lines), page))
        self.lines += part.lines
        self.part = part

    def may_go_on(self) -> bool:
        """Whether the text may go on in the next column, by its own end."""
        return self.part.kind is None and not _CLAUSE_END.search(self.lines[-1])

    def goes_on_with(self, part: Part) -> bool:
        """Whether a part that stands first in the next column continues this paragraph."""
        sizes = self.part.size, part.size
        if self.part.kind or part.kind or max(sizes) > _SAME_SIZE * min(sizes):
            return False
        if starts_item(part.lines[0]):
            return False
        if part.lines[0][0].islower():
            apart = self.lines[-1][-1] in ";:؛；："
            return self.may_go_on() or (part.opens_column and (self.is_full(part) or not apart))
        return part.opens_column and self.may_go_on() and self.part.room < _RAGGED * part.size

    def is_full(self, part: Part) -> bool:
        """Whether the first word of the next part would not have fitted into the last line."""
        return self.part.room < part.first_word + _SPACE * part.size


def _composed(pages: list[list[Run]], name: str, title: str) -> Document:
    kept = without_furniture(pages)
    style = style_of(kept)
    words = Words(row_text(row) for page in kept for row in rows(page))
    composer = Composer()
    starts: dict[int, int] = {}
    parts = (page_parts(page, style, first=number == 0) for number, page in enumerate(kept))
    for piece in _pieces(parts):
        text, offsets = words.join(piece.lines)
        start = composer.add(
            pair_brackets(text) if is_right_to_left(text) else text, piece.part.kind
        )
        for line, page in piece.turns:
            starts.setdefault(page, start + offsets[line])
    metadata = {"title": title} if title and not _NO_TITLE.match(title) else {}
    head = "\n".join(row_text(row) for page in pages[:1] for row in rows(page))
    return composer.document(
        name, metadata | first_page(head[:_FIRST_PAGE]), _page_offsets(starts, len(pages))
    )


def _pieces(pages: Iterable[PageParts]) -> Iterator[_Piece]:
    """The paragraphs of a document with the notes of each page where its text ends."""
    last: _Piece | None = None
    late: list[_Piece] = []  # notes of pages on which the last paragraph has not begun
    for number, page in enumerate(pages):
        for part in page.flow:
            if last and last.goes_on_with(part):
                last.add(part, number)
                continue
            yield from [last, *late] if last else late
            last, late = _Piece.of(part, number), []
        notes = [_Piece.of(note, number) for note in page.notes]
        if last and last.page < number:
            late += notes
        elif last and (last.may_go_on() or last.part.room < last.part.size):
            yield from notes
        else:
            yield from [last, *notes] if last else notes
            last = None
    yield from [last, *late] if last else late


def _page_offsets(starts: dict[int, int], pages: int) -> list[int]:
    """The offset at which each page starts; a page without text starts where the next one does."""
    known = [starts.get(page) for page in range(pages)]
    following = [offset for offset in known if offset is not None][-1:]
    offsets: list[int] = []
    for offset in reversed(known):
        following = [offset] if offset is not None else following
        offsets += following
    return [0, *reversed(offsets[:-1])]
