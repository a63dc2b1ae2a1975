"""Which words moved a decision: what each stance's probability loses when a word is left out.

The method is occlusion, or leave-one-out (Zeiler and Fergus 2014 for images; Li, Monroe and
Jurafsky 2016, "Understanding neural networks through representation erasure", for words). It asks
nothing of a model but probabilities. It does not see two words that stand in for each other: where
either alone would carry the decision, both weigh little.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from stance.labels import STANCES
from stance.records import Prediction

if TYPE_CHECKING:
    from stance.classifiers.base import Classifier, FloatArray

MAX_WORDS: Final = 120
"""How many parts of a sentence are left out in turn, at most."""
# Han characters and kana: scripts without spaces between words.
_HAN: Final = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
# The marks are Latin accents and Arabic vowel signs, which Python does not count as letters.
_LETTER: Final = rf"(?:[^\W{_HAN}]|[\u0300-\u036f\u0610-\u061a\u064b-\u065f\u0670])"
_WORD: Final = re.compile(rf"[{_HAN}]|{_LETTER}+(?:[-‐'’./]{_LETTER}+)*")
_IS_HAN: Final = re.compile(f"[{_HAN}]")
_TOGETHER: Final = 0.01
"""The least probability by which two characters that act together differ from two that do not."""

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Word:
    """A part of a sentence that was left out, and what it weighed.

    `start` and `end` are offsets in the document, like the sentence's. `weights`, in STANCES
    order, are each stance's probability with the part less the one without it, each in [-1, 1]:
    above zero, the part speaks for the stance.
    """

    start: int
    end: int
    text: str
    weights: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """A prediction with its sentence's words, in order and disjoint."""

    prediction: Prediction
    words: tuple[Word, ...]

    @property
    def stances(self) -> tuple[str, ...]:
        """The labels to explain; for a sentence without one, the most probable stance."""
        scores = self.prediction.scores
        return self.prediction.labels or (STANCES[scores.index(max(scores))],)

    def strongest(self, stance: str, count: int = 5) -> list[Word]:
        """The words that weigh most for or against a stance, the heaviest first."""
        column = STANCES.index(stance)
        found = sorted(self.words, key=lambda word: -abs(word.weights[column]))
        return found[:count]

    def to_record(self) -> dict[str, object]:
        """The prediction's record, with a last key `words`: start, end, text, weights by stance."""
        words = [
            {
                "start": word.start,
                "end": word.end,
                "text": word.text,
                "weights": dict(zip(STANCES, word.weights, strict=True)),
            }
            for word in self.words
        ]
        return {**self.prediction.to_record(), "words": words}


def explain(
    predictions: Iterable[Prediction], model: Classifier, *, max_words: int = MAX_WORDS
) -> Iterator[Explanation]:
    """Explain predictions, one by one, with the model that made them.

    Words are left out with the space before them. Chinese has no spaces: its characters are left
    out one by one and in pairs, and two neighbours are one word where they act together, that is
    where leaving out both differs from the sum of leaving out either. A sentence of more than
    `max_words` words (characters in Chinese) is taken in runs of several words. So a sentence
    costs at most `2 * max_words` + 1 predictions.

    Raises ValueError unless `max_words` is positive.
    """
    if max_words < 1:
        raise ValueError(f"max_words is {max_words}; expected 1 or more")
    for prediction in predictions:
        yield Explanation(prediction, _words(prediction, model, max_words))


def _words(prediction: Prediction, model: Classifier, max_words: int) -> tuple[Word, ...]:
    text = prediction.text
    spans = _spans(text, max_words)
    pairs = [(a, b) for a, b in pairwise(spans) if _is_pair(text, a, b)]
    whole = [(a[0], b[1]) for a, b in pairs]
    probabilities = model.predict_proba([text, *(_without(text, s) for s in [*spans, *whole])])
    drops = probabilities[0] - probabilities[1:]
    weights = dict(zip([*spans, *whole], drops, strict=True))
    begin = prediction.sentence.start
    return tuple(
        Word(begin + start, begin + end, text[start:end], tuple(map(float, weights[start, end])))
        for start, end in _joined(spans, pairs, weights)
    )


def _spans(text: str, max_words: int) -> list[Span]:
    """The words of a text; where there are too many, runs of several words."""
    found = [match.span() for match in _WORD.finditer(text)]
    run = max(1, -(-len(found) // max_words))
    return [
        (part[0][0], part[-1][1]) for i in range(0, len(found), run) if (part := found[i : i + run])
    ]


def _is_pair(text: str, a: Span, b: Span) -> bool:
    """Whether two spans are neighbouring characters of a script without spaces."""
    return (
        a[1] == b[0]
        and a[1] - a[0] == b[1] - b[0] == 1
        and all(_IS_HAN.match(text, one[0]) for one in (a, b))
    )


def _without(text: str, span: Span) -> str:
    start, end = span
    return text[:start].rstrip() + text[end:]


def _joined(
    spans: Sequence[Span], pairs: Sequence[tuple[Span, Span]], weights: dict[Span, FloatArray]
) -> list[Span]:
    """The spans, with the pairs joined that act together, those that do so most before others."""

    def interaction(pair: tuple[Span, Span]) -> float:
        a, b = pair
        return float(abs(weights[a] + weights[b] - weights[a[0], b[1]]).max())

    single = set(spans)
    joined = []
    for a, b in sorted(pairs, key=interaction, reverse=True):
        if a in single and b in single and interaction((a, b)) >= _TOGETHER:
            single -= {a, b}
            joined.append((a[0], b[1]))
    return sorted([*single, *joined])
