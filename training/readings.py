"""Labels of sentences that were read one by one, though their texts are not ours to keep.

`readings.tsv` has a line `id<TAB>code` for each sentence of parallel text, by its English version,
or of a document: C, D, S, W for concern, condemnation, support, welcome, a lower-case letter where
no word of the sentence names the stance, `-` for none, `?` where the reader hesitated.
"""

from __future__ import annotations

import hashlib
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stance.errors import DataError
from stance.labels import STANCES
from stance.predict import split
from stance.records import Document
from training.corpus import UNDECODABLE, read_text
from training.pairs import Pair, versions_of
from training.splits import normalised

READINGS = Path(__file__).with_name("readings.tsv")
_LETTERS = dict(zip("cdsw", STANCES, strict=True))


@dataclass(frozen=True, slots=True)
class Reading:
    """The labels that a reader gave a sentence, as `Example` has them."""

    labels: tuple[str, ...]
    explicit: tuple[str, ...]
    unsure: bool


def sentence_id(text: str) -> str:
    """The id of a sentence, whatever its spacing."""
    return hashlib.sha256(" ".join(text.split()).encode()).hexdigest()[:12]


def read_readings(path: Path) -> Mapping[str, Reading]:
    """The readings by sentence id; raises DataError with file and line for what is none."""
    try:
        text = read_text(path)
    except (OSError, *UNDECODABLE) as error:
        raise DataError(
            f"{path}: cannot be read ({error}); expected lines `id<TAB>code` in UTF-8"
        ) from None
    found: dict[str, Reading] = {}
    for number, line in enumerate(text.splitlines(), 1):
        identity, _, code = line.partition("\t")
        marks = code.removesuffix("?")
        letters = marks.lower().replace("-", "")
        if not marks or set(letters) - set(_LETTERS) or (letters and "-" in marks):
            raise DataError(f"{path}:{number}: code {code!r}; expected letters of CDSWcdsw, or -")
        if identity in found:
            raise DataError(f"{path}:{number}: id {identity!r} stands in a line above; keep one")
        found[identity] = Reading(
            tuple(name for letter, name in _LETTERS.items() if letter in letters),
            tuple(name for letter, name in _LETTERS.items() if letter.upper() in marks),
            code.endswith("?"),
        )
    return found


def read_pair_rows(
    pairs: Sequence[Pair], readings: Mapping[str, Reading]
) -> Iterator[dict[str, Any]]:
    """A row of labelled data, as JSONL has it, for each English sentence read, in all versions."""
    for english, texts in versions_of(pairs).items():
        if reading := readings.get(sentence_id(english)):
            yield _row(english, texts, reading) | {"source": "parallel"}


def read_document_rows(
    documents: Iterable[Document],
    source: str,
    readings: Mapping[str, Reading],
    labelled: Container[str] = (),
) -> Iterator[dict[str, Any]]:
    """A row for each sentence of the documents that was read, but for those in `labelled`.

    `labelled` holds texts as `training.splits.normalised` makes them.
    """
    for document in documents:
        for sentence in split(document):
            reading = readings.get(sentence_id(sentence.text))
            if reading and normalised(sentence.text) not in labelled:
                texts = {sentence.language: " ".join(sentence.text.split())}
                place = {"source": source, "doc": f"{source}/{document.name}"}
                yield _row(sentence.text, texts, reading) | place


def _row(text: str, texts: Mapping[str, str], reading: Reading) -> dict[str, Any]:
    return {
        "id": "read-" + sentence_id(text),
        "text": dict(texts),
        "labels": reading.labels,
        "explicit": reading.explicit,
        "unsure": reading.unsure,
    }
