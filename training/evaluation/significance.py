"""How certain a score is: bootstrap intervals and a paired test, both by document.

Sentences of a document, and translations of a sentence, are not independent; whole documents are
resampled and swapped, so that intervals are as wide as the number of documents makes them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.corpus import Example
from training.evaluation.metrics import FloatArray, IntArray, Score

REPLICATES = 1000
_BLOCK = 25


@dataclass(frozen=True, slots=True)
class Estimate:
    """A score and its 95% interval; NaN where undefined."""

    value: float
    low: float
    high: float


def clusters(examples: Sequence[Example]) -> IntArray:
    """Number each example's document from 0, (n,), in order of appearance.

    Where one "document" holds over a quarter of its source's sentences, as a collection without
    document marks does, blocks of 25 successive sentences stand for documents.
    """
    groups: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    sizes: dict[str, int] = defaultdict(int)
    for e in examples:
        inside = groups[e.source, e.doc]
        if e.group not in inside:
            inside[e.group] = len(inside)
            sizes[e.source] += 1
    numbers: dict[tuple[str, str, int], int] = {}
    found = []
    for e in examples:
        inside = groups[e.source, e.doc]
        whole = len(inside) <= max(_BLOCK, sizes[e.source] / 4)
        key = (e.source, e.doc, 0 if whole else inside[e.group] // _BLOCK)
        found.append(numbers.setdefault(key, len(numbers)))
    return np.asarray(found, dtype=np.int64)


def resample(counts: IntArray, seed: int, replicates: int = REPLICATES) -> IntArray:
    """Totals over documents drawn with replacement; (clusters, ...) to (replicates, ...)."""
    rng = np.random.default_rng(seed)
    number = len(counts)
    flat = counts.reshape(number, -1)
    share = np.full(number, 1 / number)
    totals = np.stack([rng.multinomial(number, share) @ flat for _ in range(replicates)])
    return totals.reshape(replicates, *counts.shape[1:])


def estimate(score: Score, counts: IntArray, resampled: IntArray) -> FloatArray:
    """A score with the 2.5th and 97.5th percentile of its resamples, (3, ...)."""
    spread = score(resampled)
    defined = ~np.isnan(spread).all(axis=0)
    bounds = np.full((2, *spread.shape[1:]), np.nan)
    bounds[:, defined] = np.nanpercentile(spread[:, defined], [2.5, 97.5], axis=0)
    return np.concatenate([score(counts.sum(axis=0))[None], bounds])


@dataclass(frozen=True, slots=True)
class Comparison:
    """One model's score less another's on the same sentences, and how easily chance gives it.

    `p` is the two-sided p value.
    """

    difference: Estimate
    p: float


def compare(
    score: Score,
    counts: IntArray,
    other: IntArray,
    seed: int,
    replicates: int = REPLICATES,
) -> Comparison:
    """The paired test of two tallies over the same documents, (clusters, ...).

    Approximate randomisation (Noreen 1989): in each of `replicates` rounds every document's
    results change sides with even odds; p is the share of rounds with a difference as large.
    """

    def difference(first: NDArray[np.number], second: NDArray[np.number]) -> FloatArray:
        return np.asarray(score(first) - score(second))

    rng = np.random.default_rng(seed)
    gap = (other - counts).reshape(len(counts), -1)
    swapped = np.stack([rng.integers(0, 2, len(counts)) @ gap for _ in range(replicates)])
    moved = swapped.reshape(replicates, *counts.shape[1:])
    first, second = counts.sum(axis=0), other.sum(axis=0)
    found = float(difference(first, second))
    as_large = np.abs(difference(first + moved, second - moved)) >= abs(found) - 1e-12
    spread = difference(resample(counts, seed, replicates), resample(other, seed, replicates))
    low, high = np.nanpercentile(spread, [2.5, 97.5])
    return Comparison(
        Estimate(found, float(low), float(high)),
        float((1 + as_large.sum()) / (1 + replicates)),
    )
