"""What any model has to beat: the majority answer and keyword rules."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from stance.classifiers.base import Classifier, FloatArray
from stance.errors import DataError
from stance.labels import STANCES

KEYWORDS = Path(__file__).parents[1] / "recipes" / "keywords"
# Chinese has no spaces that would show where a word starts.
_WITHOUT_WORD_STARTS = frozenset({"zh"})


class Majority(Classifier):
    """Always the most frequent answer: none of the four."""

    name = "majority"
    thresholds = (0.5,) * len(STANCES)

    def scores(self, texts: Sequence[str]) -> FloatArray:
        """Zeros, (n, 4)."""
        return np.zeros((len(texts), len(STANCES)))


class KeywordRules(Classifier):
    """A label where one of its cues occurs, in whatever language; probabilities are 0 or 1.

    A cue is matched in lower-cased text at the start of a word, in Chinese anywhere.
    """

    name = "rules"
    thresholds = (0.5,) * len(STANCES)

    def __init__(self, folder: Path = KEYWORDS) -> None:
        """Read the cues of <language>.toml files; raises DataError for a folder without any."""
        files = sorted(folder.glob("*.toml"))
        if not files:
            raise DataError(f"{folder}: no <language>.toml file with cues for each label")
        cues = {file.stem: _cues(file) for file in files}
        self._patterns = [_pattern(cues, label) for label in STANCES]

    def scores(self, texts: Sequence[str]) -> FloatArray:
        """1 for each label that has a cue in the text, else 0, (n, 4)."""
        found = [[bool(p.search(text.lower())) for p in self._patterns] for text in texts]
        return np.asarray(found, dtype=float).reshape(len(texts), len(STANCES))


def _cues(file: Path) -> Mapping[str, list[str]]:
    try:
        cues = tomllib.loads(file.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise DataError(f"{file}: not TOML ({error})") from None
    if set(cues) != set(STANCES):
        raise DataError(f"{file}: lists {sorted(cues)}; expected a list for each of {STANCES}")
    return cues


def _pattern(cues: Mapping[str, Mapping[str, list[str]]], label: str) -> re.Pattern[str]:
    starts: list[str] = []
    anywhere: list[str] = []
    for language, lists in cues.items():
        target = anywhere if language in _WITHOUT_WORD_STARTS else starts
        target.extend(re.escape(cue.lower()) for cue in lists[label])
    parts = [rf"\b(?:{'|'.join(starts)})"] if starts else []
    # Without any cue: what matches nowhere, since an empty pattern would match everywhere.
    return re.compile("|".join(parts + anywhere) or r"(?!)")


COMPARATORS: Final[Mapping[str, Callable[[], Classifier]]] = {
    "majority": Majority,
    "rules": KeywordRules,
}
