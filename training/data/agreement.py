"""How far two readers of the same rows agree."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from stance.labels import STANCES
from training.data.rows import Row
from training.data.tables import Cell, Table

Pair = tuple[frozenset[str], frozenset[str]]


def kappa(first: Sequence[bool], second: Sequence[bool]) -> float:
    """Cohen's kappa (Cohen 1960) of two readers' marks, in [-1, 1].

    NaN where it is undefined: no rows, or chance alone would make the readers agree everywhere.
    """
    total = len(first)
    if not total:
        return float("nan")
    observed = sum(a == b for a, b in zip(first, second, strict=True)) / total
    yes, also = sum(first) / total, sum(second) / total
    chance = yes * also + (1 - yes) * (1 - also)
    return (observed - chance) / (1 - chance) if chance < 1 else float("nan")


def agreement_table(rows: Iterable[Row]) -> Table | None:
    """Kappa by language and label over the rows' first two `readings`; None where no row has two.

    `alike` is the share of rows to which both readers gave the same labels.
    """
    pairs: dict[str, list[Pair]] = {}
    for row in rows:
        readings = row.values.get("readings") or []
        if len(readings) > 1:
            language = str(row.values.get("lang", "und"))
            pair = frozenset(readings[0]), frozenset(readings[1])
            pairs.setdefault(language, []).append(pair)
    if not pairs:
        return None
    languages = sorted(pairs.items())
    if len(languages) > 1:
        languages.append(("all", [pair for _, chosen in languages for pair in chosen]))
    lines: list[tuple[Cell, ...]] = []
    for language, chosen in languages:
        marks = ([(s in a, s in b) for a, b in chosen] for s in STANCES)
        kappas = (kappa([a for a, _ in m], [b for _, b in m]) for m in marks)
        differ = sum(a != b for a, b in chosen)
        lines.append((language, len(chosen), differ, 1 - differ / len(chosen), *kappas))
    columns = ("language", "read twice", "differ", "alike", *STANCES)
    return Table("Agreement of two readers (kappa by label)", columns, tuple(lines))
