"""From a model's probabilities on labelled sentences to every score that a report shows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from stance.labels import STANCES
from training.corpus import Example
from training.evaluation import metrics
from training.evaluation.metrics import Agreement, Bin, BoolArray, FloatArray, IntArray, Point
from training.evaluation.significance import Estimate, clusters, estimate, resample

TRANSLATED = "translated"
NATIVE = "native"


@dataclass(frozen=True, slots=True)
class Scored:
    """A model's probabilities, (n, 4), on examples, with the thresholds it gives labels from."""

    examples: tuple[Example, ...]
    probabilities: FloatArray
    thresholds: tuple[float, ...]

    @property
    def targets(self) -> BoolArray:
        """The labels that the sentences carry, (n, 4)."""
        return _matrix([e.labels for e in self.examples])

    @property
    def given(self) -> BoolArray:
        """The labels that the model gives, (n, 4)."""
        return np.asarray(self.probabilities >= np.asarray(self.thresholds))

    def keep(self, wanted: Callable[[Example], bool]) -> Scored:
        """The part of the examples that `wanted` is true of."""
        kept = [i for i, e in enumerate(self.examples) if wanted(e)]
        chosen = tuple(self.examples[i] for i in kept)
        return Scored(chosen, self.probabilities[kept], self.thresholds)


@dataclass(frozen=True, slots=True)
class LabelScores:
    """One label's scores. `sentences` carry it; `explicit` of its marks are named by a word."""

    sentences: int
    explicit: int
    precision: Estimate
    recall: Estimate
    f1: Estimate
    explicit_recall: Estimate
    implicit_recall: Estimate
    average_precision: float
    calibration_error: float
    threshold: float
    reliability: tuple[Bin, ...]
    thresholds: tuple[Point, ...]
    precision_recall: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class PartLabel:
    """One label's scores in a part."""

    precision: Estimate
    recall: Estimate
    f1: Estimate
    average_precision: float


@dataclass(frozen=True, slots=True)
class PartScores:
    """The scores of some of the sentences: those of a language, or of a source."""

    sentences: int
    macro_f1: Estimate
    labels: Mapping[str, PartLabel]


@dataclass(frozen=True, slots=True)
class SetScores:
    """A model's scores on translated or on native sentences.

    On translated sentences every F1, precision, recall and average precision is the mean over
    their languages; on native ones all rows count together. Calibration is of all rows together.
    """

    sentences: int
    documents: int
    macro_f1: Estimate
    micro_f1: Estimate
    exact: float
    calibration_error: float
    labels: Mapping[str, LabelScores]
    languages: Mapping[str, PartScores]
    sources: Mapping[str, PartScores]
    confusion: tuple[tuple[int, ...], ...]
    agreement: Agreement | None


def translated_groups(examples: Iterable[Example]) -> frozenset[str]:
    """The groups whose sentences are in several languages."""
    languages: dict[str, set[str]] = defaultdict(set)
    for e in examples:
        languages[e.group].add(e.lang)
    return frozenset(group for group, found in languages.items() if len(found) > 1)


def parts(scored: Scored, translated: frozenset[str]) -> dict[str, Scored]:
    """The translated and the native sentences apart; a set without sentences is left out."""
    found = {
        TRANSLATED: scored.keep(lambda e: e.group in translated),
        NATIVE: scored.keep(lambda e: e.group not in translated),
    }
    return {name: part for name, part in found.items() if part.examples}


def counted(scored: Scored, by: Callable[[Example], str]) -> IntArray:
    """The decisions as counts for each document and value of `by`, its values sorted."""
    values = sorted({by(e) for e in scored.examples})
    strata = np.asarray([values.index(by(e)) for e in scored.examples])
    explicit = _matrix([e.explicit for e in scored.examples])
    return metrics.tally(scored.targets, scored.given, explicit, clusters(scored.examples), strata)


def headline(name: str) -> metrics.Score:
    """The macro-F1 that a set is judged by: the mean over languages, or of all rows together."""
    combine = metrics.over_strata if name == TRANSLATED else metrics.pooled
    return combine(metrics.macro_f1)


