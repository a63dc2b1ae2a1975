"""Small plots as inline SVG. Colours are the page's CSS classes, so that they follow its theme."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

COLOURS = 8  # classes c0 to c7 of the page's style
_DASHES = ("", "6 3", "2 3", "8 3 2 3")


@dataclass(frozen=True, slots=True)
class Series:
    """Points of one model; `colour` is its number among the models. NaN points are left out."""

    name: str
    colour: int
    points: tuple[tuple[float, float], ...]

    @property
    def drawn(self) -> list[tuple[float, float]]:
        """The points that are defined."""
        return [(x, y) for x, y in self.points if not (math.isnan(x) or math.isnan(y))]


def curves(
    title: str, axes: tuple[str, str], series: Sequence[Series], *, diagonal: bool = False
) -> str:
    """Lines over the unit square; a series of a single point is drawn as a dot."""
    size, left, top = 200, 34, 20
    parts = [_grid(left, top, size, size)]
    if diagonal:
        parts.append(
            f'<line class="faint" x1="{left}" y1="{top + size}" x2="{left + size}" y2="{top}"/>'
        )
    for one in series:
        at = [(left + x * size, top + (1 - y) * size) for x, y in one.drawn]
        parts.append(f"<g>{_title(one.name)}{_line(at, one.colour)}</g>")
    parts.append(_text(left + size / 2, top + size + 30, axes[0], "middle"))
    parts.append(
        f'<text transform="translate(9 {top + size / 2}) rotate(-90)" text-anchor="middle">'
        f"{escape(axes[1])}</text>"
    )
    parts.append(_text(left, 12, title, "start", "head"))
    return _svg(left + size + 8, top + size + 36, title, parts)


def dots(title: str, rows: Sequence[str], series: Sequence[Series]) -> str:
    """One line a row from 0 to 1; a series has the point (x, number of the row)."""
    width, left, top, step = 520, 30, 4, 26
    height = step * len(rows)
    parts = [_grid(left, top, width, height, horizontal=False)]
    for number, name in enumerate(rows):
        y = top + step * (number + 0.5)
        parts.append(f'<line class="grid" x1="{left}" y1="{y}" x2="{left + width}" y2="{y}"/>')
        parts.append(_text(left - 6, y + 4, name, "end"))
    for one in series:
        for x, row in one.drawn:
            tip = f"{one.name}, {rows[int(row)]}: {x:.3f}"
            parts.append(
                f'<circle class="c{one.colour % COLOURS} dot" cx="{left + x * width:.1f}" '
                f'cy="{top + step * (row + 0.5)}" r="5">{_title(tip)}</circle>'
            )
    return _svg(left + width + 16, top + height + 22, title, parts)


def heat(title: str, names: Sequence[str], table: Sequence[Sequence[int]]) -> str:
    """A confusion table; shades are shares of a row."""
    wide, high, left, top = 76, 30, 84, 38
    parts = [_text(4, 12, title, "start", "head")]
    for i, name in enumerate(names):
        parts.append(_text(left - 6, top + high * (i + 0.5) + 3, name, "end"))
        parts.append(_text(left + wide * (i + 0.5), top - 6, name, "middle"))
        total = max(sum(table[i]), 1)
        for j, count in enumerate(table[i]):
            x, y, part = left + wide * j, top + high * i, count / total
            tip = f"{name} labelled {names[j]}: {count}, {part:.0%}"
            parts.append(
                f'<g>{_title(tip)}<rect class="heat" x="{x}" y="{y}" width="{wide - 2}" '
                f'height="{high - 2}" fill-opacity="{0.06 + 0.94 * part:.2f}"/>'
            )
            css = "on" if part > 0.65 else "ink"
            parts.append(_text(x + wide / 2 - 1, y + high / 2 + 3, str(count), "middle", css))
            parts.append("</g>")
    return _svg(left + wide * len(names) + 4, top + high * len(names) + 4, title, parts)


def legend(names: Sequence[tuple[str, int]]) -> str:
    """The colours of the models, as HTML."""
    items = "".join(
        f'<li><svg class="key" width="30" height="10" aria-hidden="true">'
        f"{_line([(1, 5), (29, 5)], colour)}</svg> {escape(name)}</li>"
        for name, colour in names
    )
    return f'<ul class="legend">{items}</ul>'


def _line(at: Sequence[tuple[float, float]], colour: int) -> str:
    if not at:
        return ""
    colour_class = f"c{colour % COLOURS}"
    if len(at) == 1:
        return f'<circle class="{colour_class} dot" cx="{at[0][0]:.1f}" cy="{at[0][1]:.1f}" r="4"/>'
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in at)
    dash = _DASHES[colour % len(_DASHES)]
    return f'<polyline class="{colour_class} line" points="{points}" stroke-dasharray="{dash}"/>'


def _grid(left: float, top: float, width: float, height: float, *, horizontal: bool = True) -> str:
    parts = []
    for tick in (0, 0.25, 0.5, 0.75, 1):
        x, y = left + tick * width, top + (1 - tick) * height
        label = f"{tick:g}"
        parts.append(f'<line class="grid" x1="{x}" y1="{top}" x2="{x}" y2="{top + height}"/>')
        parts.append(_text(x, top + height + 14, label, "middle"))
        if horizontal:
            parts.append(f'<line class="grid" x1="{left}" y1="{y}" x2="{left + width}" y2="{y}"/>')
            parts.append(_text(left - 4, y + 4, label, "end"))
    return "".join(parts)


def _text(x: float, y: float, text: str, anchor: str, css: str = "") -> str:
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}" class="{css}">{escape(text)}</text>'


def _title(text: str) -> str:
    return f"<title>{escape(text)}</title>"


def _svg(width: float, height: float, label: str, parts: Sequence[str]) -> str:
    return (
        f'<svg role="img" aria-label="{escape(label)}" viewBox="0 0 {width:g} {height:g}" '
        f'width="{width:g}" height="{height:g}">{"".join(parts)}</svg>'
    )
