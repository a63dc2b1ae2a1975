"""Challenge sets: small sets of written sentences, each with one difficulty, in six languages.

A file of the folder is a set, its name the difficulty. Sentences of a `group` are versions of
one another (another country, another language, a noisy copy) and should get equal labels.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from stance.errors import DataError
from stance.labels import STANCES, Stance
from training.corpus import Example, read_examples
from training.evaluation import metrics
from training.evaluation.measure import Scored, agreement, counted
from training.evaluation.metrics import Agreement

CHALLENGES = Path(__file__).parents[2] / "seeds" / "challenge"
ENTITIES = "entity-swap"
ROBUSTNESS = "robustness"


@dataclass(frozen=True, slots=True)
class Share:
    """Of how many sentences which share is labelled exactly right."""

    sentences: int
    exact: float


@dataclass(frozen=True, slots=True)
class Change:
    """A group whose versions got different labels: for each version its note and its labels."""

    group: str
    versions: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class ChallengeScores:
    """A model's answers to one challenge set.

    `f1` is over all label decisions, NaN where no sentence carries a label. `spread` is the mean
    over groups of the largest difference that a label's probability shows between versions.
    `notes` are by what the sentences say of themselves: the noise, or the country named.
    `leaning` is, for each note, the mean polarity less that of its group, in [-2, 2].
    """

    sentences: int
    exact: float
    f1: float
    languages: Mapping[str, Share]
    notes: Mapping[str, Share]
    groups: Agreement | None
    spread: float
    changes: tuple[Change, ...]
    leaning: Mapping[str, float]


def read_challenges(folder: Path = CHALLENGES) -> dict[str, tuple[Example, ...]]:
    """The sets of a folder by difficulty; raises DataError where it holds none."""
    files = sorted(folder.glob("*.jsonl"))
    if not files:
        raise DataError(
            f"{folder}: no challenge set (.jsonl); they are part of the project's repository"
        )
    return {file.stem: tuple(read_examples(file)) for file in files}


def score_challenge(name: str, scored: Scored) -> ChallengeScores:
    """The scores of the set `name`, with at least one sentence."""
    right = (scored.targets == scored.given).all(axis=1)
    grouped = name in (ENTITIES, ROBUSTNESS)
    totals = counted(scored, by=lambda e: e.lang).sum(axis=(0, 1))
    groups = _groups(scored)
    return ChallengeScores(
        sentences=len(right),
        exact=float(right.mean()),
        f1=float(metrics.micro_f1(totals)),
        languages=_shares(scored, right, lambda e: e.lang),
        notes=_shares(scored, right, lambda e: e.note) if grouped else {},
        groups=agreement(scored),
        spread=_spread(scored, groups),
        changes=tuple(_changes(scored, groups)),
        leaning=_leaning(scored, groups) if name == ENTITIES else {},
    )


def _groups(scored: Scored) -> dict[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    for row, e in enumerate(scored.examples):
        found[e.group].append(row)
    return {group: rows for group, rows in found.items() if len(rows) > 1}


def _shares(
    scored: Scored, right: metrics.BoolArray, by: Callable[[Example], str]
) -> dict[str, Share]:
    parts: dict[str, list[bool]] = defaultdict(list)
    for e, exact in zip(scored.examples, right, strict=True):
        parts[by(e)].append(bool(exact))
    return {name: Share(len(parts[name]), float(np.mean(parts[name]))) for name in sorted(parts)}


def _spread(scored: Scored, groups: Mapping[str, list[int]]) -> float:
    largest = [float(np.ptp(scored.probabilities[rows], axis=0).max()) for rows in groups.values()]
    return float(np.mean(largest)) if largest else float("nan")


def _changes(scored: Scored, groups: Mapping[str, list[int]]) -> list[Change]:
    given = scored.given
    changed = {g: rows for g, rows in groups.items() if (given[rows] != given[rows[0]]).any()}
    return [
        Change(
            group,
            tuple(
                (
                    scored.examples[row].note or scored.examples[row].lang,
                    tuple(s for s, said in zip(STANCES, given[row], strict=True) if said),
                )
                for row in rows
            ),
        )
        for group, rows in changed.items()
    ]


def _leaning(scored: Scored, groups: Mapping[str, list[int]]) -> dict[str, float]:
    p = scored.probabilities
    polarity = polarity_scores(p)
    shifts: dict[str, list[float]] = defaultdict(list)
    for rows in groups.values():
        mean = polarity[rows].mean()
        for row in rows:
            shifts[scored.examples[row].note].append(float(polarity[row] - mean))
    return {note: float(np.mean(shifts[note])) for note in sorted(shifts)}


def polarity_scores(probabilities: metrics.FloatArray) -> metrics.FloatArray:
    """`Prediction.polarity_score` of each row, (n, 4) to (n,), in [-1, 1]."""
    sides = np.asarray([s.polarity for s in Stance])
    return np.asarray(
        probabilities[:, sides > 0].max(axis=1) - probabilities[:, sides < 0].max(axis=1)
    )
