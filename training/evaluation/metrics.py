"""Scores of label decisions, on plain arrays.

Decisions are counted once for each document and language; every score, and every resample of
the documents, is then a few sums over those counts.

A score without a base is undefined, NaN here and null in files: recall and F1 of a label that no
sentence carries, precision of one never given. Means leave undefined scores out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, precision_recall_curve

FloatArray = NDArray[np.floating]
IntArray = NDArray[np.integer]
BoolArray = NDArray[np.bool_]
Score = Callable[[NDArray[np.number]], FloatArray]

# The last axis of a tally: labels rightly given, wrongly given, missed; explicit marks found, all.
HITS, FALSE_ALARMS, MISSES, EXPLICIT_HITS, EXPLICIT = range(5)
BINS = 15  # as in training.calibration.expected_calibration_error


def tally(
    targets: BoolArray, given: BoolArray, explicit: BoolArray, clusters: IntArray, strata: IntArray
) -> IntArray:
    """Count decisions, (clusters, strata, labels, 5).

    `targets`, `given` and `explicit` (the marks that a word names) are (n, labels); `clusters`
    and `strata`, (n,), number each row's document and language from 0.
    """
    hits = targets & given
    parts = np.stack(
        [hits, given & ~targets, targets & ~given, hits & explicit, targets & explicit], axis=-1
    )
    counts = np.zeros((clusters.max() + 1, strata.max() + 1, *parts.shape[1:]), dtype=np.int64)
    np.add.at(counts, (clusters, strata), parts)
    return counts


def precision(counts: NDArray[np.number]) -> FloatArray:
    """Share of the given labels that are right; counts (..., 5) to (...), in [0, 1] or NaN."""
    return _ratio(counts[..., HITS], counts[..., HITS] + counts[..., FALSE_ALARMS])


def recall(counts: NDArray[np.number]) -> FloatArray:
    """Share of the marks that are found; counts (..., 5) to (...), in [0, 1] or NaN."""
    return _ratio(counts[..., HITS], _marks(counts))


def f1(counts: NDArray[np.number]) -> FloatArray:
    """Harmonic mean of precision and recall; counts (..., 5) to (...), NaN without a mark."""
    given = counts[..., HITS] + counts[..., FALSE_ALARMS]
    score = _ratio(2 * counts[..., HITS], given + _marks(counts))
    return np.where(_marks(counts) > 0, score, np.nan)


def explicit_recall(counts: NDArray[np.number]) -> FloatArray:
    """Recall of the marks that a word of the sentence names."""
    return _ratio(counts[..., EXPLICIT_HITS], counts[..., EXPLICIT])


def implicit_recall(counts: NDArray[np.number]) -> FloatArray:
    """Recall of the marks that no single word names."""
    return _ratio(
        counts[..., HITS] - counts[..., EXPLICIT_HITS], _marks(counts) - counts[..., EXPLICIT]
    )


def macro_f1(counts: NDArray[np.number]) -> FloatArray:
    """Mean F1 over the labels that occur; counts (..., labels, 5) to (...)."""
    return mean_defined(f1(counts))


def micro_f1(counts: NDArray[np.number]) -> FloatArray:
    """F1 of all label decisions together; counts (..., labels, 5) to (...)."""
    return f1(counts.sum(axis=-2))


def over_strata(score: Score) -> Score:
    """The mean of a score over languages; for counts (..., strata, labels, 5)."""
    return lambda counts: mean_defined(np.moveaxis(score(np.moveaxis(counts, -3, 0)), 0, -1))


def pooled(score: Score) -> Score:
    """A score of all languages' rows together; for counts (..., strata, labels, 5)."""
    return lambda counts: score(counts.sum(axis=-3))


def mean_defined(values: FloatArray) -> FloatArray:
    """Mean over the last axis of what is not NaN; NaN where nothing is."""
    defined = ~np.isnan(values)
    return _ratio(np.where(defined, values, 0.0).sum(axis=-1), defined.sum(axis=-1))


def average_precision(scores: FloatArray, target: BoolArray) -> float:
    """Average precision of one label's probabilities, (n,); NaN where no sentence carries it."""
    return float(average_precision_score(target, scores)) if target.any() else float("nan")


@dataclass(frozen=True, slots=True)
class Bin:
    """Sentences of like probability: how probable on average, how often right, how many."""

    predicted: float
    observed: float
    sentences: int


