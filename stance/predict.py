"""From documents to predictions: read, split, classify."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from stance.records import Document, Prediction, Sentence

if TYPE_CHECKING:
    from stance.classifiers.base import Classifier

DEFAULT_MODEL = "multilingual"

Source = str | Path | Document


def load(model: str | Path = DEFAULT_MODEL, *, threads: int | None = None) -> Classifier:
    """Load a shipped model by name ("baseline", "multilingual", "cascade") or any other by folder.

    `threads` bounds the threads that one prediction uses; None takes all cores.

    Raises ModelError where there is no such model or a part of it is missing or altered.
    """
    from stance.classifiers.store import load as load_folder

    return load_folder(model, threads=threads)


def read(path: str | Path) -> Document:
    """Read a file: plain text, Markdown, HTML, DOCX or PDF.

    Raises DocumentError where the file is missing, damaged, of no known format or without text.
    """
    from stance.documents import read as read_file

    return read_file(path)


def split(text: str | Document, language: str | None = None) -> list[Sentence]:
    """The sentences of a document, each exactly `text[s.start:s.end]`, ordered and disjoint.

    `language` is an ISO 639-1 code; None detects it block by block.
    """
    from stance.sentences import split as split_document

    return split_document(text, language)


def predict_document(document: Document, model: Classifier) -> list[Prediction]:
    """The predictions for a document's sentences, in order."""
    return model.predict(split(document), doc=document.name)


def predict_lines(document: Document, model: Classifier) -> list[Prediction]:
    """The predictions for a document's lines, each taken as one sentence; empty ones left out."""
    from stance.sentences.languages import detect

    text, sentences, start = document.text, [], 0
    for line in text.splitlines(keepends=True):
        inner = line.strip()
        if inner:
            begin = start + line.index(inner)
            end = begin + len(inner)
            language = detect(text, begin, end)
            sentences.append(Sentence(begin, end, inner, language=language))
        start += len(line)
    return model.predict(sentences, doc=document.name)


def predict(
    source: Source | Iterable[Source], model: str | Path | Classifier = DEFAULT_MODEL
) -> list[Prediction]:
    """Label the sentences of one document or of many.

    A str is a document's text, a Path a file, a list many of either. Predictions come in the
    order of the documents and of the sentences in them.

    Raises DocumentError for a file that cannot be read, ModelError for a model.
    """
    classifier = _loaded(str(model)) if isinstance(model, str | Path) else model
    sources = [source] if isinstance(source, str | Path | Document) else source
    return [p for one in sources for p in predict_document(_document(one), classifier)]


def _document(source: Source) -> Document:
    if isinstance(source, Document):
        return source
    return read(source) if isinstance(source, Path) else Document(source)


@lru_cache(maxsize=2)
def _loaded(model: str) -> Classifier:
    return load(model)
