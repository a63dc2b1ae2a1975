"""Validates labelled data and names every fault with its file and line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from stance.labels import STANCES
from training.corpus import data_files
from training.data.rows import Problem, Row, read_rows, split_labels

SEED_LANGUAGES = ("ar", "zh", "en", "fr", "ru", "es")
GENRES = (
    "letter",
    "preamble",
    "operative",
    "prst",
    "speech",
    "briefing",
    "communique",
    "news",
    "social",
)
NONE_NOTES = (
    "plain",
    "courtesy",
    "procedure",
    "thing",
    "demanded",
    "negated",
    "hypothetical",
    "bad-news",
)
STANCE_NOTES = ("cue", "no-cue", "reported", "two", "negation", "odd")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]+)*")


def check_files(paths: Iterable[Path], *, seeds: bool = False) -> list[Problem]:
    """Every fault of the rows in `paths`, in order of file and line.

    `seeds` holds the rows to seeds/GUIDELINES.md as well: languages, genres, notes, ids, readings.
    Raises DataError only where there is nothing to read: no such file, an unknown format.
    """
    problems: list[Problem] = []
    seen: dict[tuple[str, str], str] = {}
    for path in data_files(paths):
        count = 0
        for row in read_rows(path):
            count += 1
            if isinstance(row, Problem):
                problems.append(row)
                continue
            messages = [*row_faults(row.values), *_repeats(row, seen)]
            if seeds:
                messages += _seed_faults(row.values, path)
            problems += [Problem(row.where, message) for message in messages]
        if not count:
            problems.append(Problem(f"{path}:1", "holds no labelled sentence"))
    return problems


def row_faults(values: Mapping[str, Any], *, labelled: bool = True) -> list[str]:
    """What is wrong with one row; `labelled` asks for labels, an empty list for none."""
    faults = _text_faults(values)
    if labelled and "labels" not in values:
        faults.append(_missing("labels", values))
    labels, bad = _label_list(values.get("labels", []), "labels")
    explicit, bad_explicit = _label_list(values.get("explicit") or [], "explicit")
    faults += [*bad, *bad_explicit]
    if not bad and not bad_explicit:
        faults += [
            f"explicit {label!r} is not among the labels {labels}"
            for label in explicit
            if label not in labels
        ]
    readings = values.get("readings", [])
    if not isinstance(readings, list):
        faults.append(f"readings are {readings!r}; expected a list of label lists, one a reader")
    else:
        faults += [fault for one in readings for fault in _label_list(one, "a reading")[1]]
    return faults


def _text_faults(values: Mapping[str, Any]) -> list[str]:
    if "text" not in values:
        return [_missing("text", values)]
    text, lang = values["text"], values.get("lang")
    texts = text if isinstance(text, Mapping) else {lang or "und": text}
    faults = [
        f"text is {one!r}; expected a sentence"
        for one in texts.values()
        if not isinstance(one, str) or not one.strip()
    ]
    return faults + [
        f"language {one!r}; expected an ISO 639 code such as en"
        for one in texts
        if not isinstance(one, str) or not _LANGUAGE.fullmatch(one)
    ]


def _label_list(value: object, column: str) -> tuple[list[str], list[str]]:
    """The labels of a cell, and what is wrong with it."""
    if isinstance(value, str):
        value = split_labels(value)
    if not isinstance(value, list):
        return [], [f'{column} {value!r}; expected a list such as ["concern"], empty for none']
    labels = [str(part).strip().lower() for part in value]
    expected = ", ".join(STANCES)
    faults = [
        f"{column}: label {label!r} unknown; expected one of {expected}"
        for label in dict.fromkeys(labels)
        if label not in (*STANCES, "none", "")
    ]
    faults += [
        f"{column}: label {label!r} stands twice"
        for label in dict.fromkeys(labels)
        if labels.count(label) > 1
    ]
    return labels, faults


def _repeats(row: Row, seen: dict[tuple[str, str], str]) -> list[str]:
    identity = row.values.get("id")
    if identity in (None, ""):
        return []
    key = (str(identity), str(row.values.get("lang", "")))
    first = seen.setdefault(key, row.where)
    return [] if first == row.where else [f"id {identity!r} stands already at {first}"]


def _seed_faults(values: Mapping[str, Any], path: Path) -> list[str]:
    faults = [
        f"{column} {values.get(column)!r} unknown; expected one of {', '.join(expected)}"
        for column, expected in (
            ("lang", SEED_LANGUAGES),
            ("genre", GENRES),
            ("note", (*NONE_NOTES, *STANCE_NOTES)),
        )
        if values.get(column) not in expected
    ]
    lang, note, labels = values.get("lang"), values.get("note"), values.get("labels") or []
    faults += [
        f"no {column!r}" for column in ("group", "explicit", "readings") if _absent(values, column)
    ]
    if not re.fullmatch(rf"{lang}-\d{{4}}", str(values.get("id"))):
        faults.append(f"id {values.get('id')!r}; expected {lang}- and four digits")
    if path.stem != lang:
        faults.append(f"language {lang!r} in the file of {path.stem!r}")
    if note in NONE_NOTES and labels:
        faults.append(f"note {note!r} is for rows without a label; this has {labels}")
    if note in STANCE_NOTES and not labels:
        faults.append(f"note {note!r} is for rows with a label; this has none")
    if note == "two" and len(labels) == 1:
        faults.append("note 'two' is for rows with several labels; this has one")
    if labels != [stance for stance in STANCES if stance in labels]:
        faults.append(f"labels {labels}; expected the order {', '.join(STANCES)}")
    return faults


def _absent(values: Mapping[str, Any], column: str) -> bool:
    return column not in values if column == "explicit" else not values.get(column)


def _missing(column: str, values: Mapping[str, Any]) -> str:
    return f"no {column!r}; found {', '.join(map(str, values)) or 'nothing'}"
