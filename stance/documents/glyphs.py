"""Takes the characters of a PDF page, with their places, and makes runs of text of them."""

from __future__ import annotations

import ctypes
import math
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import pypdfium2.raw as pdf

from stance.documents.bidi import is_right_to_left, logical, reads_backward
from stance.documents.text import superscript
from stance.errors import DocumentError

_MAX_GLYPHS: Final = 500_000
_LINE_END_HYPHENS: Final = ("\x02", "\ufffe")
"""What pdfium gives for a hyphen that it takes for a word division."""
_BULLETS: Final = "\uf0b7\uf0a7\uf0a8\uf0d8\uf076\uf0fc\uf02d"
"""Bullets and ticks in Symbol and Wingdings."""
_SHAPES: Final = range(0xFB00, 0xFEFD)
"""Ligatures and Arabic letter forms, which stand for plain letters."""
_MADE: Final = -1
"""The index of a space that is not in the file: pdfium saw a gap."""

# in ems
_WIDE: Final = 1.5  # a wider space divides runs: a gutter, a tab, the space between cells
_NEAR: Final = 0.6  # nearer pieces are one run, though they do not follow each other in the file
_WORD_SPACE: Final = 0.17
_UNSEEN: Final = 0.09  # so narrow is no space beside a hyphen or before a closing mark
_CLOSING: Final = frozenset("”’»).,;:")
_SAME_LINE: Final = 0.45  # marks and indices stand that far from the baseline at most
_RAISED: Final = 0.15
_SMALLER: Final = 0.85  # the size of a raised mark, as a share of its line's, at most

_FORCE_BOLD: Final = 1 << 18


class Glyph(NamedTuple):
    """A character and its place, in points; `baseline` grows upwards, `size` is the font's."""

    text: str
    left: float
    right: float
    baseline: float
    size: float
    at: int  # its number on the page, for pdfium


class Piece:
    """Glyphs that follow each other on one line, in the file's order, with no wide gap."""

    def __init__(self, glyphs: list[Glyph]) -> None:
        self.glyphs = glyphs
        inked = [glyph for glyph in glyphs if glyph.text != " "]
        sizes = Counter(glyph.size for glyph in inked)
        size = max(sizes, key=lambda size: (sizes[size], size))
        self.left = min(glyph.left for glyph in inked)
        self.right = max(glyph.right for glyph in inked)
        # one of the size that most have: marks and indices are smaller
        self.main = next(glyph for glyph in inked if glyph.size == size)


@dataclass(slots=True)
class Run:
    """Text on one line, without wide gaps.

    `start` and `end` are its extent in the direction of reading: on a page that is read from
    right to left, they grow to the left. `size` is the font's size in points.
    """

    text: str
    start: float
    end: float
    baseline: float
    size: float
    bold: bool


def page_runs(textpage: Any) -> list[Run]:
    """The text of an open pdfium text page (its raw handle), in the file's order.

    Raises DocumentError where the page holds more characters than a page can.
    """
    turn = _turn(textpage)
    pieces = [
        Piece(glyphs)
        for glyphs in _pieces(_glyphs(textpage, turn))
        if _angle(textpage, glyphs[0].at) == turn
    ]
    backward = is_right_to_left("".join(g.text for piece in pieces for g in piece.glyphs))
    runs = (_run(textpage, group, backward) for group in _groups(pieces))
    return [run for run in runs if run.text]


def _angle(textpage: Any, index: int) -> int:
    """The direction of a character's line in quarter turns; -1 where it is slanted."""
    quarters = pdf.FPDFText_GetCharAngle(textpage, index) / (math.pi / 2)
    return round(quarters) % 4 if abs(quarters - round(quarters)) < 0.05 else -1


