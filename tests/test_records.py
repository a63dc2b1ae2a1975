import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stance.labels import STANCES, Stance
from stance.records import Document, Kind, Prediction, Sentence

probability = st.floats(0, 1)
scores = st.tuples(probability, probability, probability, probability)
labels = st.sets(st.sampled_from(STANCES)).map(lambda s: tuple(x for x in STANCES if x in s))


def prediction(scores: tuple[float, ...], labels: tuple[str, ...]) -> Prediction:
    sentence = Sentence(3, 8, "Texte", Kind.PARAGRAPH, "fr", 2)
    return Prediction("doc", 0, sentence, scores, labels, "m-1")


def test_the_labels_and_their_order_are_the_interface() -> None:
    assert STANCES == ("concern", "condemnation", "support", "welcome")
    assert [s.polarity for s in Stance] == [-1, -1, 1, 1]


@given(scores, labels)
def test_polarity_follows_the_labels(
    given_scores: tuple[float, ...], given: tuple[str, ...]
) -> None:
    made = prediction(given_scores, given)
    assert -1 <= made.polarity_score <= 1
    sides = {Stance(label).polarity for label in given}
    if not sides:
        assert made.polarity == "neutral"
    elif sides == {1}:
        assert made.polarity == "positive"
    elif sides == {-1}:
        assert made.polarity == "negative"
    else:
        assert made.polarity == ("positive" if made.polarity_score > 0 else "negative")


@given(scores, labels)
def test_a_record_survives_json_and_has_one_shape(
    given_scores: tuple[float, ...], given: tuple[str, ...]
) -> None:
    record = prediction(given_scores, given).to_record()
    assert json.loads(json.dumps(record)) == record
    assert list(record) == [
        *("doc", "sent", "start", "end", "page", "kind", "lang", "text", "labels", "scores"),
        *("polarity", "polarity_score", "truncated", "model"),
    ]


@pytest.mark.parametrize(("offset", "page"), [(0, 1), (9, 1), (10, 2), (25, 3), (999, 3)])
def test_a_page_holds_what_starts_on_it(offset: int, page: int) -> None:
    assert Document("x" * 30, pages=(0, 10, 25)).page_at(offset) == page


def test_a_document_without_pages_has_no_page_numbers() -> None:
    assert Document("x").page_at(0) is None
