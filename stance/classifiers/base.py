"""What every classifier is: sentences in, calibrated probabilities out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stance.classifiers.clean import clean
from stance.errors import ModelError
from stance.labels import STANCES
from stance.records import Kind, Prediction, Sentence

FloatArray = NDArray[np.floating]

# Units that cannot hold a stance. They keep their scores, but no label is given.
UNLABELLED = frozenset((Kind.LETTERHEAD, Kind.SIGNATURE, Kind.BOILERPLATE))


@dataclass(frozen=True, slots=True)
class Calibration:
    """Platt scaling for each label (Platt 1999): p = sigmoid(slope * logit + intercept)."""

    slopes: tuple[float, ...]
    intercepts: tuple[float, ...]

    def __call__(self, logits: FloatArray) -> FloatArray:
        """Logits, (n, 4), to probabilities, (n, 4), each in [0, 1]."""
        scaled = np.asarray(logits, dtype=np.float64) * self.slopes + self.intercepts
        return np.asarray(1.0 / (1.0 + np.exp(-np.clip(scaled, -60, 60))))


class Classifier(ABC):
    """A loaded model. Every model reads at most MAX_CHARACTERS of a sentence.

    `thresholds` are the probabilities, in STANCES order, from which on a label is given.
    """

    MAX_CHARACTERS = 20_000

    name: str
    thresholds: tuple[float, ...]

    @abstractmethod
    def scores(self, texts: Sequence[str]) -> FloatArray:
        """Calibrated probabilities, (n, 4), of texts that are cleaned and not too long."""

    def predict_proba(self, sentences: Iterable[str]) -> FloatArray:
        """The probability of each stance, (n, 4) in STANCES order, each in [0, 1].

        Rows are in input order, and a sentence's row does not depend on the others. Raises
        TypeError for a bare string, which would be read as a list of characters.
        """
        return self._probabilities(self._prepared(sentences))

    def predict(self, sentences: Iterable[str | Sentence], doc: str = "") -> list[Prediction]:
        """A Prediction for each sentence, in input order; `doc` is the name that they carry.

        Letterhead, signatures and boilerplate get no label, whatever their scores.
        """
        given = [s if isinstance(s, Sentence) else Sentence(0, len(s), s) for s in sentences]
        texts = self._prepared(s.text for s in given)
        scores = self._probabilities(texts)
        return [
            Prediction(
                doc=doc,
                sent=number,
                sentence=sentence,
                scores=tuple(map(float, row)),
                labels=tuple(
                    label
                    for label, score, threshold in zip(STANCES, row, self.thresholds, strict=True)
                    if score >= threshold and sentence.kind not in UNLABELLED
                ),
                model=self.name,
                truncated=len(text) > self.MAX_CHARACTERS,
            )
            for number, (sentence, text, row) in enumerate(zip(given, texts, scores, strict=True))
        ]

    def _probabilities(self, texts: Sequence[str]) -> FloatArray:
        if not texts:
            return np.empty((0, len(STANCES)))
        return self.scores([text[: self.MAX_CHARACTERS] for text in texts])

    @staticmethod
    def _prepared(sentences: Iterable[str]) -> list[str]:
        if isinstance(sentences, str):
            raise TypeError("expected a list of sentences, got one str; put it in a list")
        return [clean(sentence) for sentence in sentences]


def checked_thresholds(values: Sequence[float]) -> tuple[float, ...]:
    """The thresholds as a tuple; raises ModelError unless there is one in [0, 1] for each label."""
    if len(values) != len(STANCES) or not all(0 <= value <= 1 for value in values):
        raise ModelError(f"thresholds are {values!r}; expected {len(STANCES)} numbers in [0, 1]")
    return tuple(map(float, values))
