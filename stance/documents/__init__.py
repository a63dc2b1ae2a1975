"""Reads files into Documents: plain text, Markdown, HTML, DOCX and PDF.

`read` takes a file, `read_bytes` what came from elsewhere (standard input, an archive's member).
What the content shows of itself (`%PDF`, a zip, `<html`) wins over the suffix, which may be wrong.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from stance.errors import DocumentError
from stance.records import Document

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["SUFFIXES", "read", "read_bytes"]

_HEAD: Final = 4096
_MB: Final = 1 << 20


class _Format(NamedTuple):
    """A format: the module whose `read(data, name)` reads it, its suffixes, its largest file.

    The limits bound memory: a parsed HTML page or DOCX takes some ten times its size on disk.
    """

    module: str
    suffixes: tuple[str, ...]
    max_bytes: int


_PLAIN: Final = _Format("plain", (".txt",), 512 * _MB)
_MARKDOWN: Final = _Format("markdown", (".md", ".markdown"), 512 * _MB)
_HTML: Final = _Format("html", (".html", ".htm", ".xhtml"), 64 * _MB)
_DOCX: Final = _Format("docx", (".docx",), 256 * _MB)
_PDF: Final = _Format("pdf", (".pdf",), 512 * _MB)
_FORMATS: Final = (_PLAIN, _MARKDOWN, _HTML, _DOCX, _PDF)
_BY_SUFFIX: Final = {suffix: form for form in _FORMATS for suffix in form.suffixes}

SUFFIXES: Final[tuple[str, ...]] = tuple(_BY_SUFFIX)
"""The suffixes, in lower case, of the files that a folder scan takes."""

_UNREADABLE: Final[dict[bytes, str]] = {
    b"\xd0\xcf\x11\xe0": "an old Word (.doc) or a password-protected Office file; save it as .docx",
    b"{\\rtf": "a rich text (RTF) file; save it as .docx",
    b"\x89PNG": "an image; run OCR on it first",
    b"\xff\xd8\xff": "an image; run OCR on it first",
    b"\x1f\x8b": "a gzip archive; unpack it first",
}


def read(source: Path | str) -> Document:
    """Read a file; a `str` is a path too.

    Raises DocumentError where the file is missing, too large, damaged, protected, not of a
    format in SUFFIXES, or holds no text.
    """
    path = Path(source)
    name = path.name
    try:
        size = path.stat().st_size
        if path.is_dir():
            raise DocumentError(f"{path}: a folder, where a file was expected")
        with path.open("rb") as file:
            head = file.read(_HEAD)
            form = _format_of(head, name)
            _check_size(size, form, name)
            data = head + file.read(form.max_bytes)
    except OSError as error:
        raise DocumentError(f"{path}: cannot be read: {error.strerror or error}") from error
    return _read_as(form, data, name)


def read_bytes(data: bytes, name: str) -> Document:
    """Read a document from memory; `name` is what it is called, with its suffix where it has one.

    Raises DocumentError as `read` does.
    """
    form = _format_of(data[:_HEAD], name)
    _check_size(len(data), form, name)
    return _read_as(form, data, name)


def _format_of(head: bytes, name: str) -> _Format:
    for magic, what in _UNREADABLE.items():
        if head.startswith(magic):
            raise DocumentError(f"{name}: {what}; stance reads {', '.join(SUFFIXES)}")
    if b"%PDF-" in head[:1024]:
        return _PDF
    if head.startswith(b"PK\x03\x04"):
        return _DOCX
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if start.startswith((b"<!doctype html", b"<html")):
        return _HTML
    if not head:
        raise DocumentError(f"{name}: empty, there is nothing in it")
    suffix = Path(name).suffix.lower()
    if suffix in _PDF.suffixes + _DOCX.suffixes:
        raise DocumentError(
            f"{name}: not a {suffix[1:].upper()} file, whatever its suffix says, or a damaged one"
        )
    if start.startswith(b"<?xml") and b"<html" in start:
        return _HTML
    return _BY_SUFFIX.get(suffix, _PLAIN)


def _check_size(size: int, form: _Format, name: str) -> None:
    if size > form.max_bytes:
        raise DocumentError(
            f"{name}: {size / _MB:.0f} MB, where at most {form.max_bytes // _MB} MB are read of "
            f"this format ({form.module}); split the file"
        )


def _read_as(form: _Format, data: bytes, name: str) -> Document:
    reader: Callable[[bytes, str], Document] = import_module(f"{__name__}.{form.module}").read
    document = reader(data, name)
    if not document.text or document.text.isspace():
        raise DocumentError(f"{name}: empty, there is no text in it")
    return document
