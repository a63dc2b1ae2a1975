"""Reads plain text, and finds the encoding of what comes without one."""

from __future__ import annotations

import codecs
import re
import unicodedata
from typing import Final

from stance.errors import DocumentError
from stance.records import Document

_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_LEGACY: Final = ["cp1252", "cp1251", "cp1256", "gb18030", "koi8_r", "big5", "cp866", "iso8859_6"]
_SAMPLE: Final = 1 << 16
_ACCENTS: Final = 0.15
"""Of a text with fewer bytes than this share beyond ASCII, the letters are Latin with accents."""
_CONTROL: Final = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")


def read(data: bytes, name: str) -> Document:
    """Read plain text; the text is the file's, decoded, less a byte order mark."""
    return Document(text=decode(data, name), name=name)


def decode(data: bytes, name: str) -> str:
    """The text of `data`, whose encoding is found: a BOM, UTF-8, UTF-16, else by statistics.

    Stray invalid bytes in a text that is otherwise UTF-8 become U+FFFD.
    Raises DocumentError where the bytes are not text.
    """
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return _checked(data[len(bom) :].decode(encoding, "replace"), name)
    if b"\0" in data:
        return _utf16(data, name)
    try:
        return _checked(data.decode("utf-8"), name)
    except UnicodeDecodeError:
        pass
    lenient = data.decode("utf-8", "replace")
    stray = lenient.count("\ufffd")
    if _multibyte(data) >= 10 * stray:
        return _checked(lenient, name)
    return _checked(data.decode(_legacy_encoding(data, name), "replace"), name)


def _multibyte(data: bytes) -> int:
    """How many of the characters are well-formed UTF-8 of two bytes and more."""
    valid = data.decode("utf-8", "ignore")
    return len(valid) - len(valid.encode("ascii", "ignore"))


def _is_utf8(data: bytes) -> bool:
    """Whether the bytes are UTF-8, but for a character cut off at their end."""
    return "\ufffd" not in data.decode("utf-8", "replace")[:-1]


def _utf16(data: bytes, name: str) -> str:
    """UTF-16 without a mark: the byte order that gives only known characters and more spaces."""
    best: tuple[int, str] | None = None
    head = data[:_SAMPLE]
    # Half the bytes of Latin, Cyrillic or Arabic UTF-16 are low; a text with a stray NUL has few.
    stray_nul = 10 * sum(map(head.count, range(9))) < len(head) and _is_utf8(head)
    for encoding in ("utf-16-le", "utf-16-be"):
        sample = head.decode(encoding, "ignore")
        if all(unicodedata.category(c) not in ("Cn", "Co", "Cs") for c in sample) and not (
            _CONTROL.search(sample)
        ):
            spaces = sum(c in " \n\r\u3002\uff0c" for c in sample)
            best = max(best or (0, ""), (spaces, encoding))
    if stray_nul or not best or not best[0] or len(data) % 2:
        raise DocumentError(
            f"{name}: a binary file or damaged text (it holds NUL bytes), where text was expected"
        )
    return _checked(data.decode(best[1], "replace"), name)


def _legacy_encoding(data: bytes, name: str) -> str:
    sample = data[:_SAMPLE]
    if sum(byte > 127 for byte in sample) < _ACCENTS * len(sample):
        return "cp1252"
    from charset_normalizer import from_bytes

    match = from_bytes(sample, cp_isolation=_LEGACY).best()
    if match is None:
        raise DocumentError(
            f"{name}: neither UTF-8 nor a known older encoding ({', '.join(_LEGACY)}); "
            "convert it to UTF-8"
        )
    return match.encoding


def _checked(text: str, name: str) -> str:
    """Refuse what decodes but is no text: more than one control character in a hundred."""
    if "\0" in text or len(_CONTROL.findall(text, 0, _SAMPLE)) > len(text[:_SAMPLE]) // 100:
        raise DocumentError(
            f"{name}: a binary file (it holds control characters), where text was expected"
        )
    return text
