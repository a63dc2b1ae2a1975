"""Tells a page's main text from its furniture: menus, share bars, footers, lists of links."""

from __future__ import annotations

import re
from typing import Final

from lxml import etree


def names(text: str) -> frozenset[str]:
    """The set of the words in `text`."""
    return frozenset(text.split())


_NO_TEXT: Final = names(
    "script style noscript template iframe object svg math canvas audio video map button select "
    "input textarea head"
)
_FURNITURE: Final = names("nav aside footer dialog")
_FURNITURE_ROLES: Final = names("navigation banner contentinfo search menu menubar")
_FURNITURE_NAMES: Final = names(
    "share sharing sharebar sharethis addthis social socials partager compartir menu submenu nav "
    "navbar navigation breadcrumb breadcrumbs cookie cookies sidebar footer newsletter related "
    "toolbar skip pagination pager popup modal advert ads comments"
)
_NAME: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")
_CONTAINERS: Final = names("div dl form header ol section ul")
_HIDDEN: Final = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)

_MENU_LINKED: Final = 0.6
"""A container with more than this share of its text in links is a menu ..."""
_MENU_FREE: Final = 100
"""... unless it has this many characters outside of links."""
_SMALL: Final = 0.4
"""What holds more than this share of the page is its text, whatever its name says."""


def prune(root: etree._Element) -> None:
    """Remove from a page, in place, what is not its main text."""
    _remove([element for element in root.iter() if element.tag in _NO_TEXT or _hidden(element)])
    whole = _length(text_of(root))
    doomed: list[etree._Element] = []
    open_sizes: list[list[int]] = [[0, 0]]
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if event == "start":
            open_sizes.append([_length(element.text), 0])
            continue
        text, linked = open_sizes.pop()
        if element.tag == "a" and element.get("href"):
            linked = text
        if text < _SMALL * whole and (_is_furniture(element) or _is_menu(element, text, linked)):
            doomed.append(element)
            text = linked = 0
        above = open_sizes[-1]
        above[0] += text + _length(element.tail)
        above[1] += linked
    _remove(doomed)


def main_part(root: etree._Element) -> etree._Element:
    """The element that a page marks as its main text, where it holds most of the text."""
    whole = _length(text_of(root))
    for query in (".//article", ".//main", ".//*[@role='main']"):
        found = [(_length(text_of(part)), part) for part in root.iterfind(query)]
        size, part = max(found, key=lambda pair: pair[0], default=(0, root))
        if size >= max(1, whole // 2):
            return part
    return root


def text_of(element: etree._Element) -> str:
    """All the text inside an element."""
    return etree.tostring(element, method="text", encoding="unicode", with_tail=False)


def _length(text: str | None) -> int:
    """The length of a text without its spaces and line ends."""
    return len(text) - sum(map(text.count, " \n\t\r\u00a0")) if text else 0


def _hidden(element: etree._Element) -> bool:
    return element.get("hidden") is not None or bool(_HIDDEN.search(element.get("style") or ""))


def _is_furniture(element: etree._Element) -> bool:
    if element.tag in _FURNITURE or element.get("role") in _FURNITURE_ROLES:
        return True
    if element.tag == "header":
        return next(element.iter("h1"), None) is None
    names = f"{element.get('class') or ''} {element.get('id') or ''}"
    return not _FURNITURE_NAMES.isdisjoint(name.lower() for name in _NAME.findall(names))


def _is_menu(element: etree._Element, text: int, linked: int) -> bool:
    return (
        element.tag in _CONTAINERS
        and linked > _MENU_LINKED * text
        and text - linked < _MENU_FREE
        and next(element.iter("h1"), None) is None
    )


def _remove(elements: list[etree._Element]) -> None:
    """Take elements out of the tree and leave the text after each where it is."""
    for element in elements:
        parent = element.getparent()
        if parent is None:
            continue
        before = element.getprevious()
        if before is not None:
            before.tail = (before.tail or "") + " " + (element.tail or "")
        else:
            parent.text = (parent.text or "") + " " + (element.tail or "")
        parent.remove(element)
