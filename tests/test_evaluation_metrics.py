"""Scores against values computed by hand, and what must hold of any scores."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("sklearn")

from stance.labels import STANCES
from training.calibration import expected_calibration_error
from training.corpus import Example
from training.evaluation import metrics
from training.evaluation.measure import (
    NATIVE,
    TRANSLATED,
    Scored,
    agreement,
    counted,
    headline,
    measure,
    parts,
    translated_groups,
)
from training.evaluation.significance import clusters, compare, resample

HALF = (0.5,) * 4


def example(number, labels=(), lang="en", doc=None, group=None, explicit=(), source="made"):
    return Example(
        id=f"r{number}",
        text=f"Sentence {number}.",
        labels=tuple(labels),
        lang=lang,
        group=group or f"r{number}",
        doc=doc or f"d{number}",
        source=source,
        explicit=tuple(explicit),
    )


def matrix(rows):
    return np.asarray([[float(s in row) for s in STANCES] for row in rows]).reshape(-1, 4)


def made_up(seed, size=120, documents=40, accuracy=0.8):
    """Random sentences of random documents, and a model that is right with some luck."""
    rng = np.random.default_rng(seed)
    examples = tuple(
        example(i, [s for s in STANCES if rng.random() < 0.3], doc=f"d{rng.integers(documents)}")
        for i in range(size)
    )
    truth = matrix([e.labels for e in examples])
    right = rng.random(truth.shape) < accuracy
    return Scored(examples, np.where(right, truth, 1 - truth), HALF)


def test_scores_by_hand():
    # Label concern: 2 right, 1 wrongly given, 2 missed. Label welcome: 1 right, 1 missed.
    examples = (
        example(1, ["concern"], explicit=["concern"]),
        example(2, ["concern", "welcome"], explicit=["concern"]),
        example(3, ["concern"], explicit=["concern"]),
        example(4, ["concern"]),
        example(5, []),
        example(6, ["welcome"], explicit=["welcome"]),
    )
    said = matrix([["concern"], ["concern", "welcome"], [], [], ["concern"], []])
    scores = measure(NATIVE, Scored(examples, said, HALF), seed=0)

    concern, welcome = scores.labels["concern"], scores.labels["welcome"]
    assert concern.sentences == 4
    assert concern.explicit == 3
    assert concern.precision.value == pytest.approx(2 / 3)
    assert concern.recall.value == pytest.approx(2 / 4)
    assert concern.f1.value == pytest.approx(4 / 7)
    assert concern.explicit_recall.value == pytest.approx(2 / 3)
    assert concern.implicit_recall.value == 0
    assert welcome.f1.value == pytest.approx(2 / 3)
    assert welcome.explicit_recall.value == 0
    assert welcome.implicit_recall.value == 1
    # Macro over the labels that occur, micro over all decisions: 3 right, 1 wrong, 3 missed.
    assert scores.macro_f1.value == pytest.approx((4 / 7 + 2 / 3) / 2)
    assert scores.micro_f1.value == pytest.approx(6 / 10)
    assert scores.exact == pytest.approx(2 / 6)
    assert math.isnan(scores.labels["support"].f1.value)


def test_average_precision_by_hand():
    # Ranked: right, wrong, right; precision at the two hits is 1 and 2/3.
    found = metrics.average_precision(np.asarray([0.9, 0.7, 0.4]), np.asarray([True, False, True]))
    assert found == pytest.approx((1 + 2 / 3) / 2)


def test_translated_text_is_scored_as_the_mean_over_languages():
    # French: all right. Arabic: one of two marks found, so F1 = 2/3.
    rows = [("fr", "a"), ("fr", "b"), ("ar", "a"), ("ar", "b")]
    examples = tuple(
        example(i, ["support"], lang=lang, group=group, doc="d" + group)
        for i, (lang, group) in enumerate(rows)
    )
    said = matrix([["support"], ["support"], ["support"], []])
    scores = measure(TRANSLATED, Scored(examples, said, HALF), seed=0)
    assert scores.macro_f1.value == pytest.approx((1 + 2 / 3) / 2)
    assert scores.languages["ar"].macro_f1.value == pytest.approx(2 / 3)
    assert scores.languages["ar"].labels["support"].recall.value == 1 / 2
    assert scores.languages["fr"].labels["support"].average_precision == 1
    assert scores.labels["support"].recall.value == pytest.approx((1 + 1 / 2) / 2)
    # All rows together: 3 of 4 marks found, F1 = 6/7.
    assert measure(NATIVE, Scored(examples, said, HALF), 0).macro_f1.value == pytest.approx(6 / 7)


def test_translated_and_native_sentences_are_told_apart():
    rows = (example(1, group="g"), example(2, group="g", lang="fr"), example(3), example(4))
    assert translated_groups(rows) == {"g"}
    scored = Scored(rows, np.arange(16).reshape(4, 4) / 16, HALF)
    found = parts(scored, translated_groups(rows))
    assert {name: [e.id for e in part.examples] for name, part in found.items()} == {
        TRANSLATED: ["r1", "r2"],
        NATIVE: ["r3", "r4"],
    }
    assert found[NATIVE].probabilities.tolist() == scored.probabilities[2:].tolist()
    # A model that reads English alone is still scored on translated sentences.
    english = scored.keep(lambda e: e.lang == "en")
    assert set(parts(english, translated_groups(rows))) == {TRANSLATED, NATIVE}
    assert set(parts(scored.keep(lambda e: e.group == "g"), {"g"})) == {TRANSLATED}


def test_agreement_by_hand():
    # Group a: all three equal. Group b: one pair of three equal. Group c: alone, left out.
    examples = tuple(
        example(i, lang=lang, group=group)
        for i, (group, lang) in enumerate(
            [
                ("a", "en"),
                ("a", "fr"),
                ("a", "ru"),
                ("b", "en"),
                ("b", "fr"),
                ("b", "ru"),
                ("c", "en"),
            ]
        )
    )
    said = matrix([["concern"], ["concern"], ["concern"], [], [], ["welcome"], []])
    found = agreement(Scored(examples, said, HALF))
    assert found == metrics.Agreement(groups=2, all_equal=0.5, pairwise=pytest.approx(2 / 3))


def test_confusion_by_hand():
    truth = matrix([["concern"], ["concern", "support"], [], ["welcome"], []]).astype(bool)
    said = matrix([["condemnation"], ["concern"], [], ["welcome", "support"], ["concern"]])
    table = metrics.confusion(truth, said.astype(bool))
    expected = np.zeros((5, 5), dtype=int)
    expected[0, 1] = 1  # concern read as condemnation
    expected[0, 0] = 1
    expected[2, 4] = 1  # support missed
    expected[4, 4] = 1  # none, rightly
    expected[3, 3] = 1
    expected[4, 2] = 1  # support given beside a right welcome
    expected[4, 0] = 1
    assert table.tolist() == expected.tolist()


def test_reliability_and_its_error_by_hand():
    scores = np.asarray([0.1, 0.1, 0.9, 0.9])
    target = np.asarray([False, True, True, True])
    curve = metrics.reliability(scores, target, bins=2)
    assert curve == (
        metrics.Bin(pytest.approx(0.1), 0.5, 2),
        metrics.Bin(pytest.approx(0.9), 1.0, 2),
    )
    assert metrics.calibration_error(curve) == pytest.approx((0.4 * 2 + 0.1 * 2) / 4)


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=60))
def test_calibration_error_is_that_of_training(rows):
    scores = np.asarray([p for p, _ in rows])
    target = np.asarray([t for _, t in rows])
    ours = metrics.calibration_error(metrics.reliability(scores, target))
    theirs = expected_calibration_error(scores[:, None], target[:, None].astype(int))
    assert ours == pytest.approx(theirs)


def test_threshold_curve_by_hand():
    scores = np.asarray([0.2, 0.6, 0.9])
    target = np.asarray([False, False, True])
    points = {p.threshold: p for p in metrics.threshold_curve(scores, target)}
    assert points[0.1].precision == pytest.approx(1 / 3)
    assert points[0.5].precision == pytest.approx(1 / 2)
    assert points[0.7].f1 == 1
    assert points[0.95].recall == 0
    assert math.isnan(points[0.95].precision)


def test_precision_recall_curve_keeps_its_ends_and_is_thin():
    rng = np.random.default_rng(1)
    target = rng.random(500) < 0.3
    scores = np.clip(target * 0.3 + rng.random(500) * 0.7, 0, 1)
    curve = metrics.precision_recall(scores, target)
    assert 30 < len(curve) <= 40
    assert curve == tuple(sorted(curve, key=lambda point: point[0]))
    best = scores.argmax()
    assert curve[0] == (pytest.approx(1 / target.sum()), float(target[best]))
    assert curve[-1][0] == 1
    # Rules have two points: what they give, and everything.
    rules = metrics.precision_recall(np.asarray([1.0, 1, 0, 0]), np.asarray([1, 0, 1, 0]) == 1)
    assert rules == ((0.5, 0.5), (1, 0.5))
    assert metrics.precision_recall(scores, np.zeros(500, dtype=bool)) == ()


@given(st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_perfect_predictions_score_one(seed):
    scored = made_up(seed, accuracy=1.0)
    scores = measure(NATIVE, scored, seed=0)
    assert (scores.macro_f1.low, scores.macro_f1.value, scores.macro_f1.high) == (1, 1, 1)
    assert scores.micro_f1.value == scores.exact == 1
    assert all(s.average_precision == s.precision.value == 1 for s in scores.labels.values())
    assert scores.calibration_error == 0
    assert np.count_nonzero(np.asarray(scores.confusion) * (1 - np.eye(5))) == 0


@given(st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_the_order_of_rows_changes_no_score(seed):
    scored = made_up(seed)
    order = np.random.default_rng(seed).permutation(len(scored.examples))
    shuffled = Scored(
        tuple(scored.examples[i] for i in order), scored.probabilities[order], scored.thresholds
    )
    before, after = measure(NATIVE, scored, seed=0), measure(NATIVE, shuffled, seed=0)
    assert after.macro_f1.value == pytest.approx(before.macro_f1.value)
    assert after.micro_f1.value == pytest.approx(before.micro_f1.value)
    assert after.exact == before.exact
    assert after.confusion == before.confusion
    for label in STANCES:
        assert after.labels[label].f1.value == pytest.approx(before.labels[label].f1.value)
        ours = after.labels[label].average_precision
        assert ours == pytest.approx(before.labels[label].average_precision)


@pytest.mark.parametrize("seed", range(8))
def test_intervals_hold_the_score_and_have_width(seed):
    scores = measure(NATIVE, made_up(seed), seed=seed)
    estimates = [scores.macro_f1, scores.micro_f1]
    estimates += [one for s in scores.labels.values() for one in (s.precision, s.recall, s.f1)]
    for estimate in estimates:
        assert 0 <= estimate.low < estimate.value < estimate.high <= 1


def test_intervals_are_wider_where_documents_are_fewer():
    few, many = made_up(3, size=200, documents=8), made_up(3, size=200, documents=200)
    # The same model's hits, once bound to documents: whole documents right or wrong.
    truth = matrix([e.labels for e in few.examples])
    wrong = np.asarray([[e.doc in ("d0", "d1")] for e in few.examples])
    bound = Scored(few.examples, np.where(wrong, 1 - truth, truth), HALF)
    loose = measure(NATIVE, many, seed=0).macro_f1
    tight = measure(NATIVE, bound, seed=0).macro_f1
    assert tight.high - tight.low > 2 * (loose.high - loose.low)


def test_a_resample_draws_whole_documents():
    counts = np.asarray([[1, 10], [1, 20], [1, 30]])
    totals = resample(counts, seed=0, replicates=200)
    assert (totals[:, 0] == 3).all()
    assert set(totals[:, 1]) <= set(range(30, 91, 10))
    assert len(set(totals[:, 1])) > 3


def test_one_collection_without_document_marks_counts_as_blocks():
    rows = [example(i, doc="collection") for i in range(60)]
    assert clusters(rows).tolist() == [0] * 25 + [1] * 25 + [2] * 10
    own = [example(i, doc=f"d{i // 3}") for i in range(60)]
    assert clusters(own).tolist() == [i // 3 for i in range(60)]
    # Translations of a sentence are never apart.
    both = [
        example(i, doc="c", group=f"g{i}", lang=lang) for i in range(30) for lang in ("en", "fr")
    ]
    numbers = clusters(both)
    assert (numbers[::2] == numbers[1::2]).all()
    assert numbers.max() == 1


def _compare(first, second, seed=0):
    counts = [counted(scored, lambda e: e.lang) for scored in (first, second)]
    return compare(headline(NATIVE), *counts, seed=seed)


@given(st.integers(0, 10_000))
@settings(max_examples=10, deadline=None)
def test_a_model_does_not_differ_from_itself(seed):
    scored = made_up(seed)
    found = _compare(scored, scored, seed)
    assert found.p == 1
    assert (found.difference.low, found.difference.value, found.difference.high) == (0, 0, 0)


def test_a_much_better_model_differs():
    good = made_up(5, accuracy=0.95)
    rng = np.random.default_rng(0)
    poor = Scored(good.examples, rng.random(good.probabilities.shape), HALF)
    found = _compare(good, poor)
    assert found.p < 0.01
    assert found.difference.low > 0
    assert _compare(poor, good).difference.value == pytest.approx(-found.difference.value)


def test_paired_test_by_hand():
    # Two documents; the models differ on the first alone.
    examples = (example(1, ["concern"], doc="a"), example(2, ["concern"], doc="b"))
    first = Scored(examples, matrix([["concern"], []]), HALF)
    second = Scored(examples, matrix([[], []]), HALF)
    found = _compare(first, second)
    assert found.difference.value == pytest.approx(2 / 3)
    # Swapping document b changes nothing, so every swap gives 2/3 or -2/3.
    assert found.p == 1


def test_equal_seeds_give_equal_numbers():
    scored = made_up(9)
    assert repr(measure(NATIVE, scored, seed=4)) == repr(measure(NATIVE, scored, seed=4))
    assert measure(NATIVE, scored, 4).macro_f1 != measure(NATIVE, scored, 5).macro_f1
