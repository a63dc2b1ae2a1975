"""The baseline: TF-IDF over hashed n-grams and a linear model, in a few numpy sums."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from stance.classifiers.base import Calibration, Classifier, FloatArray
from stance.classifiers.features import FeatureSpec, occurrences
from stance.classifiers.store import ModelFolder
from stance.errors import ModelError
from stance.labels import STANCES

WEIGHTS = "weights.npy"
_BATCH = 512


class Baseline(Classifier):
    """Scores are linear in the TF-IDF vector of a sentence, scaled to unit length.

    `table` is (2**bits, 5): for each hashed feature its inverse document frequency times its
    weight for each label, and that frequency's square, whose sum is the squared length.
    """

    def __init__(
        self,
        name: str,
        spec: FeatureSpec,
        table: NDArray[np.float32],
        intercepts: Sequence[float],
        calibration: Calibration,
        thresholds: tuple[float, ...],
    ) -> None:
        self.name = name
        self.thresholds = thresholds
        self._spec = spec
        self._table = table
        self._intercepts = np.asarray(intercepts, dtype=np.float32)
        self._calibration = calibration

    @classmethod
    def load(cls, folder: ModelFolder) -> Baseline:
        """Load from a checked folder."""
        features = folder.need("features")
        spec = FeatureSpec(
            tuple(features["characters"]), tuple(features["words"]), int(features["bits"])
        )
        try:
            stored = np.load(folder.file(WEIGHTS), allow_pickle=False)
        except ValueError as error:
            raise ModelError(f"{folder.path / WEIGHTS}: not a numeric array ({error})") from None
        if stored.shape != (1 << spec.bits, len(STANCES) + 1):
            raise ModelError(
                f"{folder.path / WEIGHTS}: shape {stored.shape}; "
                f"expected {(1 << spec.bits, len(STANCES) + 1)}"
            )
        return cls(
            folder.name,
            spec,
            stored.astype(np.float32),
            folder.need("intercepts"),
            folder.calibration,
            folder.thresholds,
        )

    def logits(self, texts: Sequence[str]) -> FloatArray:
        """The linear model's scores before calibration, (n, 4)."""
        parts = [self._logits(texts[i : i + _BATCH]) for i in range(0, len(texts), _BATCH)]
        return np.concatenate(parts) if parts else np.empty((0, len(STANCES)), dtype=np.float32)

    def scores(self, texts: Sequence[str]) -> FloatArray:
        """Calibrated probabilities, (n, 4)."""
        return self._calibration(self.logits(texts))

    def _logits(self, texts: Sequence[str]) -> NDArray[np.float32]:
        sums = np.zeros((len(texts), len(STANCES) + 1), dtype=np.float64)
        for found in occurrences(texts, self._spec):
            sums += row_sums(self._table[found.columns], found.starts)
        length = np.sqrt(np.maximum(sums[:, -1:], 1e-12))
        return np.asarray(sums[:, :-1] / length + self._intercepts, dtype=np.float32)


def row_sums(values: NDArray[np.float32], starts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Sums of values[starts[i]:starts[i + 1]] along the first axis, zero for an empty range."""
    rows = np.zeros((len(starts) - 1, values.shape[1]), dtype=np.float64)
    filled = starts[1:] > starts[:-1]
    if filled.any():
        rows[filled] = np.add.reduceat(values, starts[:-1][filled], axis=0, dtype=np.float64)
    return rows


@dataclass(frozen=True, slots=True)
class LinearModel:
    """What training hands over to be saved as a baseline."""

    spec: FeatureSpec
    table: NDArray[np.float32]
    intercepts: tuple[float, ...]

    def save(self, path: Path) -> None:
        """Write the weights, in half precision, into the model folder `path`."""
        np.save(path / WEIGHTS, self.table.astype(np.float16), allow_pickle=False)
