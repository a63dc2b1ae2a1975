"""What models make of the challenge sets, as tables."""

from __future__ import annotations

from collections.abc import Sequence

from training.evaluation.challenge import ENTITIES, ROBUSTNESS, ChallengeScores
from training.evaluation.report import ModelReport
from training.evaluation.tables import UNDEFINED, Table, named, number, share

_SHOWN_CHANGES = 12


def challenge_tables(models: Sequence[ModelReport]) -> list[Table]:
    """Right answers, consistency, noise, names; for one model alone the groups that it changed."""
    kinds = sorted({kind for model in models for kind in model.challenge})
    found = [_challenge(kinds, models), _consistency(kinds, models), _noise(models)]
    found.append(_leaning(models))
    if len(models) == 1 and ENTITIES in models[0].challenge:
        found.append(_changes(models[0]))
    return [table for table in found if table.rows]


def _challenge(kinds: Sequence[str], models: Sequence[ModelReport]) -> Table:
    def cell(scores: ChallengeScores | None) -> str:
        if scores is None:
            return UNDEFINED
        return f"{share(scores.exact)} ({number(scores.f1)})"

    rows = tuple(
        (_sizes(kind, models), *(cell(model.challenge.get(kind)) for model in models))
        for kind in kinds
    )
    note = (
        "Share of sentences whose label set is exactly right, and in brackets micro-F1 (undefined "
        "where no sentence carries a label). The number of sentences stands after the name."
    )
    return Table("Challenge sets", ("set", *map(named, models)), rows, note)


def _consistency(kinds: Sequence[str], models: Sequence[ModelReport]) -> Table:
    def cell(scores: ChallengeScores | None) -> str:
        if scores is None or scores.groups is None:
            return UNDEFINED
        return f"{share(scores.groups.all_equal)} ({number(scores.spread)})"

    grouped = [k for k in kinds if any(k in m.challenge and m.challenge[k].groups for m in models)]
    rows = tuple((kind, *(cell(m.challenge.get(kind)) for m in models)) for kind in grouped)
    note = (
        "Share of groups whose versions all get the same labels, and in brackets the mean over "
        "groups of the largest difference in a label's probability."
    )
    return Table("Challenge sets: consistency", ("set", *map(named, models)), rows, note)


def _noise(models: Sequence[ModelReport]) -> Table:
    scored = [m.challenge[ROBUSTNESS].notes if ROBUSTNESS in m.challenge else {} for m in models]
    noises = sorted({noise for notes in scored for noise in notes})
    rows = tuple(
        (noise, *(share(n[noise].exact) if noise in n else UNDEFINED for n in scored))
        for noise in noises
    )
    note = "Share of sentences whose label set is exactly right, by the noise put on them."
    return Table("Challenge sets: noise", ("noise", *map(named, models)), rows, note)


def _leaning(models: Sequence[ModelReport]) -> Table:
    shifts = {m.name: m.challenge[ENTITIES].leaning for m in models if ENTITIES in m.challenge}
    names = sorted({name for found in shifts.values() for name in found})
    rows = tuple(
        (name, *(_signed(shifts.get(m.name, {}).get(name)) for m in models)) for name in names
    )
    note = (
        "Mean polarity (-1 negative to +1 positive) of sentences that name it, less that of the "
        "same sentences with other names; 0 is unbiased."
    )
    return Table("Entity swap: leaning by name", ("name", *map(named, models)), rows, note)


def _changes(model: ModelReport) -> Table:
    changes = model.challenge[ENTITIES].changes
    rows = []
    for change in changes[:_SHOWN_CHANGES]:
        names: dict[str, list[str]] = {}
        for note, labels in change.versions:
            names.setdefault(" + ".join(labels) or "none", []).append(note)
        given = "; ".join(f"{labels}: {', '.join(found)}" for labels, found in names.items())
        rows.append((change.group, given))
    note = f"{len(changes)} groups changed; {len(rows)} are shown."
    return Table("Entity swap: changed labels", ("group", "given"), tuple(rows), note)


def _sizes(kind: str, models: Sequence[ModelReport]) -> str:
    return f"{kind} ({max(m.challenge[kind].sentences for m in models if kind in m.challenge)})"


def _signed(shift: float | None) -> str:
    return UNDEFINED if shift is None else f"{shift:+.3f}"
