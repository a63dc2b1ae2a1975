"""Parallel text: sentences and their English translations, for training the encoder."""

from __future__ import annotations

import io
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from stance.errors import DataError
from training.corpus import UNDECODABLE, Example, read_text
from training.splits import Part, normalised, select

LANGUAGES = ("ar", "zh", "fr", "ru", "es")
"""The languages of parallel text, English apart."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A sentence in `lang` and its English version."""

    lang: str
    text: str
    english: str


def read_pairs(folder: Path, languages: Iterable[str]) -> list[Pair]:
    """Read `<lang>-en.tsv` (or .tsv.xz) of each language: source, sentence, English, tab-separated.

    Raises DataError where a language's file is missing or a line has other than three fields.
    """
    pairs: list[Pair] = []
    for lang in languages:
        names = (f"{lang}-en.tsv", f"{lang}-en.tsv.xz")
        path = next((folder / n for n in names if (folder / n).is_file()), None)
        if path is None:
            raise DataError(f"{folder}: no {names[0]} or {names[1]}")
        try:
            text = read_text(path)
        except UNDECODABLE as error:
            raise DataError(f"{path}: cannot be decoded as UTF-8 ({error})") from None
        # Not splitlines, which also splits at marks that stand inside sentences, such as U+2028.
        for number, line in enumerate(io.StringIO(text), 1):
            fields = line.rstrip("\r\n").split("\t")
            if len(fields) != 3:
                raise DataError(f"{path}:{number}: {len(fields)} fields; expected 3")
            pairs.append(Pair(lang, fields[1], fields[2]))
    return pairs


def pairs_of(examples: Iterable[Example]) -> list[Pair]:
    """The pairs that the translations of labelled sentences make; labels are not looked at."""
    examples = list(examples)
    english = {e.id: e.text for e in examples if e.lang == "en"}
    return [
        Pair(e.lang, e.text, english[e.id]) for e in examples if e.lang != "en" and e.id in english
    ]


def gather_pairs(
    folder: Path, languages: Sequence[str], examples: Sequence[Example]
) -> tuple[list[Pair], list[Pair]]:
    """Pairs to train on, and pairs held out: the translations in the validation part of `examples`.

    What stands in a held-out row, in any language, is taken out of the training pairs.
    """
    held_out = [e for part in (Part.VALIDATION, Part.TEST) for e in select(examples, part)]
    known = {normalised(e.text) for e in held_out}
    parallel = [pair for pair in read_pairs(folder, languages) if not _stands_in(known, pair)]
    training = [p for p in pairs_of(select(examples, Part.TRAIN)) if p.lang in languages]
    return parallel + training, pairs_of(select(examples, Part.VALIDATION))


def versions_of(pairs: Iterable[Pair]) -> dict[str, dict[str, str]]:
    """The versions of each English sentence by language, English included."""
    versions: dict[str, dict[str, str]] = {}
    for pair in pairs:
        versions.setdefault(pair.english, {"en": pair.english})[pair.lang] = pair.text
    return versions


def unlabelled_pairs(
    folder: Path, languages: Sequence[str], examples: Sequence[Example]
) -> list[Pair]:
    """The pairs of English sentences of which no version stands in `examples`, held-out or not."""
    known = {normalised(e.text) for e in examples}
    pairs = read_pairs(folder, languages)
    labelled = {p.english for p in pairs if _stands_in(known, p)}
    return [p for p in pairs if p.english not in labelled]


def _stands_in(known: Container[str], pair: Pair) -> bool:
    return normalised(pair.english) in known or normalised(pair.text) in known
