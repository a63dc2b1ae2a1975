"""Labelled sentences: reading them from JSONL or CSV, with errors that name file and line."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import lzma
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stance.errors import DataError
from stance.labels import STANCES

TEXT_COLUMNS = ("text", "sentence")
LABEL_COLUMNS = ("labels", "label")
SUFFIXES = (".jsonl", ".csv")
UNDECODABLE = (UnicodeDecodeError, lzma.LZMAError)


@dataclass(frozen=True, slots=True)
class Example:
    """One labelled sentence in one language.

    `group` is shared by the translations of a sentence, `doc` by the sentences of a document; a
    split never separates either. `explicit` are the labels that a word of the sentence names.
    `unsure` marks a row whose annotator hesitated. `evaluate_only` rows are never trained on.
    `probabilities`, in STANCES order, are there where a model gave the labels.
    """

    id: str
    text: str
    labels: tuple[str, ...]
    lang: str = "und"
    group: str = ""
    doc: str = ""
    source: str = ""
    genre: str = ""
    note: str = ""
    explicit: tuple[str, ...] = ()
    unsure: bool = False
    evaluate_only: bool = False
    probabilities: tuple[float, ...] = ()


def read_examples(path: Path) -> list[Example]:
    """Read labelled sentences from a .jsonl or .csv file, plain or compressed with xz.

    A JSONL row has `text` (a string, or a mapping of language to text for translations of one
    sentence) and `labels` (a list, empty for none); a CSV row has the columns text and labels,
    the labels of one cell separated by `|`, `;` or `,`. Other columns of Example are optional.

    Raises DataError with file and line for the first broken row, and for a file without rows.
    """
    kind = _known_suffix(path)
    try:
        text = read_text(path)
    except UNDECODABLE as error:
        raise DataError(f"{path}: cannot be decoded as UTF-8 ({error}); save it as UTF-8") from None
    rows = _json_rows(text, path) if kind == ".jsonl" else _csv_rows(text, path)
    examples = [example for line, row in rows for example in _examples(row, f"{path}:{line}")]
    if not examples:
        raise DataError(f"{path}: holds no labelled sentence")
    return examples


def read_text(path: Path) -> str:
    """The text of a UTF-8 file, plain or .xz; raises one of UNDECODABLE for another."""
    raw = path.read_bytes()
    return (lzma.decompress(raw) if path.suffix == ".xz" else raw).decode("utf-8-sig")


def read_many(paths: Iterable[Path]) -> list[Example]:
    """Read several files, and every .jsonl and .csv of a folder, in order of name."""
    return [example for file in data_files(paths) for example in read_examples(file)]


def data_files(paths: Iterable[Path]) -> list[Path]:
    """The files meant by `paths`: of a folder every .jsonl and .csv, plain or .xz, by name.

    Raises DataError for a path that is missing, of another format, or an empty folder.
    """
    files: list[Path] = []
    for path in paths:
        if path.is_dir():
            found = sorted(p for p in path.iterdir() if data_suffix(p) in SUFFIXES)
            if not found:
                raise DataError(f"{path}: no .jsonl or .csv file in this folder")
            files.extend(found)
        else:
            _known_suffix(path)
            files.append(path)
    return files


def data_suffix(path: Path) -> str:
    """The file's suffix, without a last .xz."""
    return Path(path.name.removesuffix(".xz")).suffix


def _known_suffix(path: Path) -> str:
    if not path.is_file():
        raise DataError(f"{path}: no such file or folder")
    suffix = data_suffix(path)
    if suffix not in SUFFIXES:
        raise DataError(
            f"{path}: unknown data format {suffix!r}; expected .jsonl, .csv, or .xz of one"
        )
    return suffix


def checked_output(path: Path) -> Path:
    """`path` with its folder made; raises DataError where no .jsonl file can be written there."""
    if path.is_dir() or path.suffix != ".jsonl":
        raise DataError(f"{path}: expected the name of a .jsonl file")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(f"{path}: cannot be written ({error})") from None
    return path


