"""Near-duplicate sentences: Jaccard similarity of character n-grams above a threshold."""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.corpus import Example
from training.splits import normalised

THRESHOLD = 0.6
# Two Han characters tell about as much as four letters.
GRAM, HAN_GRAM = 4, 2
HASHES = 256
# How rarely a pair exactly at the threshold may be overlooked.
OVERLOOKED = 0.0005

Signatures = NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Two sentences of one language; `similarity` is in [threshold, 1], 1 for equal n-grams."""

    first: Example
    second: Example
    similarity: float


def near_duplicates(examples: Sequence[Example], threshold: float = THRESHOLD) -> list[Duplicate]:
    """The pairs of sentences of one language whose n-gram sets are alike, most alike first.

    Similarity is intersection over union of the sets of 4-grams (2-grams in Chinese) of letters
    and digits, exact for every pair returned. Candidates come from MinHash signatures in bands
    (Broder 1997; Leskovec, Rajaraman and Ullman 2014, chapter 3), the same in every run: a pair at
    the `threshold`, in (0, 1], is overlooked less than once in 2000 times, one above it more
    rarely.
    """
    by_language: dict[str, list[Example]] = defaultdict(list)
    for example in examples:
        by_language[example.lang].append(example)
    found = []
    for chosen in by_language.values():
        sets = [grams(e.text, e.lang) for e in chosen]
        for i, j in _candidates(sets, threshold):
            common = len(sets[i] & sets[j])
            similarity = common / (len(sets[i]) + len(sets[j]) - common)
            if similarity >= threshold:
                found.append(Duplicate(chosen[i], chosen[j], similarity))
    return sorted(found, key=lambda d: (-d.similarity, d.first.id, d.second.id))


def grams(text: str, lang: str) -> frozenset[str]:
    """The n-grams of a text's letters and digits; the whole of it where it is shorter than one."""
    size = HAN_GRAM if lang == "zh" else GRAM
    letters = normalised(text)
    return frozenset(letters[i : i + size] for i in range(max(1, len(letters) - size + 1)))


def _candidates(sets: Sequence[frozenset[str]], threshold: float) -> set[tuple[int, int]]:
    """Pairs of rows whose signatures agree in all of at least one band."""
    signatures = _signatures(sets)
    size = _band_size(threshold)
    pairs: set[tuple[int, int]] = set()
    for begin in range(0, HASHES - size + 1, size):
        bands: dict[bytes, list[int]] = defaultdict(list)
        for row, band in enumerate(np.ascontiguousarray(signatures[:, begin : begin + size])):
            bands[band.tobytes()].append(row)
        for rows in bands.values():
            pairs.update((i, j) for n, i in enumerate(rows) for j in rows[n + 1 :])
    return pairs


def _band_size(threshold: float) -> int:
    """The most hashes a band may have: the more, the fewer candidates, and the more overlooked."""
    size = 1
    while (1 - threshold ** (size + 1)) ** (HASHES // (size + 1)) <= OVERLOOKED and size < 16:
        size += 1
    return size


def _signatures(sets: Sequence[frozenset[str]]) -> Signatures:
    """The least value of each hash over each set, (n, HASHES)."""
    codes = np.fromiter(
        (zlib.crc32(gram.encode()) for one in sets for gram in sorted(one)), dtype=np.uint64
    )
    starts = np.cumsum([0, *(len(one) for one in sets[:-1])])
    rng = np.random.default_rng(0)
    # Multiply-shift hashing with odd multipliers (Dietzfelbinger et al. 1997).
    factors = rng.integers(0, 2**63, HASHES, dtype=np.uint64) * np.uint64(2) + np.uint64(1)
    offsets = rng.integers(0, 2**63, HASHES, dtype=np.uint64)
    signatures = np.empty((len(sets), HASHES), dtype=np.uint32)
    for column, (factor, offset) in enumerate(zip(factors, offsets, strict=True)):
        values = ((codes * factor + offset) >> np.uint64(32)).astype(np.uint32)
        signatures[:, column] = np.minimum.reduceat(values, starts)
    return signatures
