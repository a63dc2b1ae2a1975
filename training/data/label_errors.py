"""Finds likely label errors by confident learning (Northcutt, Jiang and Chuang 2021)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import GroupKFold

from stance.classifiers.clean import clean
from stance.errors import DataError
from stance.labels import STANCES
from training.baseline import BaselineRecipe, count_features, fit_linear, linear_logits
from training.calibration import fit_platt
from training.corpus import Example, target_matrix

FloatArray = NDArray[np.floating]
IntArray = NDArray[np.integer]


@dataclass(frozen=True, slots=True)
class Finding:
    """A label that a model, not trained on the row, would decide otherwise.

    `given` tells whether the row carries the label, `probability`, in [0, 1], how likely the model
    holds it.
    """

    example: Example
    label: str
    given: bool
    probability: float


def find_label_errors(
    examples: Sequence[Example], recipe: BaselineRecipe | None = None, folds: int = 5
) -> list[Finding]:
    """Likely label errors among `examples`, the model surest of its contradiction first.

    Probabilities are out of fold: the baseline is trained `folds` times, each time without the
    rows it then judges; rows of one document or group are judged together. Raises DataError where
    a label has fewer than `folds` rows with it or without it.
    """
    targets = np.asarray(target_matrix(examples), dtype=np.int64).reshape(-1, len(STANCES))
    _check_enough(targets, folds)
    probabilities = out_of_fold(examples, targets, recipe or BaselineRecipe(), folds)
    findings = [
        Finding(
            examples[row],
            STANCES[column],
            bool(targets[row, column]),
            float(probabilities[row, column]),
        )
        for row, column in np.argwhere(confident_errors(targets, probabilities))
    ]
    return sorted(findings, key=lambda f: f.probability if f.given else 1 - f.probability)


def confident_errors(targets: IntArray, probabilities: FloatArray) -> NDArray[np.bool_]:
    """Which marks the probabilities confidently contradict; both arrays and the result (n, labels).

    Each label is a task of two classes, with it and without it. A row counts as confidently of a
    class where the class is at least as probable as it is on average over the rows given it; of
    both such classes the more probable one (the confident joint of the paper).
    """
    given = targets == 1
    absent = 1 - probabilities
    usual_with = np.where(given, probabilities, 0).sum(axis=0) / given.sum(axis=0)
    usual_without = np.where(given, 0, absent).sum(axis=0) / (~given).sum(axis=0)
    maybe_with, maybe_without = probabilities >= usual_with, absent >= usual_without
    surely_with = maybe_with & (~maybe_without | (probabilities > absent))
    surely_without = maybe_without & (~maybe_with | (absent > probabilities))
    return np.asarray((given & surely_without) | (~given & surely_with))


def out_of_fold(
    examples: Sequence[Example], targets: IntArray, recipe: BaselineRecipe, folds: int
) -> FloatArray:
    """Calibrated probabilities, (n, labels), each from a model that did not see the row."""
    features = count_features([clean(e.text) for e in examples], recipe.spec)
    groups = _joined_groups(examples)
    if groups.max() + 1 < folds:
        raise DataError(f"fewer than {folds} documents; give `doc` or `id` values that differ")
    order = GroupKFold(folds, shuffle=True, random_state=recipe.seed)
    logits = np.zeros(targets.shape, dtype=np.float32)
    for inside, outside in order.split(targets, groups=groups):
        model = fit_linear(features[inside], targets[inside], recipe, jobs=1)
        logits[outside] = linear_logits(model, features[outside])
    return fit_platt(logits, targets)(logits)


def _joined_groups(examples: Sequence[Example]) -> IntArray:
    """A number for each row, equal for rows that share a document or a group, or both by turns."""
    parent: dict[tuple[str, str], tuple[str, str]] = {}

    def root(node: tuple[str, str]) -> tuple[str, str]:
        parent.setdefault(node, node)
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for e in examples:
        parent[root(("group", e.group))] = root(("doc", e.doc))
    numbers: dict[tuple[str, str], int] = {}
    return np.asarray([numbers.setdefault(root(("doc", e.doc)), len(numbers)) for e in examples])


def _check_enough(targets: IntArray, folds: int) -> None:
    for column, label in enumerate(STANCES):
        least = min(int(targets[:, column].sum()), int((1 - targets[:, column]).sum()))
        if least < folds:
            raise DataError(
                f"label {label!r} has {least} sentences with or without it; finding errors needs "
                f"at least {folds} of each"
            )
