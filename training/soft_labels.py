"""Soft labels for parallel text: what trained models say of the English speaks for all versions.

Knowledge of a good English model reaches the other languages through the translations (knowledge
distillation, Hinton et al. 2015; unlabelled text as its carrier).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from stance.classifiers.base import Classifier
from stance.labels import STANCES
from training.pairs import Pair

Log = Callable[[str], None]


@dataclass(frozen=True)
class SoftLabelRecipe:
    """Which sentences are kept: those that seem to have a stance, and as many others.

    A sentence seems to have a stance where the probability of one is at least `least`;
    `others` is how many of the remaining are drawn for each of these.
    """

    least: float = 0.1
    others: float = 1.0
    seed: int = 0


def soft_label(
    pairs: Sequence[Pair],
    teachers: Sequence[Classifier],
    output: Path,
    recipe: SoftLabelRecipe,
    log: Log,
) -> int:
    """Write JSONL rows of all versions of a sentence with the teachers' mean probabilities.

    The teachers read the English version alone. Returns how many rows were written.
    """
    versions: dict[str, dict[str, str]] = {}
    for pair in pairs:
        versions.setdefault(pair.english, {"en": pair.english})[pair.lang] = pair.text
    english = list(versions)
    log(f"{len(english)} English sentences, {len(teachers)} teachers")
    probabilities = np.zeros((len(english), len(STANCES)))
    block = 5000
    for begin in range(0, len(english), block):
        part = english[begin : begin + block]
        for teacher in teachers:
            probabilities[begin : begin + block] += teacher.predict_proba(part) / len(teachers)
        log(f"{min(begin + block, len(english))}/{len(english)}")
    likely = probabilities.max(axis=1) >= recipe.least
    rest = np.flatnonzero(~likely)
    rng = np.random.default_rng(recipe.seed)
    drawn = rng.choice(rest, min(len(rest), round(recipe.others * likely.sum())), replace=False)
    kept = np.sort(np.concatenate([np.flatnonzero(likely), drawn]))
    with output.open("w", encoding="utf-8") as file:
        for number in kept:
            row = _row(versions[english[number]], probabilities[number])
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
    log(f"{int(likely.sum())} with a likely stance, {len(kept)} rows kept")
    return len(kept)


def _row(texts: dict[str, str], probabilities: np.ndarray[Any, Any]) -> dict[str, Any]:
    scores = {s: round(float(p), 4) for s, p in zip(STANCES, probabilities, strict=True)}
    return {
        "id": "soft-" + hashlib.sha256(texts["en"].encode()).hexdigest()[:12],
        "source": "soft-labels",
        "text": texts,
        "labels": [stance for stance, p in scores.items() if p >= 0.5],
        "probabilities": scores,
    }
