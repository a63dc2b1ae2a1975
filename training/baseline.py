"""Trains the baseline: TF-IDF over hashed n-grams and logistic regression, calibrated."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from stance.classifiers.baseline import WEIGHTS, LinearModel
from stance.classifiers.clean import clean
from stance.classifiers.features import FeatureSpec, occurrences
from stance.classifiers.store import save_manifest
from stance.errors import DataError
from stance.labels import STANCES
from training.calibration import best_thresholds, fit_platt
from training.corpus import Example, data_digest, languages_of, target_matrix
from training.evaluation.leakage import write_training_rows

Log = Callable[[str], None]
FloatArray = NDArray[np.float32]
IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class BaselineRecipe:
    """How a baseline is trained. `inverse_regularisation` is scikit-learn's C."""

    characters: tuple[int, int] = (2, 5)
    words: tuple[int, int] = (1, 2)
    bits: int = 20
    inverse_regularisation: float = 10.0
    folds: int = 3
    seed: int = 0

    @property
    def spec(self) -> FeatureSpec:
        """The features it uses."""
        return FeatureSpec(self.characters, self.words, self.bits)


def train_baseline(
    examples: Sequence[Example],
    output: Path,
    recipe: BaselineRecipe,
    log: Log,
    *,
    name: str = "baseline",
    version: str = "1",
    jobs: int = 1,
) -> None:
    """Train on `examples` and save the model folder `output`.

    Calibration and thresholds are fitted on out-of-fold scores, folds by document, so that no
    part of the data is set aside; rows that a model labelled are left out of that. Raises
    DataError where a label has too few examples to learn.
    """
    started = time.monotonic()
    targets = np.asarray(target_matrix(examples), dtype=np.int64)
    documents = np.asarray([e.doc for e in examples])
    folds = min(recipe.folds, len(set(documents)))
    _check_learnable(targets, folds)
    features = count_features([clean(e.text) for e in examples], recipe.spec)
    log(f"{len(examples)} sentences, {features.nnz} feature occurrences")

    # Fold numbers by document; translations of a sentence share its document.
    order = GroupKFold(folds, shuffle=True, random_state=recipe.seed)
    logits = np.zeros(targets.shape, dtype=np.float32)
    for number, (inside, outside) in enumerate(order.split(targets, groups=documents), 1):
        model = fit_linear(features[inside], targets[inside], recipe, jobs)
        logits[outside] = linear_logits(model, features[outside])
        log(f"fold {number} of {folds}")
    sure = np.asarray([not e.probabilities for e in examples])
    sure |= not sure.any()
    calibration = fit_platt(logits[sure], targets[sure])
    thresholds = best_thresholds(calibration(logits[sure]), targets[sure])

    model = fit_linear(features, targets, recipe, jobs)
    output.mkdir(parents=True, exist_ok=True)
    model.save(output)
    save_manifest(
        output,
        [WEIGHTS, write_training_rows(output, examples)],
        kind="baseline",
        name=name,
        version=version,
        languages=languages_of(examples),
        features={"characters": recipe.characters, "words": recipe.words, "bits": recipe.bits},
        intercepts=model.intercepts,
        calibration=asdict(calibration),
        thresholds=dict(zip(STANCES, thresholds, strict=True)),
        recipe=asdict(recipe),
        seed=recipe.seed,
        data={"sentences": len(examples), "sha256": data_digest(examples)},
        minutes=round((time.monotonic() - started) / 60, 1),
    )
    log(f"saved {output}")


def count_features(texts: Sequence[str], spec: FeatureSpec) -> sparse.csr_matrix:
    """How often each hashed feature occurs in each text, (n, 2**bits)."""
    shape = (len(texts), 1 << spec.bits)
    total = sparse.csr_matrix(shape, dtype=np.float32)
    for found in occurrences(texts, spec):
        ones = np.ones(len(found.columns), dtype=np.float32)
        total = total + sparse.csr_matrix((ones, found.columns, found.starts), shape=shape)
    return total.tocsr()


def fit_linear(
    counts: sparse.csr_matrix, targets: IntArray, recipe: BaselineRecipe, jobs: int
) -> LinearModel:
    """One logistic regression a label over the TF-IDF of `counts`.

    Features that occur in one sentence alone get no weight.
    """
    presence = np.bincount(counts.indices, minlength=counts.shape[1])
    idf = (np.log((1 + counts.shape[0]) / (1 + presence)) + 1).astype(np.float32)
    kept = np.flatnonzero(presence >= 2)
    weighted = sparse.diags(1 / row_lengths(counts, idf)) @ counts[:, kept].multiply(idf[kept])
    weighted = weighted.tocsr().astype(np.float32)
    fitted = Parallel(n_jobs=jobs)(
        delayed(_fit_one)(weighted, targets[:, column], recipe)
        for column in range(targets.shape[1])
    )
    table = np.zeros((counts.shape[1], len(STANCES) + 1), dtype=np.float32)
    table[:, -1] = idf**2
    for column, one in enumerate(fitted):
        table[kept, column] = one.coef_[0] * idf[kept]
    return LinearModel(recipe.spec, table, tuple(float(one.intercept_[0]) for one in fitted))


def linear_logits(model: LinearModel, counts: sparse.csr_matrix) -> FloatArray:
    """The model's scores for counted features, (n, labels)."""
    sums = counts @ model.table
    lengths = np.sqrt(np.maximum(sums[:, -1:], 1e-12))
    return np.asarray(sums[:, :-1] / lengths + np.asarray(model.intercepts), dtype=np.float32)


def row_lengths(counts: sparse.csr_matrix, idf: FloatArray) -> FloatArray:
    """What a row is divided by: the root of the sum, over its occurrences, of idf squared."""
    return np.sqrt(np.maximum(counts @ (idf**2), 1e-12))


def _fit_one(
    features: sparse.csr_matrix, target: IntArray, recipe: BaselineRecipe
) -> LogisticRegression:
    model = LogisticRegression(
        C=recipe.inverse_regularisation,
        solver="liblinear",
        random_state=recipe.seed,
        max_iter=60,
        tol=1e-3,
    )
    return model.fit(features, target)


def _check_learnable(targets: IntArray, folds: int) -> None:
    if folds < 2:
        raise DataError("all sentences are of one document; give `doc` or `id` values that differ")
    for label, count in zip(STANCES, targets.sum(axis=0), strict=True):
        if count < 2 * folds:
            raise DataError(
                f"label {label!r} has {count} sentences; at least {2 * folds} are needed to train"
            )
    if (targets.sum(axis=1) == 0).sum() < 2 * folds:
        raise DataError(f"fewer than {2 * folds} sentences without a label; add such rows")
