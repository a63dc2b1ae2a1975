"""What a batch found, counted: by language, by year, and the documents with the most stances."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from stance.labels import STANCES
from stance.records import Document

COLUMNS: Final = ("documents", "sentences", "none", *STANCES)
"""What each row counts: documents, sentences, sentences without a label and with each."""

DOCUMENT: Final = "document"
_LISTED: Final = 10

Row = tuple[int, ...]
Cells = dict[tuple[int, str], Counter[str]]
"""For a document's index and a language, how many sentences there are, and with each label."""


@dataclass(frozen=True, slots=True)
class Summary:
    """Counts of a part or of a whole batch; two of them add up.

    `scored` counts the sentences given to the model, less than all where some repeat others.
    `rows` are under (group, value): ("all", "sentences"); ("all", "documents"), where a label
    counts the documents it occurs in; ("language", code); ("year", "2021"), where the document
    gives its date; ("document", name) for the ten with the most labelled sentences.
    """

    documents: int = 0
    failed: int = 0
    sentences: int = 0
    scored: int = 0
    rows: Mapping[tuple[str, str], Row] = field(default_factory=dict)

    @property
    def repeated(self) -> float:
        """The share of sentences whose score was known from an equal one, in [0, 1]."""
        return 1 - self.scored / self.sentences if self.sentences else 0.0

    def group(self, name: str) -> list[tuple[str, Row]]:
        """The rows of a group, by value; documents by their labelled sentences."""
        found = [(value, row) for (group, value), row in self.rows.items() if group == name]
        return sorted(found, key=_labelled_first if name == DOCUMENT else None)

    def to_json(self) -> dict[str, Any]:
        """The summary as JSON can hold it."""
        return {
            "documents": self.documents,
            "failed": self.failed,
            "sentences": self.sentences,
            "scored": self.scored,
            "columns": list(COLUMNS),
            "rows": [[*key, list(self.rows[key])] for key in sorted(self.rows)],
        }

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> Summary:
        """The summary that `to_json` gave."""
        rows = {(group, value): tuple(row) for group, value, row in found["rows"]}
        return cls(found["documents"], found["failed"], found["sentences"], found["scored"], rows)


def summarise(documents: Mapping[int, Document], cells: Cells, failed: int, scored: int) -> Summary:
    """Count a part: the documents read, by index, and the labels of their sentences."""
    rows: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    by_document: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for (index, language), counts in cells.items():
        rows["language", language].update(counts, documents=1)
        by_document[index].update(counts)
    for index, document in documents.items():
        counts = by_document[index]
        year = document.metadata.get("date", "")[:4]
        labelled = any(counts[stance] for stance in STANCES)
        present = {stance: 1 for stance in STANCES if counts[stance]}
        rows["all", "sentences"].update(counts, documents=1)
        rows["all", "documents"].update(
            present, documents=1, sentences=counts["sentences"], none=0 if labelled else 1
        )
        rows[DOCUMENT, document.name].update(counts, documents=1)
        if year:
            rows["year", year].update(counts, documents=1)
    total = {key: tuple(counts[column] for column in COLUMNS) for key, counts in rows.items()}
    sentences = sum(counts["sentences"] for counts in cells.values())
    return Summary(len(documents), failed, sentences, scored, _busiest_only(total))


def add(summaries: Iterable[Summary]) -> Summary:
    """The counts of many parts together."""
    documents = failed = sentences = scored = 0
    rows: dict[tuple[str, str], Row] = {}
    for one in summaries:
        documents += one.documents
        failed += one.failed
        sentences += one.sentences
        scored += one.scored
        for key, row in one.rows.items():
            rows[key] = tuple(map(sum, zip(row, rows.get(key, (0,) * len(row)), strict=True)))
        rows = _busiest_only(rows)
    return Summary(documents, failed, sentences, scored, rows)


def _busiest_only(rows: Mapping[tuple[str, str], Row]) -> dict[tuple[str, str], Row]:
    """The rows, of those of documents only the ten with the most labelled sentences."""
    named = [(value, row) for (group, value), row in rows.items() if group == DOCUMENT]
    kept = {value for value, _ in sorted(named, key=_labelled_first)[:_LISTED]}
    return {key: row for key, row in rows.items() if key[0] != DOCUMENT or key[1] in kept}


def _labelled_first(entry: tuple[str, Row]) -> tuple[int, str]:
    name, row = entry
    counts = dict(zip(COLUMNS, row, strict=True))
    return counts["none"] - counts["sentences"], name
