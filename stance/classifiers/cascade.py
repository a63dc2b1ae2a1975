"""The cascade: the baseline answers where it is sure, the transformer the rest."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from stance.classifiers.base import Classifier, FloatArray
from stance.classifiers.store import ModelFolder, load


class Cascade(Classifier):
    """Two models in a row (a two-stage cascade after Viola and Jones 2001).

    A sentence stays with the first model where each of its probabilities is at most `sure`, that
    is, where the first model is sure that there is no stance; all others go to the second.
    """

    def __init__(
        self,
        name: str,
        first: Classifier,
        second: Classifier,
        sure: Sequence[float],
        thresholds: tuple[float, ...],
    ) -> None:
        self.name = name
        self.thresholds = thresholds
        self._first = first
        self._second = second
        self._sure = np.asarray(sure)

    @classmethod
    def load(cls, folder: ModelFolder, threads: int | None = None) -> Cascade:
        """Load the two models that the folder names, from beside it or among the shipped."""
        models = []
        for name in folder.need("models"):
            beside = folder.path.parent / name
            models.append(load(beside if beside.is_dir() else name, threads=threads))
        return cls(folder.name, models[0], models[1], folder.need("sure"), folder.thresholds)

    def scores(self, texts: Sequence[str]) -> FloatArray:
        """Calibrated probabilities, (n, 4)."""
        result = np.array(self._first.scores(texts))
        passed_on = np.flatnonzero((result > self._sure).any(axis=1))
        if len(passed_on):
            result[passed_on] = self._second.scores([texts[int(i)] for i in passed_on])
        return result
