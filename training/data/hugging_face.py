"""Hugging Face `datasets` folders, as `datasets.load_from_disk` reads them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from stance.errors import DataError, MissingExtraError
from stance.labels import STANCES
from training.data.rows import Problem, Row, renamed

LABEL_LISTS = ("labels", "explicit")


def write(rows: Sequence[Mapping[str, Any]], folder: Path) -> None:
    """Save the rows as a dataset; labels and explicit are `Sequence(ClassLabel)` in STANCES order.

    A column that a row lacks is null there. Raises DataError where a column has values of several
    types, MissingExtraError without the package `datasets`.
    """
    datasets = _datasets()
    columns = list(dict.fromkeys(column for row in rows for column in row))
    types = {
        c: _feature(datasets, c, [r[c] for r in rows if r.get(c) is not None]) for c in columns
    }
    table = {column: [row.get(column) for row in rows] for column in columns}
    dataset = datasets.Dataset.from_dict(table, features=datasets.Features(types))
    dataset.save_to_disk(str(folder))


def read(folder: Path) -> Iterator[Row | Problem]:
    """The rows of a saved dataset; nulls are left out, class numbers become names.

    Raises DataError where the folder is no dataset or holds several splits.
    """
    datasets = _datasets()
    try:
        dataset = datasets.load_from_disk(str(folder))
    except FileNotFoundError as error:
        raise DataError(f"{folder}: no dataset saved with save_to_disk ({error})") from None
    if isinstance(dataset, datasets.DatasetDict):
        splits = list(dataset)
        raise DataError(
            f"{folder}: holds the splits {', '.join(splits)}; name one, as {folder / splits[0]}"
        )
    for number, values in enumerate(dataset, 1):
        named = {
            column: _named(dataset.features[column], value)
            for column, value in values.items()
            if value is not None
        }
        yield Row(f"{folder}: row {number}", renamed(named))


def _datasets() -> Any:
    try:
        import datasets
    except ImportError:
        raise MissingExtraError("a Hugging Face dataset", "train") from None
    datasets.disable_progress_bars()
    return datasets


def _feature(datasets: Any, column: str, values: Sequence[object]) -> Any:
    label = datasets.ClassLabel(names=list(STANCES))
    if column in LABEL_LISTS:
        return datasets.Sequence(label)
    if column == "readings":
        return datasets.Sequence(datasets.Sequence(label))
    types = {type(value) for value in values}
    for kind, name in ((str, "string"), (bool, "bool"), (int, "int64"), (float, "float64")):
        if types <= {kind}:
            return datasets.Value(name)
    found = ", ".join(sorted(t.__name__ for t in types))
    raise DataError(
        f"column {column!r} holds {found}; a dataset needs text, numbers or truth values"
    )


def _named(feature: Any, value: Any) -> Any:
    """The value with class numbers replaced by names, in lists of any depth."""
    if isinstance(value, list):
        inner = getattr(feature, "feature", feature)
        return [_named(inner, one) for one in value]
    if hasattr(feature, "int2str") and isinstance(value, int):
        return feature.int2str(value)
    return value
