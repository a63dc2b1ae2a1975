"""The course of a document: where along its text each stance is, as an SVG bar."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Final

from stance.labels import STANCES

_BINS: Final = 1024
_TOGETHER: Final = 8
"""How many bins of a long text are drawn as one."""
_STEPS: Final = 16
"""To how many steps the height of a mark is rounded."""
_LANE: Final = 20
"""The height of a stance's lane, in the same steps."""


class Course:
    """How much of each stretch of a text carries each stance.

    The text is counted in bins of equal width; when they are full, they double in width and halve
    in number. So memory does not grow with the text, and no mark is off by more than 1/512 of it.
    """

    def __init__(self) -> None:
        self._width = 1
        self._end = 0
        self._sentences = 0
        self._covered = {stance: [0] * _BINS for stance in STANCES}

    def add(self, length: int, labels: Iterable[str]) -> None:
        """Append a sentence of `length` characters that carries `labels`."""
        start, self._end = self._end, self._end + length
        self._sentences += 1
        while self._end > _BINS * self._width:
            self._double()
        width = self._width
        for label in labels:
            covered = self._covered[label]
            for at in range(start // width, -(-self._end // width)):
                covered[at] += min(self._end, (at + 1) * width) - max(start, at * width)

    def svg(self) -> str:
        """The bar: a lane for each stance, from the start of the text to its end.

        Where sentences are longer than a bin, a mark is as high as its lane. In longer texts
        bins are drawn eight together, as high as the share of the characters there that carry the
        stance, relative to the largest share in the document. Colours come from the page's style.
        """
        bins = max(1, -(-self._end // self._width))
        lanes = {stance: covered[:bins] for stance, covered in self._covered.items()}
        most = 1
        if self._sentences * 2 > bins:
            lanes = {
                stance: [sum(covered[at : at + _TOGETHER]) for at in range(0, bins, _TOGETHER)]
                for stance, covered in lanes.items()
            }
            bins = -(-bins // _TOGETHER)
            most = max(1, *(max(covered) for covered in lanes.values()))
        drawn = []
        for lane, (stance, covered) in enumerate(lanes.items(), 1):
            heights = [min(_STEPS, -(-_STEPS * one // most)) for one in covered]
            marks = "".join(
                f"M{start} {_LANE * lane}v-{height}h{length}v{height}z"
                for start, length, height in _runs(heights)
            )
            drawn.append(f'<line x2="{bins}" y1="{_LANE * lane}" y2="{_LANE * lane}"/>')
            drawn.append(f'<path class="{stance}" d="{marks}"/>' if marks else "")
        return (
            f'<svg viewBox="0 0 {bins} {_LANE * len(STANCES)}" preserveAspectRatio="none" '
            f'aria-hidden="true">{"".join(drawn)}</svg>'
        )

    def _double(self) -> None:
        self._width *= 2
        for covered in self._covered.values():
            pairs = zip(covered[::2], covered[1::2], strict=True)
            covered[:] = [a + b for a, b in pairs] + [0] * (_BINS // 2)


def _runs(heights: list[int]) -> Iterator[tuple[int, int, int]]:
    """Start, length and height of each run of equal heights that are not zero."""
    start = 0
    for height, run in groupby(heights):
        length = sum(1 for _ in run)
        if height:
            yield start, length, height
        start += length