def write_rows(rows: Iterable[Mapping[str, Any]], path: Path) -> None:
    """Write rows as JSONL; `checked_output` tells beforehand whether that can be done."""
    with checked_output(path).open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def target_matrix(examples: Iterable[Example]) -> list[list[int]]:
    """The labels as rows of 0 and 1 in STANCES order."""
    return [[int(stance in example.labels) for stance in STANCES] for example in examples]


def languages_of(examples: Iterable[Example]) -> list[str]:
    """The language codes that occur, sorted."""
    return sorted({example.lang for example in examples})


def data_digest(examples: Iterable[Example]) -> str:
    """A SHA-256 over ids, languages, texts and labels: equal for equal training data."""
    digest = hashlib.sha256()
    for e in examples:
        soft = [str(p) for p in e.probabilities]
        digest.update("\0".join((e.id, e.lang, e.text, *e.labels, *soft, "\n")).encode())
    return digest.hexdigest()


def _json_rows(text: str, path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for number, line in enumerate(io.StringIO(text), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            raise DataError(f"{path}:{number}: not JSON ({error})") from None
        if not isinstance(row, dict):
            raise DataError(f"{path}:{number}: expected a JSON object, got {type(row).__name__}")
        yield number, row


def _csv_rows(text: str, path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    # The csv module refuses fields over 131 072 characters by default; a long sentence is no error.
    csv.field_size_limit(2**31 - 1)
    reader = csv.DictReader(io.StringIO(text, newline=""))
    try:
        for row in reader:
            yield reader.line_num, {k: v for k, v in row.items() if k is not None and v is not None}
    except csv.Error as error:
        raise DataError(f"{path}:{reader.line_num}: not CSV ({error})") from None


def _examples(row: Mapping[str, Any], where: str) -> Iterator[Example]:
    text = _first(row, TEXT_COLUMNS, where)
    labels = _labels(_first(row, LABEL_COLUMNS, where), where)
    explicit = _labels(row.get("explicit") or (), where)
    probabilities = _probabilities(row.get("probabilities"), where)
    texts = text if isinstance(text, Mapping) else {str(row.get("lang") or "und"): text}
    identity = str(row.get("id") or where)
    for lang, sentence in texts.items():
        if not isinstance(sentence, str) or not sentence.strip():
            raise DataError(f"{where}: 'text' is {sentence!r}; expected a sentence")
        yield Example(
            id=identity,
            text=sentence,
            labels=labels,
            lang=lang,
            group=str(row.get("group") or identity),
            doc=str(row.get("doc") or identity),
            source=str(row.get("source") or ""),
            genre=str(row.get("genre") or ""),
            note=str(row.get("note") or ""),
            explicit=explicit,
            unsure=str(row.get("unsure") or "").strip().lower() in ("true", "1", "yes"),
            evaluate_only=row.get("use") == "evaluate-only",
            probabilities=probabilities,
        )


def _first(row: Mapping[str, Any], names: tuple[str, ...], where: str) -> Any:
    for name in names:
        if name in row:
            return row[name]
    found = ", ".join(map(str, row)) or "none"
    raise DataError(f"{where}: no column {names[0]!r}; found {found}; rename or add the column")


def _probabilities(value: object, where: str) -> tuple[float, ...]:
    if not value:
        return ()
    if not isinstance(value, Mapping) or set(value) != set(STANCES):
        raise DataError(f"{where}: probabilities are {value!r}; expected one for each stance")
    numbers = tuple(value[stance] for stance in STANCES)
    if not all(isinstance(n, int | float) and 0 <= n <= 1 for n in numbers):
        raise DataError(f"{where}: probabilities are {value!r}; expected numbers in [0, 1]")
    return tuple(map(float, numbers))


def _labels(value: object, where: str) -> tuple[str, ...]:
    if isinstance(value, str):
        for separator in "|;":
            value = value.replace(separator, ",")
        value = [part.strip() for part in value.split(",")]
    if not isinstance(value, list | tuple):
        raise DataError(f'{where}: labels are {value!r}; expected a list such as ["concern"]')
    names = {str(part).strip().lower() for part in value} - {"", "none"}
    for name in sorted(names):
        if name not in STANCES:
            expected = ", ".join(STANCES)
            raise DataError(f"{where}: label {name!r} unknown; expected one of {expected}, or none")
    return tuple(stance for stance in STANCES if stance in names)
