"""Tables as sources: each row of a CSV, TSV, JSONL or Parquet file is a document."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from stance.batch.work import Entry, refuse
from stance.errors import DataError, MissingExtraError

_TEXT: Final = ("text",)
_ID: Final = ("id", "doc")


@dataclass(frozen=True, slots=True)
class TableColumns:
    """The columns that hold the texts and their names; None takes the usual ones.

    The usual ones are `text`, and `id` or `doc`; without an id, a document is called "row 7".
    """

    text: str | None = None
    id: str | None = None

    def find(self, found: Iterable[object], where: str) -> tuple[str, str | None]:
        """The columns to take among those `found`; raises DataError where one is missing."""
        columns = [str(one) for one in found]
        text = self._pick(columns, self.text, _TEXT, where)
        if text is None:
            raise DataError(
                f"{where}: no column 'text'; found {', '.join(columns) or 'none'}; "
                "name the column with --text-column"
            )
        return text, self._pick(columns, self.id, _ID, where)

    @staticmethod
    def _pick(
        columns: list[str], named: str | None, usual: tuple[str, ...], where: str
    ) -> str | None:
        if named is None:
            return next((one for one in usual if one in columns), None)
        if named not in columns:
            raise DataError(f"{where}: no column {named!r}; found {', '.join(columns)}")
        return named


def _csv(path: Path, columns: TableColumns, delimiter: str = ",") -> Iterator[Entry]:
    csv.field_size_limit(2**31 - 1)  # the usual limit, 131 072 characters, is less than a document
    rows: Iterator[Mapping[str, object]]
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file, delimiter=delimiter, strict=True)
            text, name = columns.find(rows.fieldnames or (), str(path))
            yield from _entries(rows, text, name)
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: not UTF-8 ({error}); save it as UTF-8") from None
    except (OSError, csv.Error) as error:
        raise DataError(f"{path}: cannot be read as CSV: {error}") from None


def _jsonl(path: Path, columns: TableColumns) -> Iterator[Entry]:
    chosen: tuple[str, str | None] | None = None
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                if not line.strip():
                    continue
                try:
                    row = json.loads(line)
                except ValueError as error:
                    row = f"not JSON ({error})"
                if not isinstance(row, dict):
                    what = row if isinstance(row, str) else f"a JSON {type(row).__name__}"
                    reason = f"{path}:{number}: {what}; expected a JSON object a line"
                    stamp = hashlib.sha256(line).hexdigest()
                    yield Entry(f"row {number}", len(line), stamp, partial(refuse, reason))
                    continue
                chosen = chosen or columns.find(row, f"{path}:{number}")
                yield _entry(row, *chosen, number)
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error}") from None


def _parquet(path: Path, columns: TableColumns) -> Iterator[Entry]:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise MissingExtraError("reading Parquet", "parquet") from None
    try:
        with pq.ParquetFile(path) as file:
            text, name = columns.find(file.schema_arrow.names, str(path))
            taken = [text] if name is None else [text, name]
            batches = file.iter_batches(batch_size=256, columns=taken)
            yield from _entries((row for one in batches for row in one.to_pylist()), text, name)
    except (OSError, pa.ArrowException) as error:
        raise DataError(f"{path}: cannot be read as Parquet: {error}") from None


def _entries(rows: Iterable[Mapping[str, object]], text: str, name: str | None) -> Iterator[Entry]:
    for number, row in enumerate(rows, 1):
        yield _entry(row, text, name, number)


def _entry(row: Mapping[str, object], text: str, name: str | None, number: int) -> Entry:
    value = row.get(text)
    given = None if name is None else row.get(name)
    called = str(given) if given not in (None, "") else f"row {number}"
    called = called.encode("utf-8", "backslashreplace").decode()
    if not isinstance(value, str):
        reason = f"{called}: {text!r} is {value!r}; expected a text"
        return Entry(called, 0, repr(value), partial(refuse, reason))
    data = value.encode("utf-8", "surrogatepass")
    return Entry(called, len(data), hashlib.sha256(data).hexdigest(), lambda: value)


TABLES: Final[dict[str, Callable[[Path, TableColumns], Iterator[Entry]]]] = {
    ".csv": _csv,
    ".tsv": partial(_csv, delimiter="\t"),
    ".jsonl": _jsonl,
    ".parquet": _parquet,
}
"""How a table is read, by its suffix."""
