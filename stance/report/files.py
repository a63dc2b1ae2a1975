"""Reads back the predictions that `stance predict` and `stance batch` wrote."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from stance.errors import DataError, MissingExtraError
from stance.labels import STANCES, Stance
from stance.records import Kind, Prediction, Sentence

_SUFFIXES: Final = (".jsonl", ".csv", ".parquet")


def is_predictions(path: Path) -> bool:
    """Whether a path is a file of predictions by its suffix, or a folder with Parquet files."""
    if path.is_dir():
        return any(part.is_file() for part in path.glob("*.parquet"))
    return path.suffix.lower() in _SUFFIXES


def read_predictions(path: Path) -> Iterator[Prediction]:
    """The predictions in a JSONL, CSV or Parquet file, or in a folder of Parquet files, in order.

    They are read as they are asked for. Raises DataError that names the file and the line for a
    record that is not a prediction's.
    """
    if path.is_dir():
        for part in sorted(path.glob("*.parquet")):
            yield from read_predictions(part)
        return
    read = {".csv": _csv, ".parquet": _parquet}.get(path.suffix.lower(), _jsonl)
    try:
        for number, record in read(path):
            yield _prediction(record, f"{path}:{number}")
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path}: cannot be read: {error}") from error


def _jsonl(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    with path.open(encoding="utf-8-sig") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                yield number, json.loads(line)
            except ValueError as error:
                raise DataError(
                    f"{path}:{number}: not JSON ({error}); expected one record a line"
                ) from error


def _csv(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    csv.field_size_limit(2**31 - 1)  # the usual limit, 131 072 characters, is less than a text
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file)
        for row in rows:
            yield rows.line_num, row


def _parquet(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    try:
        arrow = import_module("pyarrow")
        parquet = import_module("pyarrow.parquet")
    except ImportError:
        raise MissingExtraError("reading Parquet", "parquet") from None
    try:
        with parquet.ParquetFile(path) as file:
            batches = file.iter_batches(batch_size=1024)
            yield from enumerate((row for batch in batches for row in batch.to_pylist()), 1)
    except arrow.ArrowException as error:
        raise DataError(f"{path}: not a Parquet file, or a damaged one: {error}") from error


def _prediction(record: Mapping[str, Any], where: str) -> Prediction:
    """A record as a Prediction; in CSV all values are strings, and so they may be anywhere."""
    try:
        scores = record.get("scores") or record
        labels = record["labels"]
        if isinstance(labels, str):
            labels = labels.split("|") if labels else []
        page = record["page"]
        return Prediction(
            doc=str(record["doc"]),
            sent=int(record["sent"]),
            sentence=Sentence(
                start=int(record["start"]),
                end=int(record["end"]),
                text=str(record["text"]),
                kind=Kind(record["kind"]),
                language=str(record["lang"]),
                page=None if page in (None, "") else int(page),
            ),
            scores=tuple(_probability(scores[stance]) for stance in STANCES),
            labels=tuple(Stance(label).value for label in labels),
            model=str(record["model"]),
            truncated=str(record["truncated"]).lower() in ("true", "1"),
        )
    except KeyError as error:
        raise DataError(f"{where}: no {error}; {_EXPECTED}") from None
    except (AttributeError, TypeError, ValueError) as error:
        raise DataError(f"{where}: {error}; {_EXPECTED}") from None


_EXPECTED: Final = "expected a record as `stance predict -f jsonl` or `stance batch` writes it"


def _probability(value: Any) -> float:
    probability = float(value)
    if not 0 <= probability <= 1:
        raise ValueError(f"score {value} is outside [0, 1]")
    return probability