def reliability(scores: FloatArray, target: BoolArray, bins: int = BINS) -> tuple[Bin, ...]:
    """The reliability curve of one label: the non-empty ones of `bins` equal bins of [0, 1]."""
    where = np.minimum((scores * bins).astype(int), bins - 1)
    return tuple(
        Bin(float(scores[inside].mean()), float(target[inside].mean()), int(inside.sum()))
        for inside in (where == number for number in range(bins))
        if inside.any()
    )


def calibration_error(curve: Sequence[Bin]) -> float:
    """Expected calibration error of a reliability curve (Naeini et al. 2015), in [0, 1]."""
    total = sum(b.sentences for b in curve)
    return sum(abs(b.predicted - b.observed) * b.sentences for b in curve) / max(total, 1)


@dataclass(frozen=True, slots=True)
class Point:
    """What a threshold gives: NaN for a precision where no sentence reaches it."""

    threshold: float
    precision: float
    recall: float
    f1: float


def threshold_curve(scores: FloatArray, target: BoolArray) -> tuple[Point, ...]:
    """Precision, recall and F1 of one label at the thresholds 0.05, 0.10 ... 0.95."""
    points = []
    for threshold in np.linspace(0.05, 0.95, 19).round(2):
        given = (scores >= threshold)[:, None]
        zeros = np.zeros(len(scores), dtype=int)
        counts = tally(target[:, None], given, target[:, None], zeros, zeros)[0, 0, 0]
        values = (float(score(counts)) for score in (precision, recall, f1))
        points.append(Point(float(threshold), *values))
    return tuple(points)


def precision_recall(
    scores: FloatArray, target: BoolArray, points: int = 40
) -> tuple[tuple[float, float], ...]:
    """(recall, precision) at about even steps of rising recall; empty without a mark."""
    if not target.any():
        return ()
    found_precision, found_recall, _ = precision_recall_curve(target, scores)
    # scikit-learn ends the curve with the point (0, 1), which no threshold gives.
    recalls, precisions = found_recall[-2::-1], found_precision[-2::-1]
    steps = np.searchsorted(recalls, np.linspace(recalls[0], recalls[-1], points))
    return tuple((float(recalls[i]), float(precisions[i])) for i in np.unique(steps))


def confusion(targets: BoolArray, given: BoolArray) -> IntArray:
    """What was given for what was meant, (labels + 1, labels + 1); the last stands for none.

    A label both meant and given is on the diagonal, as is a sentence with neither. A label that
    was missed stands against each label wrongly given in its sentence, or against none; one
    wrongly given where nothing was missed stands in the row of none.
    """
    none = targets.shape[1]
    table = np.zeros((none + 1, none + 1), dtype=np.int64)
    for meant, said in zip(targets, given, strict=True):
        both = np.flatnonzero(meant & said)
        missed = np.flatnonzero(meant & ~said)
        wrong = np.flatnonzero(said & ~meant)
        table[both, both] += 1
        if not meant.any() and not said.any():
            table[none, none] += 1
        elif len(missed) or len(wrong):
            rows, columns = missed if len(missed) else [none], wrong if len(wrong) else [none]
            table[np.ix_(rows, columns)] += 1
    return table


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far the versions of a sentence get the same label sets.

    `all_equal` is the share of groups whose sets are all equal, `pairwise` the mean over groups
    of the share of equal pairs.
    """

    groups: int
    all_equal: float
    pairwise: float


def agreement(groups: Mapping[str, Sequence[tuple[bool, ...]]]) -> Agreement | None:
    """Agreement within groups of at least two decisions; None where there is no such group."""
    equal, pairwise = [], []
    for sets in groups.values():
        if len(sets) < 2:
            continue
        pairs = [a == b for i, a in enumerate(sets) for b in sets[i + 1 :]]
        equal.append(all(pairs))
        pairwise.append(sum(pairs) / len(pairs))
    if not equal:
        return None
    return Agreement(len(equal), sum(equal) / len(equal), sum(pairwise) / len(pairwise))


def _marks(counts: NDArray[np.number]) -> NDArray[np.number]:
    return counts[..., HITS] + counts[..., MISSES]


def _ratio(part: NDArray[np.number], whole: NDArray[np.number]) -> FloatArray:
    part, whole = np.asarray(part, dtype=float), np.asarray(whole, dtype=float)
    return np.divide(part, whole, out=np.full(whole.shape, np.nan), where=whole > 0)
