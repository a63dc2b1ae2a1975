"""The records that pass through stance: Document, Block, Sentence, Prediction.

All are frozen. Offsets count Unicode code points of `Document.text`; the end is exclusive.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from stance.labels import STANCES, Stance


class Kind(StrEnum):
    """What a block of a document, and so each sentence in it, is."""

    PARAGRAPH = "paragraph"
    HEADING = "heading"
    LETTERHEAD = "letterhead"
    LIST_ITEM = "list_item"
    CLAUSE = "clause"
    FOOTNOTE = "footnote"
    SIGNATURE = "signature"
    BOILERPLATE = "boilerplate"
    TABLE_ROW = "table_row"


@dataclass(frozen=True, slots=True)
class Block:
    """A run of a document's text that a reader found to be one unit of layout.

    `kind` is None where the reader knows the extent of the block but not its kind.
    """

    start: int
    end: int
    kind: Kind | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A document as read. `text` is never altered after reading; all spans index it.

    `blocks` are ordered and disjoint; empty where the format has no markup (plain text), so that
    structure has to be found in the text itself. `pages` holds the offset at which each page
    starts, empty where the format has no pages. `metadata` holds what the file says of itself
    under the keys title, date, symbol, language; a key is absent where the file is silent.
    """

    text: str
    name: str = ""
    blocks: tuple[Block, ...] = ()
    pages: tuple[int, ...] = ()
    metadata: Mapping[str, str] = field(default_factory=dict)

    def page_at(self, offset: int) -> int | None:
        """The number of the page, from 1, that holds `offset`; None where there are no pages."""
        return max(1, bisect_right(self.pages, offset)) if self.pages else None


@dataclass(frozen=True, slots=True)
class Sentence:
    """One unit that gets labels. `text` is `document.text[start:end]`, exactly.

    `language` is an ISO 639-1 code, or "und" where nothing tells.
    """

    start: int
    end: int
    text: str
    kind: Kind = Kind.PARAGRAPH
    language: str = "und"
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Prediction:
    """A sentence with its calibrated probabilities and the labels whose threshold they reach.

    `scores` are in STANCES order, each in [0, 1]. `truncated` is True where the sentence was too
    long for the model and the rest of it was not read.
    """

    doc: str
    sent: int
    sentence: Sentence
    scores: tuple[float, ...]
    labels: tuple[str, ...]
    model: str
    truncated: bool = False

    @property
    def text(self) -> str:
        """The sentence's text."""
        return self.sentence.text

    @property
    def polarity_score(self) -> float:
        """The strongest positive less the strongest negative stance probability, in [-1, 1]."""
        positive = max(p for p, s in zip(self.scores, Stance, strict=True) if s.polarity > 0)
        negative = max(p for p, s in zip(self.scores, Stance, strict=True) if s.polarity < 0)
        return positive - negative

    @property
    def polarity(self) -> str:
        """neutral without a label; else the side of the labels, the stronger where they mix."""
        sides = {Stance(label).polarity for label in self.labels}
        if not sides:
            return "neutral"
        side = sides.pop() if len(sides) == 1 else self.polarity_score
        return "positive" if side > 0 else "negative"

    def to_record(self) -> dict[str, object]:
        """The prediction as the record that every output format carries."""
        return {
            "doc": self.doc,
            "sent": self.sent,
            "start": self.sentence.start,
            "end": self.sentence.end,
            "page": self.sentence.page,
            "kind": self.sentence.kind.value,
            "lang": self.sentence.language,
            "text": self.sentence.text,
            "labels": list(self.labels),
            "scores": dict(zip(STANCES, self.scores, strict=True)),
            "polarity": self.polarity,
            "polarity_score": self.polarity_score,
            "truncated": self.truncated,
            "model": self.model,
        }

    def to_row(self) -> dict[str, object]:
        """The record in columns of plain values: labels joined by `|`, a column for each stance."""
        row: dict[str, object] = {}
        for key, value in self.to_record().items():
            if isinstance(value, dict):
                row.update(value)
            elif isinstance(value, list):
                row[key] = "|".join(value)
            else:
                row[key] = value
        return row
