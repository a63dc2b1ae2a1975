"""What a document's predictions come to: how many sentences carry which stance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from stance.labels import STANCES
from stance.records import Prediction


@dataclass(slots=True)
class Tally:
    """Counts over predictions; a sentence with two labels counts for both."""

    documents: int = 0
    sentences: int = 0
    labelled: int = 0
    truncated: int = 0
    stances: Counter[str] = field(default_factory=Counter)
    languages: Counter[str] = field(default_factory=Counter)
    models: Counter[str] = field(default_factory=Counter)

    def add(self, prediction: Prediction) -> None:
        """Count one more sentence."""
        self.sentences += 1
        self.labelled += bool(prediction.labels)
        self.truncated += prediction.truncated
        self.stances.update(prediction.labels)
        self.languages[prediction.sentence.language] += 1
        self.models[prediction.model] += 1

    def merge(self, other: Tally) -> None:
        """Count what `other` counted too."""
        self.documents += other.documents
        self.sentences += other.sentences
        self.labelled += other.labelled
        self.truncated += other.truncated
        self.stances.update(other.stances)
        self.languages.update(other.languages)
        self.models.update(other.models)


def by_document(predictions: Iterable[Prediction]) -> Iterator[tuple[str, Iterator[Prediction]]]:
    """The name and the predictions of each document, as they come; nothing is held back.

    A document ends where the name changes or the numbers of the sentences start again. Each
    document's predictions must be used up before the next document is asked for.
    """
    rest = iter(predictions)
    following: Prediction | None = next(rest, None)

    def of_document(first: Prediction) -> Iterator[Prediction]:
        nonlocal following
        current: Prediction = first
        yield current
        for following in rest:
            if following.doc != current.doc or following.sent <= current.sent:
                return
            current = following
            yield current
        following = None

    while following is not None:
        yield following.doc, of_document(following)


def summary_table(predictions: Iterable[Prediction]) -> list[dict[str, str | int]]:
    """One row for each document, and a last one named "total".

    Columns: doc, sentences, labelled (with at least one label), one count for each stance, and
    truncated (too long for the model, read in part). `pandas.DataFrame(rows)` makes it a frame.
    """
    rows, total = [], Tally()
    for name, found in by_document(predictions):
        tally = Tally(documents=1)
        for prediction in found:
            tally.add(prediction)
        rows.append(_row(name, tally))
        total.merge(tally)
    return [*rows, _row("total", total)]


def _row(name: str, tally: Tally) -> dict[str, str | int]:
    return {
        "doc": name,
        "sentences": tally.sentences,
        "labelled": tally.labelled,
        **{stance: tally.stances[stance] for stance in STANCES},
        "truncated": tally.truncated,
    }
