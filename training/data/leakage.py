"""Finds training sentences that give away held-out ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from training.corpus import Example
from training.data.duplicates import Duplicate
from training.data.tables import Cell, Table
from training.splits import Part, held_out_ids, select


@dataclass(frozen=True, slots=True)
class Leak:
    """A training sentence and a held-out one that share a `cause`: document, group or text."""

    cause: str
    part: str
    training: Example
    held_out: Example
    similarity: float | None = None


def parts_of(
    examples: Sequence[Example], held_out: Sequence[Example] = ()
) -> dict[str, list[Example]]:
    """The examples by part: train, validation and test by the project's lists, and `held out`.

    Training leaves out what training leaves out: evaluate-only rows and copies of held-out ones.
    """
    ids = held_out_ids(Part.VALIDATION) | held_out_ids(Part.TEST) | {e.id for e in held_out}
    parts = {str(part): select(examples, part) for part in (Part.VALIDATION, Part.TEST)}
    parts["held out"] = list(held_out)
    training = [e for e in select(examples, Part.TRAIN) if e.id not in ids]
    return {"train": training} | {name: part for name, part in parts.items() if part}


def leaks(parts: Mapping[str, Sequence[Example]], duplicates: Iterable[Duplicate]) -> list[Leak]:
    """What the part `train` shares with each other part: documents, groups, and `duplicates`."""
    duplicates = list(duplicates)
    found: list[Leak] = []
    training = parts["train"]
    for name, held_out in parts.items():
        if name == "train":
            continue
        for cause, column in (("document", "doc"), ("group", "group")):
            known = {getattr(e, column): e for e in training}
            found += [
                Leak(cause, name, known[getattr(e, column)], e)
                for e in held_out
                if getattr(e, column) in known
            ]
        inside, outside = {id(e) for e in held_out}, {id(e) for e in training}
        for pair in duplicates:
            for one, other in ((pair.first, pair.second), (pair.second, pair.first)):
                if id(one) in outside and id(other) in inside:
                    found.append(Leak("text", name, one, other, pair.similarity))
    return found


def leak_table(parts: Mapping[str, Sequence[Example]], found: Iterable[Leak]) -> Table:
    """For each held-out part, how many of its sentences training gives away, by cause."""
    given_away: dict[tuple[str, str], set[tuple[str, str]]] = {}
    for leak in found:
        known = given_away.setdefault((leak.part, leak.cause), set())
        known.add((leak.held_out.id, leak.held_out.lang))
    causes = ("document", "group", "text")
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (name, len(part), *(len(given_away.get((name, cause), ())) for cause in causes))
        for name, part in parts.items()
        if name != "train"
    )
    columns = ("part", "sentences", "same document", "same group", "near-duplicate text")
    return Table(
        f"Held-out sentences that {len(parts['train'])} training rows give away", columns, rows
    )
