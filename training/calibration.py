"""Platt scaling and thresholds, fitted on scores of sentences that the model was not trained on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from stance.classifiers.base import Calibration
from training.corpus import Example

FloatArray = NDArray[np.floating]
IntArray = NDArray[np.integer]


def fit_platt(
    logits: FloatArray, targets: IntArray, weights: FloatArray | None = None
) -> Calibration:
    """Platt scaling for each label (Platt 1999) of logits (n, labels) against targets of 0 and 1.

    As there, a positive counts as (p + 1) / (p + 2) of one among p positives, and a negative
    likewise, so that few sentences do not make it certain. A label without both a positive and a
    negative sentence keeps its logits as they are.
    """
    slopes, intercepts = [], []
    weights = np.ones(len(targets)) if weights is None else weights
    for column in range(targets.shape[1]):
        target = targets[:, column]
        if target.min() == target.max():
            slopes.append(1.0)
            intercepts.append(0.0)
            continue
        positive = weights[target == 1].sum()
        negative = weights[target == 0].sum()
        soft = np.where(target == 1, (positive + 1) / (positive + 2), 1 / (negative + 2))
        fitted = LogisticRegression(C=1e6, max_iter=1000)
        fitted.fit(
            np.tile(logits[:, column : column + 1], (2, 1)),
            np.repeat([1, 0], len(target)),
            sample_weight=np.concatenate([weights * soft, weights * (1 - soft)]),
        )
        slopes.append(float(fitted.coef_[0, 0]))
        intercepts.append(float(fitted.intercept_[0]))
    return Calibration(tuple(slopes), tuple(intercepts))


def best_thresholds(
    probabilities: FloatArray, targets: IntArray, weights: FloatArray | None = None
) -> tuple[float, ...]:
    """For each label the threshold in [0.05, 0.95] of highest F1; 0.5 where a label never occurs.

    F1 is smoothed over neighbouring thresholds so that a lucky single sentence does not decide.
    """
    grid = np.linspace(0.05, 0.95, 91)
    weights = np.ones(len(targets)) if weights is None else weights
    chosen = []
    for column in range(targets.shape[1]):
        target, scores = targets[:, column] == 1, probabilities[:, column]
        if not target.any():
            chosen.append(0.5)
            continue
        f1 = []
        for threshold in grid:
            given = scores >= threshold
            both = weights[given & target].sum()
            f1.append(2 * both / max(weights[given].sum() + weights[target].sum(), 1e-12))
        smooth = np.convolve(np.pad(f1, 2, mode="edge"), np.ones(5) / 5, mode="valid")
        chosen.append(float(grid[int(np.argmax(smooth))].round(2)))
    return tuple(chosen)


def expected_calibration_error(
    probabilities: FloatArray, targets: IntArray, bins: int = 15
) -> float:
    """Expected calibration error over bins of equal width (Naeini et al. 2015), mean over labels.

    Returns a value in [0, 1].
    """
    errors = []
    for column in range(targets.shape[1]):
        scores, target = probabilities[:, column], targets[:, column]
        where = np.minimum((scores * bins).astype(int), bins - 1)
        gap = np.bincount(where, weights=scores - target, minlength=bins)
        errors.append(float(np.abs(gap).sum() / max(len(scores), 1)))
    return float(np.mean(errors))


def group_weights(examples: Sequence[Example]) -> FloatArray:
    """A weight for each row, so that the translations of a sentence together weigh one."""
    counts: dict[str, int] = {}
    for example in examples:
        counts[example.group] = counts.get(example.group, 0) + 1
    return np.asarray([1 / counts[example.group] for example in examples])


def macro_f1(given: NDArray[np.bool_], targets: IntArray, weights: FloatArray) -> float:
    """The mean over labels of F1, each row counted with its weight."""
    weighted = weights[:, None]
    both = (given * targets * weighted).sum(axis=0)
    total = (given * weighted).sum(axis=0) + (targets * weighted).sum(axis=0)
    return float((2 * both / np.maximum(total, 1e-12)).mean())
