"""The hashed features against a plain, slow reading of the same definition."""

import unicodedata
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stance.classifiers.features import FeatureSpec, occurrences

SPEC = FeatureSpec(characters=(2, 3), words=(1, 2), bits=40)


def columns(texts: list[str], spec: FeatureSpec = SPEC) -> list[Counter[int]]:
    found: list[Counter[int]] = [Counter() for _ in texts]
    for one in occurrences(texts, spec):
        for row in range(len(texts)):
            found[row].update(one.columns[one.starts[row] : one.starts[row + 1]].tolist())
    return found


def ngrams(text: str) -> list[str]:
    """What the features stand for, in words: words, word pairs, char_wb 2- and 3-grams."""
    kept = unicodedata.normalize("NFKC", text).lower()
    words = "".join(c if unicodedata.category(c)[0] in "LNM" else " " for c in kept).split()
    grams = [("w", w) for w in words] + [("w2", a, b) for a, b in pairwise(words)]
    for word in words:
        framed = f" {word} "
        grams += [("c", framed[i : i + n]) for n in (2, 3) for i in range(len(framed) - n + 1)]
    return grams


@pytest.mark.parametrize(
    "text",
    [
        "We condemn the attack.",
        "L’Assemblée générale, profondément préoccupée,",
        "安理会强烈谴责恐怖袭击",
        "Совет приветствует доклад №5",
        "one",
        "",
        " \n ",
    ],
)
def test_there_is_one_occurrence_for_each_ngram(text: str) -> None:
    (found,) = columns([text])
    expected = Counter(ngrams(text))
    # With 2**40 columns no two n-grams share one.
    assert sorted(found.values()) == sorted(expected.values())


@given(st.lists(st.text(max_size=40), min_size=1, max_size=6))
def test_a_text_has_the_same_features_alone_and_in_a_batch(texts: list[str]) -> None:
    assert columns(texts) == [columns([text])[0] for text in texts]


def test_case_compatibility_forms_and_arabic_vowel_marks_do_not_matter() -> None:
    assert columns(["CONDAMNE"]) == columns(["condamne"])
    assert columns(["ﬁnal"]) == columns(["final"])
    assert columns(["يُدين"]) == columns(["يدين"])


def test_word_order_matters() -> None:
    assert columns(["support the mission"]) != columns(["mission the support"])
