"""Reads Word's DOCX: paragraphs, headings, lists, tables and notes, streamed from the zip's XML.

The parts are parsed as a stream, so that memory does not grow with the file, and only after their
sizes were checked, so that a zip bomb is refused before it is unpacked.
"""

from __future__ import annotations

import re
from dataclasses import replace
from io import BytesIO
from typing import Any, Final, cast
from zipfile import BadZipFile, ZipFile

from lxml import etree

from stance.documents.compose import Composer
from stance.documents.metadata import first_page
from stance.documents.word import Body, Notes, Styles, Target
from stance.errors import DocumentError
from stance.records import Document

_MAX_PART: Final = 256 << 20
_MAX_RATIO: Final = 100
_SMALL: Final = 8 << 20
"""A part smaller than this may be compressed as well as it likes."""
_CHUNK: Final = 1 << 16
_FIRST_PAGE: Final = 2000
_MAIN: Final = re.compile(r"word/document\d*\.xml")
_HEADER: Final = re.compile(r"word/header\d+\.xml")
_CORE: Final = {
    "title": "{http://purl.org/dc/elements/1.1/}title",
    "language": "{http://purl.org/dc/elements/1.1/}language",
}


def read(data: bytes, name: str) -> Document:
    """Read a DOCX file. Raises DocumentError where the zip is no DOCX, damaged, or a zip bomb.

    A note stands after the paragraph or table that refers to it, as a footnote block; in the text
    its mark is a superscript number. Headers and footers are not part of the text.
    """
    try:
        with ZipFile(BytesIO(data)) as archive:
            return _read(archive, name)
    except (BadZipFile, EOFError, OSError, NotImplementedError, RuntimeError) as error:
        raise DocumentError(f"{name}: a damaged or protected DOCX file: {error}") from error
    except etree.XMLSyntaxError as error:
        raise DocumentError(f"{name}: a damaged DOCX file, its XML is broken: {error}") from error


def _read(archive: ZipFile, name: str) -> Document:
    parts = archive.namelist()
    main = next(filter(_MAIN.fullmatch, parts), None)
    if main is None:
        raise DocumentError(f"{name}: a zip archive that is no DOCX file; unpack it first")
    styles, notes, composer = Styles(), Notes(), Composer()
    _parse(archive, "word/styles.xml", styles, name)
    for part in ("word/footnotes.xml", "word/endnotes.xml"):
        _parse(archive, part, notes, name)
    _parse(archive, main, Body(composer, styles, notes.texts), name)
    document = composer.document(name)
    metadata = first_page(document.text[:_FIRST_PAGE]) | _metadata(archive, name)
    return replace(document, metadata=metadata)


def _parse(archive: ZipFile, part: str, target: Target, name: str) -> None:
    """Feed one part, where the archive has it, to a parser target."""
    try:
        info = archive.getinfo(part)
    except KeyError:
        return
    if info.file_size > _MAX_PART or info.file_size > max(_SMALL, _MAX_RATIO * info.compress_size):
        raise DocumentError(
            f"{name}: {part} unpacks from {info.compress_size:,} to {info.file_size:,} bytes, "
            "like a zip bomb; if it is none, save the document as PDF or text"
        )
    parser = etree.XMLParser(
        target=cast("Any", target),  # lxml's stubs ask for bytes, which never come
        resolve_entities=False,
        no_network=True,
        remove_comments=True,
    )
    with archive.open(info) as stream:
        while chunk := stream.read(_CHUNK):
            parser.feed(chunk)
    parser.close()


def _metadata(archive: ZipFile, name: str) -> dict[str, str]:
    """Title and language from the properties, symbol and date from the pages' headers."""
    found: dict[str, str] = {}
    core = _Texts()
    _parse(archive, "docProps/core.xml", core, name)
    for key, tag in _CORE.items():
        if value := core.by_tag.get(tag, "").strip():
            found[key] = value if key == "title" else value[:2].lower()
    headers = Composer()
    for part in sorted(filter(_HEADER.fullmatch, archive.namelist())):
        _parse(archive, part, Body(headers, Styles(), {}), name)
    text = headers.document("").text
    return found | first_page(text)


class _Texts:
    """A parser target that keeps the text of each element of a flat part."""

    def __init__(self) -> None:
        self.by_tag: dict[str, str] = {}
        self._tag = ""

    def start(self, tag: str, _attributes: object) -> None:
        self._tag = tag

    def end(self, _tag: str) -> None:
        self._tag = ""

    def data(self, text: str) -> None:
        self.by_tag[self._tag] = self.by_tag.get(self._tag, "") + text

    def close(self) -> None:
        """Nothing is left to do at the end of the part."""
