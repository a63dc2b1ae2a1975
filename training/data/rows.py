"""Rows of labelled data as their files hold them, each with its place; nothing is refused here."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stance.errors import DataError
from stance.labels import STANCES
from training.corpus import (
    LABEL_COLUMNS,
    TEXT_COLUMNS,
    UNDECODABLE,
    data_files,
    data_suffix,
    read_text,
)


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong in a file. `where` is `file:line`."""

    where: str
    message: str


@dataclass(frozen=True, slots=True)
class Row:
    """One row. `where` is `file:line`; `values` has a list for each list, from CSV too."""

    where: str
    values: Mapping[str, Any]


def read_rows(path: Path) -> Iterator[Row | Problem]:
    """Every row of a .jsonl or .csv file, plain or .xz; a Problem for each line that is none."""
    try:
        text = read_text(path)
    except UNDECODABLE as error:
        yield Problem(f"{path}:1", f"cannot be decoded as UTF-8 ({error}); save it as UTF-8")
        return
    yield from _csv_rows(text, path) if data_suffix(path) == ".csv" else _json_rows(text, path)


def rows_of(paths: Iterable[Path]) -> list[Row]:
    """The rows of several files; raises DataError for the first line that is none."""
    rows = []
    for path in data_files(paths):
        for row in read_rows(path):
            if isinstance(row, Problem):
                raise DataError(f"{row.where}: {row.message}")
            rows.append(row)
    return rows


def split_labels(cell: str) -> list[str]:
    """The labels of one CSV cell, which `|`, `;` or `,` parts; `none` and nothing are no label."""
    for separator in "|;":
        cell = cell.replace(separator, ",")
    parts = (part.strip().lower() for part in cell.split(","))
    return [part for part in parts if part not in ("", "none")]


def in_order(labels: str | list[str]) -> list[str]:
    """Known labels once each, in STANCES order, whatever their case."""
    parts = split_labels(labels) if isinstance(labels, str) else [str(p).lower() for p in labels]
    return [stance for stance in STANCES if stance in parts]


def _json_rows(text: str, path: Path) -> Iterator[Row | Problem]:
    for number, line in enumerate(io.StringIO(text), 1):
        where = f"{path}:{number}"
        if not line.strip():
            continue
        try:
            values = json.loads(line)
        except json.JSONDecodeError as error:
            yield Problem(where, f"not JSON ({error})")
            continue
        if isinstance(values, dict):
            yield Row(where, renamed(values))
        else:
            yield Problem(where, f"expected a JSON object, got {type(values).__name__}")


def _csv_rows(text: str, path: Path) -> Iterator[Row | Problem]:
    # The csv module refuses fields over 131 072 characters by default; a long sentence is no error.
    csv.field_size_limit(2**31 - 1)
    reader = csv.DictReader(io.StringIO(text, newline=""))
    try:
        for cells in reader:
            where = f"{path}:{reader.line_num}"
            if None in cells:
                yield Problem(where, f"more cells than the {len(reader.fieldnames or ())} columns")
                continue
            yield Row(where, renamed({k: _value(k, v) for k, v in cells.items() if v is not None}))
    except csv.Error as error:
        yield Problem(f"{path}:{reader.line_num}", f"not CSV ({error})")


def _value(column: str, cell: str) -> object:
    if column in ("explicit", *LABEL_COLUMNS):
        return split_labels(cell)
    if column == "unsure":
        return cell.strip().lower() in ("true", "1", "yes")
    if column == "readings":
        # A list of lists stands in a cell as JSON; what is none is left for the checks to name.
        try:
            return json.loads(cell or "[]")
        except json.JSONDecodeError:
            return cell
    return cell


def renamed(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values with the accepted other names of text and labels replaced by the usual one."""
    names = {other: columns[0] for columns in (TEXT_COLUMNS, LABEL_COLUMNS) for other in columns}
    renamed = {}
    for column, value in values.items():
        usual = names.get(column, column)
        renamed[column if usual in values and usual != column else usual] = value
    return renamed
