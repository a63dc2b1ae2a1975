"""Hashed n-gram features of a whole batch at once, in numpy.

The batch becomes one array of code points. The hash of any span of it comes from two prefix sums
(a polynomial hash modulo 2**64, after Karp and Rabin 1987), so that all words, word pairs and
character n-grams are hashed without a Python loop over them.
"""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

IndexArray = NDArray[np.int64]
CodeArray = NDArray[np.uint32]
HashArray = NDArray[np.uint64]

_BASE = 0x9E3779B97F4A7C15
_MIX = np.uint64(0xD6E8FEB86659FD93)
_PAIR = np.uint64(0xFF51AFD7ED558CCD)
_SPACE, _END = 32, 10


@dataclass(frozen=True, slots=True)
class FeatureSpec:
    """Which n-grams are taken: `characters` and `words` are (shortest, longest); 2**`bits` columns.

    Character n-grams lie within a word and the spaces around it, as scikit-learn's char_wb.
    """

    characters: tuple[int, int] = (2, 5)
    words: tuple[int, int] = (1, 2)
    bits: int = 20


@dataclass(frozen=True, slots=True)
class Occurrences:
    """The n-grams of one order in a batch: hashed `columns` of row i at starts[i]:starts[i + 1]."""

    columns: IndexArray
    starts: IndexArray


def occurrences(texts: Sequence[str], spec: FeatureSpec) -> Iterator[Occurrences]:
    """The features of `texts`, one Occurrences for each n-gram order of `spec`."""
    codes, ends = _code_points(texts)
    powers, inverses = _power_tables(_table_size(len(codes)))
    prefix = np.zeros(len(codes) + 1, dtype=np.uint64)
    np.cumsum((codes.astype(np.uint64) + np.uint64(1)) * powers[: len(codes)], out=prefix[1:])

    def hashes(begin: IndexArray, end: IndexArray) -> HashArray:
        return (prefix[end] - prefix[begin]) * inverses[begin]

    def placed(values: HashArray, begin: IndexArray, order: int) -> Occurrences:
        values = (values + np.uint64(order)) * _MIX
        values ^= values >> np.uint64(29)
        values *= _PAIR
        columns = (values >> np.uint64(64 - spec.bits)).astype(np.int64)
        starts = np.searchsorted(begin, np.concatenate([[0], ends]))
        return Occurrences(columns, starts)

    space = codes == _SPACE
    edges = np.flatnonzero(np.diff(space.astype(np.int8)))
    begins, finishes = edges[0::2] + 1, edges[1::2] + 1
    words = hashes(begins, finishes)
    rows = np.searchsorted(ends, begins, side="right")
    for order in range(spec.words[0], spec.words[1] + 1):
        combined = words[: len(words) - order + 1].copy()
        for step in range(1, order):
            combined = combined * _PAIR + words[step : len(words) - order + 1 + step]
        within = rows[: len(combined)] == rows[order - 1 :]
        yield placed(combined[within], begins[: len(combined)][within], order)

    spaces_before = np.zeros(len(codes) + 1, dtype=np.int32)
    np.cumsum(space, out=spaces_before[1:])
    for order in range(spec.characters[0], spec.characters[1] + 1):
        last = len(codes) - order + 1
        if last <= 0:
            continue
        inner = spaces_before[order - 1 : order - 1 + last] == spaces_before[1 : 1 + last]
        if order == 2:
            inner &= ~(space[:last] & space[1 : 1 + last])
        begin = np.flatnonzero(inner)
        yield placed(hashes(begin, begin + order), begin, 100 + order)


def _code_points(texts: Sequence[str]) -> tuple[CodeArray, IndexArray]:
    """All texts as code points, each framed by spaces, and the end of each.

    NFKC and lower case; marks that Arabic and Hebrew leave out at will are dropped, and all that
    is neither letter, digit nor mark becomes a space.
    """
    joined = "".join(f" {text.replace(chr(_END), ' ')} \n" for text in texts)
    joined = unicodedata.normalize("NFKC", joined).lower()
    codes = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    classes = _classes()[codes]
    codes = np.where(classes == 1, codes, np.uint32(_SPACE))
    is_end = classes == 3
    keep = (classes != 2) & ~is_end
    ends = np.cumsum(keep)[is_end]
    return codes[keep], ends


@cache
def _classes() -> NDArray[np.uint8]:
    """For each code point: 0 separator, 1 part of a word, 2 dropped, 3 end of a text."""
    table = np.zeros(sys.maxunicode + 1, dtype=np.uint8)
    for code in range(0x323B0):  # letters end with CJK extension H
        category = unicodedata.category(chr(code))
        if category[0] in "LNM":
            table[code] = 1
    for first, last in ((0x0591, 0x05C7), (0x0610, 0x061A), (0x064B, 0x065F), (0x0640, 0x0640)):
        table[first : last + 1] = 2
    table[_END] = 3
    return table


def _table_size(needed: int) -> int:
    return max(1 << 16, 1 << (needed - 1).bit_length() if needed else 1)


@cache
def _power_tables(size: int) -> tuple[HashArray, HashArray]:
    """Powers of the base and of its inverse modulo 2**64, up to `size` less one."""
    tables = []
    for base in (_BASE, pow(_BASE, -1, 2**64)):
        factors = np.full(size, base, dtype=np.uint64)
        factors[0] = 1
        tables.append(np.multiply.accumulate(factors))
    return tables[0], tables[1]
