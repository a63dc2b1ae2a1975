"""Parser targets for the parts of a DOCX file: its styles, its notes, its body."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

from stance.documents.compose import Composer
from stance.documents.text import row_blocks, superscript
from stance.records import Kind

Attributes = Mapping[str, str]


class Target(Protocol):
    """What lxml's parser feeds."""

    def start(self, tag: str, attributes: Attributes, /) -> None:
        """Take a start tag."""

    def end(self, tag: str, /) -> None:
        """Take an end tag."""

    def data(self, text: str, /) -> None:
        """Take text."""

    def close(self) -> None:
        """Take notice of the end of the part."""


_WORD: Final = (
    "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}",
    "{http://purl.oclc.org/ooxml/wordprocessingml/main}",
)
_MATHS: Final = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_FALLBACK: Final = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_HEADING_NAME: Final = re.compile(r"(?:heading|title|subtitle|titre)\b|_?\s?(?:title_)?h_", re.I)
_CONTENTS_NAME: Final = re.compile(r"toc\b|table of (?:figures|authorities)|index \d", re.I)
_NOTE_NAME: Final = re.compile(r"(?:foot|end)note text", re.I)
_BODY_LEVEL: Final = "9"
"""The outline level that Word gives to what is no heading."""
_CHARACTERS: Final = {
    "tab": " ",
    "br": "\n",
    "cr": "\n",
    "noBreakHyphen": "-",
    "ptab": " ",
}
_NOT_SHOWN: Final = frozenset(("moveFrom", "del", "instrText", "delText"))


def _local(tag: str) -> str:
    """A tag without WordprocessingML's namespace; empty for other vocabularies."""
    for namespace in _WORD:
        if tag.startswith(namespace):
            return tag[len(namespace) :]
    return "t" if tag == f"{_MATHS}t" else ""


def _value(attributes: Attributes, key: str = "val") -> str:
    return next((attributes[ns + key] for ns in _WORD if ns + key in attributes), "")


