"""Soft labels for parallel text: what trained models say of the English speaks for all versions.

Knowledge of a good English model reaches the other languages through the translations (knowledge
distillation, Hinton et al. 2015; unlabelled text as its carrier).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stance.classifiers.base import Classifier
from stance.errors import DataError
from stance.labels import STANCES
from training.corpus import checked_output, write_rows
from training.pairs import Pair, versions_of
from training.readings import sentence_id

Log = Callable[[str], None]


@dataclass(frozen=True)
class SoftLabelRecipe:
    """Which sentences are kept.

    All that have at least `versions` translations, since they teach that a stance does not depend
    on the language. Of the others, `most` that seem to have a stance (the probability of one is at
    least `least`), drawn by chance, and `others` for each of these that do not.
    """

    versions: int = 4
    least: float = 0.5
    most: int = 3000
    others: float = 0.5
    seed: int = 0


def soft_label(
    pairs: Sequence[Pair],
    teachers: Sequence[Classifier],
    output: Path,
    recipe: SoftLabelRecipe,
    log: Log,
) -> int:
    """Write JSONL rows of all versions of a sentence with the teachers' mean probabilities.

    The teachers read the English version alone. Returns how many rows were written. Raises
    DataError where there are no pairs, or `output` is a folder.
    """
    if not pairs:
        raise DataError("no parallel sentence that is not labelled already; nothing to label")
    checked_output(output)
    versions = versions_of(pairs)
    english = list(versions)
    log(f"{len(english)} English sentences, {len(teachers)} teachers")
    probabilities = np.zeros((len(english), len(STANCES)))
    block = 5000
    for begin in range(0, len(english), block):
        part = english[begin : begin + block]
        for teacher in teachers:
            probabilities[begin : begin + block] += teacher.predict_proba(part) / len(teachers)
        log(f"{min(begin + block, len(english))}/{len(english)}")
    translations = np.asarray([len(texts) - 1 for texts in versions.values()])
    kept = kept_rows(probabilities, translations, recipe)
    write_rows((_row(versions[english[n]], probabilities[n]) for n in kept), output)
    log(f"{len(kept)} rows kept")
    return len(kept)


def kept_rows(
    probabilities: NDArray[np.floating], translations: NDArray[np.integer], recipe: SoftLabelRecipe
) -> NDArray[np.integer]:
    """The numbers of the sentences to keep, from probabilities (n, 4) and translations (n,)."""
    rng = np.random.default_rng(recipe.seed)
    many = translations >= recipe.versions
    seeming = probabilities.max(axis=1) >= recipe.least
    likely = np.flatnonzero(seeming & ~many)
    likely = rng.permutation(likely)[: recipe.most]
    rest = rng.permutation(np.flatnonzero(~seeming & ~many))
    rest = rest[: round(recipe.others * len(likely))]
    return np.sort(np.concatenate([np.flatnonzero(many), likely, rest]))


def _row(texts: dict[str, str], probabilities: NDArray[np.floating]) -> dict[str, Any]:
    scores = {s: round(float(p), 4) for s, p in zip(STANCES, probabilities, strict=True)}
    return {
        "id": "soft-" + sentence_id(texts["en"]),
        "source": "soft-labels",
        "text": texts,
        "labels": [stance for stance, p in scores.items() if p >= 0.5],
        "probabilities": scores,
    }
