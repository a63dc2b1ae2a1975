"""Builds a cascade from two models: how sure the first must be is found on validation data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from stance.classifiers.store import load, save_manifest
from stance.errors import DataError
from stance.labels import STANCES
from training.calibration import macro_f1
from training.corpus import Example, languages_of, target_matrix

Log = Callable[[str], None]

MAX_F1_LOSS = 0.003


def train_cascade(
    validation: Sequence[Example],
    output: Path,
    log: Log,
    *,
    first: str = "baseline",
    second: str = "multilingual",
    version: str = "1",
) -> None:
    """Find the highest probability up to which the first model's "none" is believed, and save.

    Macro-F1 on `validation`, mean of its languages, may fall by at most MAX_F1_LOSS against the
    second model alone. The folder names its two models; they are looked for beside it, then among
    the shipped ones.

    Raises DataError where no such probability exists.
    """
    texts = [e.text for e in validation]
    targets = np.asarray(target_matrix(validation))
    of_row = np.asarray([e.lang for e in validation])
    languages = [of_row == language for language in languages_of(validation)]
    quick = load(first).predict_proba(texts).max(axis=1)
    model = load(second)
    given = model.predict_proba(texts) >= np.asarray(model.thresholds)

    def score_of(given: NDArray[np.bool_]) -> float:
        return float(np.mean([macro_f1(given[r], targets[r], np.ones(r.sum())) for r in languages]))

    whole = score_of(given)
    found = None
    for sure in np.arange(0.01, min(model.thresholds), 0.005):
        stays = quick <= sure
        score = score_of(given & ~stays[:, None])
        if whole - score > MAX_F1_LOSS:
            break
        found = (float(sure.round(3)), float(stays.mean()), score)
    if found is None:
        raise DataError(f"{first} is never sure enough to save {second} any work")
    sure, share, score = found
    log(f"sure up to {sure}: answers {share:.0%}; macro-F1 {score:.4f} against {whole:.4f}")
    output.mkdir(parents=True, exist_ok=True)
    save_manifest(
        output,
        [],
        kind="cascade",
        name="cascade",
        version=version,
        models=[first, second],
        languages=languages_of(validation),
        sure=[sure] * len(STANCES),
        thresholds=dict(zip(STANCES, model.thresholds, strict=True)),
        validation={"answered_by_first": share, "macro_f1": score, "macro_f1_second": whole},
    )
