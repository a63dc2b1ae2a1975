"""Reads Markdown: the text as it stands, and its front matter as metadata."""

from __future__ import annotations

import re
from typing import Final

from stance.documents.metadata import KEYS
from stance.documents.plain import decode
from stance.records import Document

_FRONT: Final = re.compile(r"---[ \t]*\r?\n((?:(?!---)[^\n]*\n){0,200})---[ \t]*(?:\r?\n|\Z)")
_FIELD: Final = re.compile(r"^(\w+)[ \t]*:[ \t]*(.*?)[ \t]*\r?$", re.MULTILINE)
_TITLE: Final = re.compile(r"^#[ \t]+(.+?)[ \t#]*\r?$", re.MULTILINE)


def read(data: bytes, name: str) -> Document:
    """Read Markdown; the text is the file's after its front matter, unaltered."""
    text = decode(data, name)
    metadata: dict[str, str] = {}
    front = _FRONT.match(text)
    if front:
        for key, value in _FIELD.findall(front[1]):
            key = {"lang": "language"}.get(key.lower(), key.lower())
            value = value.strip("\"'")
            if key in KEYS and value:
                metadata[key] = value
    if front and (metadata or _FIELD.search(front[1])):
        text = text[front.end() :]
    title = _TITLE.search(text, 0, 20_000)
    if title:
        metadata.setdefault("title", title[1])
    return Document(text=text, name=name, metadata=metadata)