def _turn(textpage: Any) -> int:
    """The direction of most of the page's lines: wide tables are often printed sideways."""
    count = pdf.FPDFText_CountChars(textpage)
    angles = Counter(_angle(textpage, i) for i in range(0, count, max(1, count // 50)))
    return angles.most_common(1)[0][0] if angles else 0


def _glyphs(textpage: Any, turn: int) -> Iterator[Glyph | None]:
    """The page's characters as pdfium orders them; None where it ends a line."""
    count = pdf.FPDFText_CountChars(textpage)
    if count > _MAX_GLYPHS:
        raise DocumentError(f"a page with {count:,} characters, more than any page holds")
    box, matrix = pdf.FS_RECTF(), pdf.FS_MATRIX()
    x, y = ctypes.c_double(), ctypes.c_double()
    for index in range(count):
        text = chr(pdf.FPDFText_GetUnicode(textpage, index))
        if text in "\r\n":
            yield None
            continue
        if text == " " and pdf.FPDFText_IsGenerated(textpage, index):
            yield Glyph(" ", 0, 0, 0, 0, _MADE)
            continue
        pdf.FPDFText_GetLooseCharBox(textpage, index, box)
        pdf.FPDFText_GetCharOrigin(textpage, index, x, y)
        pdf.FPDFText_GetMatrix(textpage, index, matrix)
        size = pdf.FPDFText_GetFontSize(textpage, index) * math.hypot(matrix.c, matrix.d)
        left, right, base = (
            (box.left, box.right, y.value),
            (box.bottom, box.top, -x.value),
            (-box.right, -box.left, -y.value),
            (-box.top, -box.bottom, x.value),
        )[turn]
        yield Glyph(_character(text), left, right, base, size, index)


def _character(text: str) -> str:
    if text in _LINE_END_HYPHENS:
        return "-"
    if ord(text) in _SHAPES:
        return unicodedata.normalize("NFKC", text)
    if text in _BULLETS:
        return "•"
    kind = unicodedata.category(text)
    return " " if kind == "Zs" else "" if kind in ("Cc", "Cs", "Co", "Zl", "Zp") else text


def _pieces(glyphs: Iterable[Glyph | None]) -> Iterator[list[Glyph]]:
    piece: list[Glyph] = []
    last: Glyph | None = None
    for glyph in glyphs:
        if glyph and glyph.text == " ":
            if last:
                piece.append(glyph)
            continue
        if last and not (glyph and _adjoin(last, glyph)):
            yield piece
            piece = []
        if glyph:
            piece.append(glyph)
        last = glyph
    if last:
        yield piece


def _adjoin(one: Glyph, other: Glyph) -> bool:
    size = max(one.size, other.size)
    gap = max(other.left - one.right, one.left - other.right)
    return abs(one.baseline - other.baseline) < _SAME_LINE * size and gap < _WIDE * size


def _groups(pieces: list[Piece]) -> list[list[Piece]]:
    """Pieces that touch on one line, though they may be apart in the file."""
    groups: list[list[Piece]] = []
    for piece in sorted(pieces, key=lambda piece: (-round(piece.main.baseline), piece.left)):
        for group in groups[-6:]:
            size = max(group[-1].main.size, piece.main.size)
            rise = abs(group[-1].main.baseline - piece.main.baseline)
            gap = max(
                piece.left - max(other.right for other in group),
                min(other.left for other in group) - piece.right,
            )
            if rise < _SAME_LINE * size and gap < _NEAR * size:
                group.append(piece)
                break
        else:
            groups.append([piece])
    return groups


def _run(textpage: Any, group: list[Piece], backward: bool) -> Run:
    main = max(group, key=lambda piece: len(piece.glyphs)).main
    group.sort(key=lambda piece: piece.left)
    pieces = [[_raised(glyph, main) for glyph in piece.glyphs] for piece in group]
    text = "".join(glyph.text for piece in pieces for glyph in piece)
    text = _from_right(pieces) if reads_backward(text, backward) else _from_left(pieces)
    left, right = group[0].left, max(piece.right for piece in group)
    start, end = (-right, -left) if backward else (left, right)
    inked = [glyph.at for piece in pieces for glyph in piece if glyph.text != " "]
    bold = _is_bold(textpage, inked[0]) and _is_bold(textpage, inked[-1])
    return Run(" ".join(text.split()), start, end, main.baseline, main.size, bold)


def _raised(glyph: Glyph, main: Glyph) -> Glyph:
    """The glyph, its text in superscript digits where it is a note's mark."""
    higher = glyph.baseline - main.baseline > _RAISED * main.size
    if higher and glyph.size < _SMALLER * main.size:
        return glyph._replace(text=superscript(glyph.text))
    return glyph


def _from_left(pieces: list[list[Glyph]]) -> str:
    text = ""
    end = math.inf
    for piece in pieces:
        if piece[0].left - end > _WORD_SPACE * piece[0].size:
            text += " "
        text += "".join(glyph.text for glyph in _with_seen_spaces(piece))
        end = max(glyph.right for glyph in piece)
    return text


def _with_seen_spaces(piece: list[Glyph]) -> Iterator[Glyph]:
    """The glyphs, less the spaces that the next glyph is drawn over."""
    last = piece[0]
    for glyph, following in zip(piece, [*piece[1:], None], strict=True):
        if glyph.text != " ":
            last = glyph
        elif (
            following
            and (last.text == "-" or following.text in _CLOSING)
            and following.left - last.right
            < (_WORD_SPACE if glyph.at == _MADE else _UNSEEN) * last.size
        ):
            continue
        yield glyph


def _from_right(pieces: list[list[Glyph]]) -> str:
    """The text of a line in a right-to-left script; pdfium's order holds only within a cluster."""
    clusters = _clusters([glyph for piece in pieces for glyph in piece if glyph.at != _MADE])
    spaced = any(cluster[0].text == " " for cluster in clusters[1:-1])
    visual: list[str] = []
    end = math.inf
    for cluster in clusters:
        text = "".join(glyph.text for glyph in cluster)
        gap = (cluster[0].left - end) / (cluster[0].size or 1)
        # letters are stretched apart to fill a line: that gap is no space where there are spaces
        stretched = spaced and visual and all(map(is_right_to_left, (visual[-1], text)))
        if gap > (_NEAR if stretched else _WORD_SPACE):
            visual.append(" ")
        if text:
            visual.append(text)
        end = cluster[0].right
    return logical(visual)


def _clusters(glyphs: list[Glyph]) -> list[list[Glyph]]:
    """From left to right, each letter with its vowel marks, or the letters of a ligature."""
    clusters: list[list[Glyph]] = []
    for glyph in glyphs:
        if unicodedata.category(glyph.text[:1] or " ") == "Mn":
            continue
        if clusters and (glyph.left, glyph.right) == (clusters[-1][0].left, clusters[-1][0].right):
            clusters[-1].insert(0, glyph)  # pdfium turned the ligature round with the line
        else:
            clusters.append([glyph])
    letters = [cluster for cluster in clusters if cluster[0].text not in ("", " ")]
    for glyph in glyphs:
        if unicodedata.category(glyph.text[:1] or " ") == "Mn" and letters:
            middle = glyph.left + glyph.right
            nearest = min(letters, key=lambda c: abs(c[0].left + c[0].right - middle))
            nearest.append(glyph)
    clusters.sort(key=lambda cluster: cluster[0].left + cluster[0].right)
    return [c for i, c in enumerate(clusters) if c[0].text != " " or not _is_covered(clusters, i)]


def _is_covered(clusters: list[list[Glyph]], at: int) -> bool:
    """Whether a space stands within a letter: pdfium puts some beside vowel marks."""
    space = clusters[at][0]
    middle, margin = (space.left + space.right) / 2, 0.1 * space.size
    return any(
        cluster[0].left + margin < middle < cluster[0].right - margin
        for cluster in (*clusters[max(0, at - 2) : at], *clusters[at + 1 : at + 3])
    )


def _is_bold(textpage: Any, index: int) -> bool:
    name, flags = ctypes.create_string_buffer(128), ctypes.c_int()
    pdf.FPDFText_GetFontInfo(textpage, index, name, len(name), flags)
    return b"bold" in name.value.lower() or bool(flags.value & _FORCE_BOLD)