def measure(name: str, scored: Scored, seed: int) -> SetScores:
    """All scores of one set, `name` of TRANSLATED or NATIVE; at least one example."""
    combine = metrics.over_strata if name == TRANSLATED else metrics.pooled
    counts = counted(scored, by=lambda e: e.lang)
    resampled = resample(counts, seed)

    def scores(score: metrics.Score) -> list[Estimate]:
        return _estimates(estimate(combine(score), counts, resampled))

    targets, given = scored.targets, scored.given
    labels = _labels(name, scored, scores)
    return SetScores(
        sentences=len(scored.examples),
        documents=len(counts),
        macro_f1=scores(metrics.macro_f1)[0],
        micro_f1=scores(metrics.micro_f1)[0],
        exact=float((targets == given).all(axis=1).mean()),
        calibration_error=float(np.mean([one.calibration_error for one in labels.values()])),
        labels=labels,
        languages=_parts(scored, lambda e: e.lang, seed),
        sources={} if name == TRANSLATED else _parts(scored, lambda e: e.source or e.doc, seed),
        confusion=tuple(tuple(map(int, row)) for row in metrics.confusion(targets, given)),
        agreement=agreement(scored),
    )


def agreement(scored: Scored) -> Agreement | None:
    """How far the sentences of a group get equal labels; None where each is alone."""
    groups: dict[str, list[tuple[bool, ...]]] = defaultdict(list)
    for e, row in zip(scored.examples, scored.given, strict=True):
        groups[e.group].append(tuple(map(bool, row)))
    return metrics.agreement(groups)


def _labels(
    name: str, scored: Scored, scores: Callable[[metrics.Score], list[Estimate]]
) -> dict[str, LabelScores]:
    explicit = _matrix([e.explicit for e in scored.examples])
    # Where no mark says whether a word names it, the two kinds cannot be told apart.
    told = explicit.any()
    unknown = [Estimate(*(3 * [float("nan")]))] * len(STANCES)
    columns = zip(
        scores(metrics.precision),
        scores(metrics.recall),
        scores(metrics.f1),
        scores(metrics.explicit_recall) if told else unknown,
        scores(metrics.implicit_recall) if told else unknown,
        strict=True,
    )
    found = {}
    for i, (label, column) in enumerate(zip(STANCES, columns, strict=True)):
        probabilities, target = scored.probabilities[:, i], scored.targets[:, i]
        curve = metrics.reliability(probabilities, target)
        found[label] = LabelScores(
            int(target.sum()),
            int((target & explicit[:, i]).sum()),
            *column,
            average_precision=_average_precision(name, scored, i),
            calibration_error=metrics.calibration_error(curve),
            threshold=scored.thresholds[i],
            reliability=curve,
            thresholds=metrics.threshold_curve(probabilities, target),
            precision_recall=metrics.precision_recall(probabilities, target),
        )
    return found


def _average_precision(name: str, scored: Scored, column: int) -> float:
    languages = np.asarray([e.lang for e in scored.examples])
    rows = [languages == lang for lang in np.unique(languages)]
    if name == NATIVE:
        rows = [np.ones(len(languages), dtype=bool)]
    scores, target = scored.probabilities[:, column], scored.targets[:, column]
    values = [metrics.average_precision(scores[some], target[some]) for some in rows]
    return float(metrics.mean_defined(np.asarray(values)))


def _parts(scored: Scored, by: Callable[[Example], str], seed: int) -> dict[str, PartScores]:
    counts = counted(scored, by)
    resampled = resample(counts, seed)
    macro, *by_label = (
        estimate(score, counts, resampled)
        for score in (metrics.macro_f1, metrics.precision, metrics.recall, metrics.f1)
    )
    found = {}
    for i, part in enumerate(sorted({by(e) for e in scored.examples})):
        some = scored.keep(lambda e: by(e) == part)  # noqa: B023
        columns = zip(*(_estimates(values[:, i]) for values in by_label), strict=True)
        found[part] = PartScores(
            len(some.examples),
            _estimates(macro[:, i])[0],
            {
                label: PartLabel(p, r, f, _average_precision(NATIVE, some, j))
                for j, (label, (p, r, f)) in enumerate(zip(STANCES, columns, strict=True))
            },
        )
    return found


def _estimates(values: FloatArray) -> list[Estimate]:
    return [Estimate(*map(float, column)) for column in values.reshape(3, -1).T]


def _matrix(labels: Sequence[Sequence[str]]) -> BoolArray:
    return np.asarray([[s in row for s in STANCES] for row in labels], dtype=bool)
