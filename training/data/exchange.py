"""Converts labelled sentences: JSONL, CSV, Hugging Face datasets folders, Label Studio tasks."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from stance.classifiers.base import Classifier
from stance.errors import DataError
from training.corpus import data_suffix
from training.data import hugging_face, label_studio
from training.data.checks import row_faults
from training.data.rows import Problem, Row, in_order, read_rows

Values = dict[str, Any]


class Format(StrEnum):
    """A form that labelled data is kept in, known by its path."""

    JSONL = ".jsonl"
    CSV = ".csv"
    LABEL_STUDIO = ".json"
    HUGGING_FACE = "folder"


def format_of(path: Path) -> Format:
    """The format that a path's suffix names; a path without suffix is a Hugging Face folder."""
    suffix = data_suffix(path)
    if not suffix:
        return Format.HUGGING_FACE
    if suffix in list(Format):
        return Format(suffix)
    raise DataError(
        f"{path}: unknown format {suffix!r}; expected .jsonl, .csv, .json (Label Studio) or a "
        "folder without suffix (Hugging Face datasets)"
    )


@dataclass(frozen=True, slots=True)
class Converted:
    """How many rows were converted, and how many of them have no labels yet."""

    rows: int
    unlabelled: int


def convert(source: Path, target: Path, model: Classifier | None = None) -> Converted:
    """Convert `source` to `target`, each in the format that its name tells.

    With `model`, Label Studio tasks carry its predictions. Raises DataError for a row that the
    target cannot hold, and where the source has a fault; then nothing is written.
    """
    kind = format_of(target)
    if model is not None and kind is not Format.LABEL_STUDIO:
        raise DataError(f"{target}: predictions go into Label Studio tasks; name a .json file")
    rows = read_any(source)
    write: dict[Format, Callable[[Sequence[Values], Path], None]] = {
        Format.JSONL: _write_jsonl,
        Format.CSV: _write_csv,
        Format.HUGGING_FACE: hugging_face.write,
        Format.LABEL_STUDIO: lambda values, path: label_studio.write(values, path, model),
    }
    target.parent.mkdir(parents=True, exist_ok=True)
    write[kind](rows, target)
    return Converted(len(rows), sum("labels" not in row for row in rows))


def read_any(source: Path) -> list[Values]:
    """The rows of a source in any of the formats, one a sentence and language, faultless.

    A row without labels is one that waits for annotation. Raises DataError for the first fault.
    """
    kind = format_of(source)
    if not source.exists():
        raise DataError(f"{source}: no such file or folder")
    found: Iterable[Row | Problem]
    if kind is Format.HUGGING_FACE:
        found = hugging_face.read(source)
    elif kind is Format.LABEL_STUDIO:
        found = label_studio.read(source)
    else:
        found = read_rows(source)
    rows = []
    for row in found:
        if isinstance(row, Problem):
            raise DataError(f"{row.where}: {row.message}")
        for fault in row_faults(row.values, labelled=False):
            raise DataError(f"{row.where}: {fault}")
        rows.extend(_by_language(_canonical(row.values)))
    if not rows:
        raise DataError(f"{source}: holds no sentence")
    return rows


def _canonical(values: Mapping[str, Any]) -> Values:
    """The values with every list of labels in lower case and STANCES order, `none` left out."""
    lists: Values = {
        c: in_order(values[c]) for c in ("labels", "explicit") if values.get(c) is not None
    }
    if values.get("readings"):
        lists["readings"] = [in_order(reading) for reading in values["readings"]]
    return {**values, **lists}


def _by_language(values: Mapping[str, Any]) -> list[Values]:
    """A row whose text is a mapping of language to text, as one row a language."""
    text = values["text"]
    if not isinstance(text, Mapping):
        return [dict(values)]
    return [{**values, "lang": lang, "text": one} for lang, one in text.items()]


def _write_jsonl(rows: Sequence[Values], path: Path) -> None:
    lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    path.write_text("".join(lines), encoding="utf-8")


def _write_csv(rows: Sequence[Values], path: Path) -> None:
    columns = list(dict.fromkeys(column for row in rows for column in row))
    unlabelled = sum("labels" not in row for row in rows)
    if 0 < unlabelled < len(rows):
        raise DataError(
            f"{path}: {unlabelled} rows have no labels yet, which a CSV cannot tell from rows of "
            "no stance; write a .jsonl file"
        )
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(columns)
    writer.writerows([_cell(c, row.get(c)) for c in columns] for row in rows)
    path.write_text(out.getvalue(), encoding="utf-8", newline="")


def _cell(column: str, value: object) -> str:
    if value is None or value is False:
        return ""
    if column in ("labels", "explicit") and isinstance(value, list):
        return "|".join(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