class Styles:
    """styles.xml: which styles are headings, list items, or lines of a table of contents."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._levels: dict[str, str] = {}
        self._numbered: set[str] = set()
        self._bases: dict[str, str] = {}
        self._open = ""

    def kind(self, style: str) -> Kind | None:
        """The kind of the paragraphs in a style, found in the style or in those it is based on."""
        seen: set[str] = set()
        while style and style not in seen:
            seen.add(style)
            name = self._names.get(style, style)
            if _CONTENTS_NAME.match(name):
                return Kind.TABLE_ROW
            if _NOTE_NAME.match(name):
                return Kind.FOOTNOTE
            if _HEADING_NAME.match(name) or self._levels.get(style, _BODY_LEVEL) < _BODY_LEVEL:
                return Kind.HEADING
            if style in self._numbered:
                return Kind.LIST_ITEM
            style = self._bases.get(style, "")
        return None

    def start(self, tag: str, attributes: Attributes) -> None:
        """Take a start tag from the parser."""
        local = _local(tag)
        if local == "style":
            self._open = _value(attributes, "styleId")
        elif local == "name":
            self._names[self._open] = _value(attributes)
        elif local == "basedOn":
            self._bases[self._open] = _value(attributes)
        elif local == "outlineLvl":
            self._levels[self._open] = _value(attributes)
        elif local == "numId":
            self._numbered.add(self._open)

    def end(self, tag: str) -> None:
        """Take an end tag from the parser."""

    def data(self, text: str) -> None:
        """Take text from the parser; styles have none."""

    def close(self) -> None:
        """Nothing is left to do at the end of the part."""


@dataclass(slots=True)
class _Paragraph:
    parts: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    style: str = ""
    level: str = ""
    numbered: bool = False


class Body:
    """The body, or a note: paragraphs go to the composer as they end, tables row by row."""

    def __init__(self, composer: Composer, styles: Styles, notes: Mapping[str, str]) -> None:
        self._composer = composer
        self._styles = styles
        self._notes = notes
        self._open: list[_Paragraph] = []
        self._rows: list[list[list[str]]] = []  # a row for each table that is open, of cells
        self._waiting: list[str] = []  # notes of the table that is open
        self._numbers = 0
        self._hidden = 0
        self._in_text = False
        self._raised = False

    def start(self, tag: str, attributes: Attributes) -> None:
        """Take a start tag from the parser."""
        local = _local(tag)
        if self._hidden or tag == _FALLBACK or local in _NOT_SHOWN:
            self._hidden += 1
        elif local == "p":
            self._open.append(_Paragraph())
        elif local == "tr":
            self._rows.append([])
        elif local == "tc" and self._rows:
            self._rows[-1].append([])
        elif local == "r":
            self._raised = False
        elif self._open:
            self._inside(local, attributes)

    def _inside(self, local: str, attributes: Attributes) -> None:
        paragraph = self._open[-1]
        if local == "t":
            self._in_text = True
        elif local in _CHARACTERS:
            paged = _value(attributes, "type") in ("page", "column")
            paragraph.parts.append(" " if paged else _CHARACTERS[local])
        elif local == "vertAlign":
            self._raised = _value(attributes) == "superscript"
        elif local == "pStyle":
            paragraph.style = _value(attributes)
        elif local == "outlineLvl":
            paragraph.level = _value(attributes)
        elif local == "numId":
            paragraph.numbered = _value(attributes) != "0"
        elif local in ("footnoteReference", "endnoteReference"):
            self._refer(f"{local[:-9]} {_value(attributes, 'id')}", attributes)

    def _refer(self, note: str, attributes: Attributes) -> None:
        if note not in self._notes:
            return
        mark = ""
        if not _value(attributes, "customMarkFollows"):
            self._numbers += 1
            mark = superscript(str(self._numbers))
        self._open[-1].parts.append(mark)
        self._open[-1].notes.append(f"{mark} {self._notes[note]}")

    def data(self, text: str) -> None:
        """Take text from the parser."""
        if self._in_text and not self._hidden and self._open:
            self._open[-1].parts.append(superscript(text) if self._raised else text)

    def end(self, tag: str) -> None:
        """Take an end tag from the parser."""
        local = _local(tag)
        self._in_text = False
        if self._hidden:
            self._hidden -= 1
        elif local == "p" and self._open:
            self._end_paragraph(self._open.pop())
        elif local == "tr" and self._rows:
            self._end_row([" ".join(cell) for cell in self._rows.pop()])
        elif local == "tbl" and not self._rows:
            self._add_notes(self._waiting)

    def close(self) -> None:
        """Nothing is left to do at the end of the part."""

    def _end_paragraph(self, paragraph: _Paragraph) -> None:
        text = re.sub(r" {2,}", " ", "".join(paragraph.parts)).strip()
        if self._rows:
            if self._rows[-1] and text:
                self._rows[-1][-1].append(text)
            self._waiting += paragraph.notes
            return
        kind = self._styles.kind(paragraph.style)
        if paragraph.level and paragraph.level < _BODY_LEVEL:
            kind = Kind.HEADING
        elif paragraph.numbered and kind is None:
            kind = Kind.LIST_ITEM
        self._composer.add(text, kind)
        self._add_notes(paragraph.notes)

    def _end_row(self, cells: list[str]) -> None:
        if self._rows:  # a table within a table is text of the outer cell
            if self._rows[-1]:
                self._rows[-1][-1] += filter(None, cells)
            return
        for text, kind in row_blocks(cells):
            self._composer.add(text, kind)

    def _add_notes(self, notes: list[str]) -> None:
        for note in notes:
            self._composer.add(note, Kind.FOOTNOTE)
        notes.clear()


class Notes:
    """footnotes.xml or endnotes.xml: the texts of the notes by "footnote 3"."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}
        self._key = ""
        self._body: Body | None = None
        self._composer = Composer()

    def start(self, tag: str, attributes: Attributes) -> None:
        """Take a start tag from the parser."""
        local = _local(tag)
        if local in ("footnote", "endnote"):
            separator = _value(attributes, "type") not in ("", "normal")
            self._key = "" if separator else f"{local} {_value(attributes, 'id')}"
            self._composer = Composer()
            self._body = Body(self._composer, Styles(), {})
        elif self._body:
            self._body.start(tag, attributes)

    def data(self, text: str) -> None:
        """Take text from the parser."""
        if self._body:
            self._body.data(text)

    def end(self, tag: str) -> None:
        """Take an end tag from the parser."""
        if _local(tag) not in ("footnote", "endnote"):
            if self._body:
                self._body.end(tag)
            return
        text = " ".join(self._composer.document("").text.split())
        if self._key and text:
            self.texts[self._key] = text
        self._body = None

    def close(self) -> None:
        """Nothing is left to do at the end of the part."""
