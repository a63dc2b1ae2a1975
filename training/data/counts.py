"""Counts labelled sentences: by language, label, genre, kind of none and length."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from statistics import quantiles

from stance.labels import STANCES
from training.corpus import Example
from training.data.checks import NONE_NOTES, STANCE_NOTES
from training.data.tables import Cell, Table

UNSPACED = ("zh", "ja", "th")
SHORT, LONG = 9, 40
# A word of running text in the five spaced languages is about two Chinese characters.
CHARACTERS_A_WORD = 2


def count_tables(examples: Sequence[Example]) -> list[Table]:
    """The tables that the data has columns for; empty without examples."""
    if not examples:
        return []
    tables = [_rows(examples), _labels(examples)]
    if any(e.genre for e in examples):
        tables.append(_genres(examples))
    if any(e.note for e in examples):
        tables.append(_notes(examples))
    return [*tables, _lengths(examples)]


def length(example: Example) -> int:
    """Words, or characters in a language that is written without spaces."""
    return len(example.text) if example.lang in UNSPACED else len(example.text.split())


def _rows(examples: Sequence[Example]) -> Table:
    hard = set(NONE_NOTES) - {"plain"}

    def row(chosen: Sequence[Example]) -> tuple[Cell, ...]:
        none = [e for e in chosen if not e.labels]
        several = sum(len(e.labels) > 1 for e in chosen)
        return (
            len(chosen),
            f"{len(none)} ({_percent(len(none), len(chosen))})",
            sum(e.note in hard for e in none),
            len(chosen) - len(none) - several,
            f"{several} ({_percent(several, len(chosen))})",
            len({e.group for e in chosen}),
        )

    columns = ("language", "rows", "none", "hard negatives", "one label", "several", "groups")
    return Table("Rows", columns, _by_language(examples, row))


def _labels(examples: Sequence[Example]) -> Table:
    def row(chosen: Sequence[Example]) -> tuple[Cell, ...]:
        cells = []
        for stance in STANCES:
            carrying = [e for e in chosen if stance in e.labels]
            implicit = sum(stance not in e.explicit for e in carrying)
            cells.append(f"{len(carrying)} ({_percent(implicit, len(carrying))})")
        return tuple(cells)

    title = "Rows that carry a label (share of them implicit)"
    return Table(title, ("language", *STANCES), _by_language(examples, row))


def _genres(examples: Sequence[Example]) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for language, chosen in _languages(examples):
        for genre in dict.fromkeys(sorted(e.genre for e in chosen)):
            inside = [e for e in chosen if e.genre == genre]
            marks = Counter((s, s in e.explicit) for e in inside for s in e.labels)
            none = sum(not e.labels for e in inside)
            pairs = (f"{marks[s, True]} + {marks[s, False]}" for s in STANCES)
            rows.append((language, genre, len(inside), none, *pairs))
    title = "Genres: rows, none, explicit + implicit marks of each label"
    return Table(title, ("language", "genre", "rows", "none", *STANCES), tuple(rows))


def _notes(examples: Sequence[Example]) -> Table:
    languages = [language for language, _ in _languages(examples)]
    counts = Counter((e.note, e.lang) for e in examples)
    known = (*NONE_NOTES, *STANCE_NOTES)
    others = sorted({e.note for e in examples} - {*known, ""})
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (note, *(counts[note, language] for language in languages), _total(counts, note))
        for note in (*known, *others)
    )
    return Table("Notes: kinds of none, then kinds of stance", ("note", *languages, "all"), rows)


def _lengths(examples: Sequence[Example]) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for language, chosen in _languages(examples):
        unit, scale = ("characters", CHARACTERS_A_WORD) if language in UNSPACED else ("words", 1)
        lengths = sorted(length(e) for e in chosen)
        quarters = quantiles(lengths, n=4) if len(lengths) > 1 else lengths * 3
        short = sum(n < SHORT * scale for n in lengths)
        long = sum(n > LONG * scale for n in lengths)
        ends = (_percent(short, len(lengths)), _percent(long, len(lengths)))
        middle = (round(q) for q in quarters)
        rows.append((language, unit, lengths[0], *middle, lengths[-1], *ends))
    title = f"Lengths (short: under {SHORT} words; long: over {LONG}; 2 characters count as a word)"
    columns = ("language", "unit", "least", "quarter", "median", "three quarters", "most")
    return Table(title, (*columns, "short", "long"), tuple(rows))


def _by_language(
    examples: Sequence[Example], row: Callable[[Sequence[Example]], tuple[Cell, ...]]
) -> tuple[tuple[Cell, ...], ...]:
    languages = _languages(examples)
    rows = [(language, *row(chosen)) for language, chosen in languages]
    return (*rows, ("all", *row(examples))) if len(languages) > 1 else tuple(rows)


def _languages(examples: Iterable[Example]) -> list[tuple[str, list[Example]]]:
    by_language: dict[str, list[Example]] = {}
    for example in examples:
        by_language.setdefault(example.lang, []).append(example)
    return sorted(by_language.items())


def _total(counts: Counter[tuple[str, str]], note: str) -> int:
    return sum(n for (one, _), n in counts.items() if one == note)


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f}%" if whole else "–"
