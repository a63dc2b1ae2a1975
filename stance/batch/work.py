"""The unit of work: a part, some documents in source order, and the predictor that finishes it.

A part's result depends on nothing but the part, the model and the format: a model's scores for a
sentence do not depend on the others (`Classifier.predict_proba`), so neither worker, engine, order
nor what is remembered of earlier parts shows in it. That is why a resumed run gives equal bytes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Final, NoReturn

from stance.batch.sinks import SINKS
from stance.batch.summary import Cells, Summary, summarise
from stance.errors import DocumentError, StanceError
from stance.predict import load, split
from stance.records import Document, Kind, Prediction, Sentence

Content = Path | bytes | str
"""A document still to be read: its file, its bytes, or its text."""

SCORING: Final = -1
"""What a predictor reports instead of a document's index while it scores sentences of several."""

# How many sentences a worker scores at a time and remembers. They set how far its memory rises
# above that of the loaded model: 100 000 documents may take 1.3 times what 1 000 take.
_CHUNK: Final = 1024
_CACHE: Final = 4096

_Key = tuple[str, Kind, str]
"""All of a sentence that a prediction may depend on."""


def _key(sentence: Sentence) -> _Key:
    return sentence.text, sentence.kind, sentence.language


@dataclass(frozen=True, slots=True)
class Entry:
    """A document in a source's list; `load` fetches what it holds, or raises DocumentError.

    `size` is in bytes, `stamp` changes when the content does.
    """

    name: str
    size: int
    stamp: str
    load: Callable[[], Content]


@dataclass(frozen=True, slots=True)
class Item:
    """A document to read. Where `error` is not empty, it says why there is no content."""

    name: str
    content: Content = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """The documents that are finished together, numbered from 0 in source order."""

    number: int
    items: tuple[Item, ...]

    def without(self, index: int, reason: str) -> Part:
        """The same part with one document given up."""
        items = list(self.items)
        items[index] = Item(items[index].name, error=reason)
        return Part(self.number, tuple(items))


@dataclass(frozen=True, slots=True)
class Failure:
    """A document that gave no result, and why."""

    doc: str
    reason: str


@dataclass(frozen=True, slots=True)
class Finished:
    """A part's result: its predictions in the format of the output, its failures, its counts."""

    number: int
    data: bytes
    failures: tuple[Failure, ...]
    summary: Summary


@dataclass(frozen=True, slots=True)
class Job:
    """What a predictor needs to know: the model's folder, the sink's name, threads."""

    model: str
    format: str
    threads: int | None = None


def refuse(reason: str) -> NoReturn:
    """Raise DocumentError: the `load` of an entry that is known to be broken."""
    raise DocumentError(reason)


def item(entry: Entry) -> Item:
    """The entry with its content, or with the reason why it has none."""
    try:
        return Item(entry.name, entry.load())
    except StanceError as error:
        return Item(entry.name, error=str(error))


class Predictor:
    """Finishes parts with a model that it loads once. Raises ModelError as `stance.load` does.

    The predictions of the sentences seen last are remembered, so that courtesy formulas and other
    text that repeats is scored once.
    """

    def __init__(self, job: Job) -> None:
        self._model = load(job.model, threads=job.threads)
        self._sink = SINKS[job.format]
        self._known: dict[_Key, Prediction] = {}

    def __call__(self, part: Part, at: Callable[[int], None] = lambda _: None) -> Finished:
        """Read, split and score the documents of a part.

        `at` is told the index of each document before it is read, and SCORING before sentences
        are scored. A document that cannot be read is a failure, never an exception.
        """
        reading = _Reading(part, at)
        cells: Cells = {}
        scored = 0

        def chunks() -> Iterator[list[Prediction]]:
            nonlocal scored
            stream = reading.sentences()
            while chunk := list(islice(stream, _CHUNK)):
                at(SCORING)
                scored += self._learn(sentence for _, _, sentence in chunk)
                predictions = []
                for index, number, sentence in chunk:
                    like = self._known[_key(sentence)]
                    name = part.items[index].name
                    predictions.append(replace(like, doc=name, sent=number, sentence=sentence))
                    row = cells.setdefault((index, sentence.language), Counter())
                    row.update(like.labels or ("none",))
                    row["sentences"] += 1
                yield predictions

        data = self._sink.encode(chunks())
        summary = summarise(reading.read, cells, len(reading.failures), scored)
        return Finished(part.number, data, tuple(reading.failures), summary)

    def _learn(self, sentences: Iterable[Sentence]) -> int:
        """Make the predictions of all these sentences known; how many had to be scored."""
        for key in list(islice(self._known, max(0, len(self._known) - _CACHE))):
            del self._known[key]  # a dict is in order of insertion: the longest unused go
        new: dict[_Key, Sentence] = {}
        for sentence in sentences:
            key = _key(sentence)
            if key in self._known:
                self._known[key] = self._known.pop(key)
            else:
                new[key] = sentence
        self._known.update(zip(new, self._model.predict(new.values()), strict=True))
        return len(new)


class _Reading:
    """Reads a part's documents one by one; notes those read and those that failed."""

    def __init__(self, part: Part, at: Callable[[int], None]) -> None:
        self.read: dict[int, Document] = {}
        self.failures: list[Failure] = []
        self._part, self._at = part, at

    def sentences(self) -> Iterator[tuple[int, int, Sentence]]:
        """The index of the document, the number of the sentence in it, the sentence."""
        for index, one in enumerate(self._part.items):
            self._at(index)
            try:
                document = read_item(one)
                found = split(document)
            except StanceError as error:
                self.failures.append(Failure(one.name, str(error)))
                continue
            except Exception as error:  # noqa: BLE001 - one odd document must not stop the others
                reason = f"{one.name}: cannot be read ({type(error).__name__}: {error})"
                self.failures.append(Failure(one.name, reason))
                continue
            # The text is not needed any more; a part may hold many long documents.
            self.read[index] = Document("", one.name, metadata=document.metadata)
            for number, sentence in enumerate(found):
                yield index, number, sentence


def read_item(one: Item) -> Document:
    """The document of an item; raises DocumentError where it cannot be read."""
    from stance.documents import read, read_bytes

    if one.error:
        raise DocumentError(one.error)
    if isinstance(one.content, Path):
        document = read(one.content)
    elif isinstance(one.content, bytes):
        document = read_bytes(one.content, one.name)
    elif one.content.strip():
        document = Document(one.content, one.name)
    else:
        raise DocumentError(f"{one.name}: empty, there is no text in it")
    try:
        document.text.encode()
    except UnicodeEncodeError as error:
        # No output can hold half of a surrogate pair; JSON and damaged files can.
        raise DocumentError(f"{one.name}: half a character in the text ({error})") from None
    return document
