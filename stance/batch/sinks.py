"""The formats of results, one table of them: Parquet, JSONL, CSV, each with the same record.

A part is encoded by itself; the parts of a JSONL or CSV file are joined behind its header, those
of a Parquet dataset stay files of one folder.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from stance.errors import MissingExtraError, StanceError
from stance.labels import STANCES
from stance.records import Kind, Prediction, Sentence

if TYPE_CHECKING:
    import pyarrow as pa

Chunks = Iterable[Sequence[Prediction]]


@dataclass(frozen=True, slots=True)
class Sink:
    """A format: `encode` gives a part's bytes, `header` stands once before the first part.

    `is_folder` is True where the parts stay files, with `suffix`, of one folder.
    """

    name: str
    suffix: str
    encode: Callable[[Chunks], bytes]
    header: bytes = b""
    is_folder: bool = False


def sink_for(output: Path) -> Sink:
    """The format that an output's name asks for; a name without suffix is a Parquet dataset.

    Raises StanceError for another suffix, MissingExtraError where Parquet lacks pyarrow.
    """
    suffix = output.suffix.lower() or ".parquet"
    for sink in SINKS.values():
        if sink.suffix == suffix:
            if sink.is_folder:
                _parquet_schema()
            return sink
    expected = ", ".join(sink.suffix for sink in SINKS.values())
    raise StanceError(f"{output}: unknown format {output.suffix!r}; expected one of {expected}")


def encode_jsonl(chunks: Chunks) -> bytes:
    """A JSON object a line, in UTF-8; labels a list, scores an object."""
    encode = json.JSONEncoder(ensure_ascii=False).encode  # json.dumps would make one a record
    return b"".join(encode(one.to_record()).encode() + b"\n" for chunk in chunks for one in chunk)


def encode_csv(chunks: Chunks) -> bytes:
    """Rows after RFC 4180, in UTF-8, without the header."""
    return _csv_rows([*one.to_row().values()] for chunk in chunks for one in chunk)


def encode_parquet(chunks: Chunks) -> bytes:
    """A Parquet file; labels a list, scores a struct, a row group a chunk."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    buffer = io.BytesIO()
    schema = _parquet_schema()
    with pq.ParquetWriter(buffer, schema, compression="zstd") as writer:
        for chunk in chunks:
            rows = [one.to_record() for one in chunk]
            writer.write_table(pa.Table.from_pylist(rows, schema=schema))
    return buffer.getvalue()


def _csv_rows(rows: Iterable[Sequence[object]]) -> bytes:
    text = io.StringIO()
    # With another line end, the csv module leaves a lone carriage return in a text unquoted.
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()


def _csv_header() -> bytes:
    sentence = Sentence(0, 0, "", Kind.PARAGRAPH)
    empty = Prediction("", 0, sentence, (0.0,) * len(STANCES), (), "")
    return _csv_rows([[*empty.to_row()]])


@cache
def _parquet_schema() -> pa.Schema:
    try:
        import pyarrow as pa
    except ImportError:
        raise MissingExtraError("writing Parquet", "parquet") from None
    columns: dict[str, Any] = {
        "doc": pa.string(),
        "sent": pa.int32(),
        "start": pa.int64(),
        "end": pa.int64(),
        "page": pa.int32(),
        "kind": pa.string(),
        "lang": pa.string(),
        "text": pa.string(),
        "labels": pa.list_(pa.string()),
        "scores": pa.struct([(stance, pa.float64()) for stance in STANCES]),
        "polarity": pa.string(),
        "polarity_score": pa.float64(),
        "truncated": pa.bool_(),
        "model": pa.string(),
    }
    return pa.schema(list(columns.items()))


SINKS: Final[dict[str, Sink]] = {
    sink.name: sink
    for sink in (
        Sink("parquet", ".parquet", encode_parquet, is_folder=True),
        Sink("jsonl", ".jsonl", encode_jsonl),
        Sink("csv", ".csv", encode_csv, header=_csv_header()),
    )
}
"""The formats by name."""
