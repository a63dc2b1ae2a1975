"""Reads HTML: the blocks of a page's main text, without menus, share bars, footers and forms."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from lxml import etree

from stance.documents.compose import Composer
from stance.documents.markup import main_part, names, prune, text_of
from stance.documents.metadata import find_symbol
from stance.documents.plain import decode
from stance.documents.text import is_enumerator, row_blocks, superscript
from stance.errors import DocumentError
from stance.records import Document, Kind

_MAX_TAGS: Final = 2_000_000
_CHARSET: Final = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w-]+)", re.IGNORECASE)
_XML: Final = re.compile(r"^\s*<\?xml[^>]{0,200}>")
_SPACE: Final = re.compile(r"[ \t\r\n\f]{2,}|[\t\r\n\f]")
_BLOCKS: Final = names(
    "html body address article aside blockquote caption center dd details div dl dt fieldset "
    "figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr legend li main nav ol p pre section "
    "summary table tbody td tfoot th thead tr ul"
)
_KINDS: Final = dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), Kind.HEADING) | {
    "li": Kind.LIST_ITEM
}
_DATES: Final = (
    "article:published_time",
    "date",
    "dc.date",
    "dc.date.issued",
    "dcterms.date",
    "dcterms.issued",
    "pubdate",
    "publish-date",
)
_FOOTNOTE: Final = re.compile(r"\b(?:foot|end)notes?\b|^_?(?:ft|edn)n\d", re.IGNORECASE)


def read(data: bytes, name: str) -> Document:
    """Read an HTML page. Raises DocumentError where it is nested too deep or has too many tags."""
    if data.count(b"<") > _MAX_TAGS:
        raise DocumentError(
            f"{name}: more than {_MAX_TAGS:,} tags, where a page has some thousands; "
            "split it, or save its text as a .txt file"
        )
    root = _parse(data, name)
    metadata = _metadata(root)
    prune(root)
    composer = Composer()
    for text, kind in _joined(_blocks(root)):
        composer.add(text, kind)
    document = composer.document(name, metadata)
    if symbol := find_symbol(document.text[:2000]):
        metadata["symbol"] = symbol
    return document


def _parse(data: bytes, name: str) -> etree._Element:
    parser = etree.HTMLParser(
        encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True
    )
    root = None
    try:
        root = etree.fromstring(
            _XML.sub("", _decode(data, name)).encode("utf-8", "replace"), parser
        )
    except etree.XMLSyntaxError as error:
        raise DocumentError(f"{name}: not an HTML page that can be parsed: {error}") from error
    # past a nesting limit the parser stops without an exception, and the rest would be lost
    if parser.error_log.filter_from_fatals():
        raise DocumentError(
            f"{name}: a damaged HTML page: {parser.error_log.filter_from_fatals()[0].message}"
        )
    if root is None:
        raise DocumentError(f"{name}: empty, there is no element in it")
    return root


def _decode(data: bytes, name: str) -> str:
    charset = _CHARSET.search(data[:4096])
    if charset and not data.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")):
        try:
            text = data.decode(charset[1].decode("ascii"))
        except (LookupError, UnicodeDecodeError):
            pass  # the page is wrong about itself
        else:
            if "\0" not in text:
                return text
    return decode(data, name)


def _metadata(root: etree._Element) -> dict[str, str]:
    named: dict[str, str] = {}
    for meta in root.iter("meta"):
        key = meta.get("property") or meta.get("name") or meta.get("http-equiv") or ""
        named.setdefault(key.lower(), meta.get("content") or "")
    found = {
        "title": named.get("og:title") or root.findtext(".//title") or root.findtext(".//h1") or "",
        "date": next((named[key] for key in _DATES if named.get(key)), "")[:10],
        "language": (root.get("lang") or named.get("content-language") or "").lower()[:2],
    }
    return {key: " ".join(value.split()) for key, value in found.items() if value.strip()}


def _blocks(root: etree._Element) -> Iterator[tuple[str, Kind | None]]:
    """The page's blocks in order, with the kind that their markup gives them."""
    part = main_part(root)
    heading = root.find(".//h1")
    if heading is not None and next(part.iter("h1"), None) is None:
        yield _SPACE.sub(" ", text_of(heading)), Kind.HEADING
    pieces: list[str] = []
    kinds: list[tuple[etree._Element | None, Kind | None]] = [(None, None)]
    walker = etree.iterwalk(part, events=("start", "end"))
    for event, element in walker:
        if element.tag in _BLOCKS:
            yield from _flush(pieces, kinds[-1][1])
        if event == "end":
            if kinds[-1][0] is element:
                kinds.pop()
            if element is not part:
                pieces.append(_as_shown(element.tail, element.getparent()))
        elif element.tag == "tr" and (row := _row(element)):
            yield from row
            walker.skip_subtree()
        else:
            if kind := Kind.FOOTNOTE if _is_footnote(element) else _KINDS.get(element.tag):
                kinds.append((element, kind))
            pieces.append("\n" if element.tag == "br" else _as_shown(element.text, element))
            if "sup" in (element.tag, getattr(element.getparent(), "tag", "")):
                pieces[-1] = superscript(pieces[-1])
    yield from _flush(pieces, None)


def _flush(pieces: list[str], kind: Kind | None) -> Iterator[tuple[str, Kind | None]]:
    """The blocks in the text since the last block tag; a doubled <br> divides them."""
    lines = [line.strip(" ") for line in "".join(pieces).split("\n")]
    pieces.clear()
    for block in re.split(r"\n{2,}", "\n".join(lines)):
        if block.strip():
            yield block, kind


def _as_shown(text: str | None, parent: etree._Element | None) -> str:
    """Text with its white space as a browser shows it: a run is one space, but in <pre>."""
    if not text or (parent is not None and parent.tag == "pre"):
        return text or ""
    return _SPACE.sub(" ", text)


def _row(row: etree._Element) -> list[tuple[str, Kind | None]]:
    """A data row as a block; nothing where the table only lays out other blocks."""
    if next(row.iter("table"), None) is not None:
        return []
    blocks = row_blocks([" ".join(text_of(cell).split()) for cell in row.iter("td", "th")])
    return blocks if len(blocks) == 1 and blocks[0][1] else []


def _is_footnote(element: etree._Element) -> bool:
    marks = (element.get("role"), element.get("class"), element.get("id"))
    return any(mark and _FOOTNOTE.search(mark) for mark in marks) and element.tag in _BLOCKS


def _joined(
    blocks: Iterator[tuple[str, Kind | None]],
) -> Iterator[tuple[str, Kind | None]]:
    """Put an enumerator that has a block to itself, as in a layout grid, before the next block."""
    held: tuple[str, Kind | None] | None = None
    for text, kind in blocks:
        if held:
            text, kind = f"{held[0].strip()} {text}", held[1] or kind
        held = (text, kind) if is_enumerator(text) else None
        if not held:
            yield text, kind
    if held:
        yield held
