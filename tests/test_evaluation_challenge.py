"""The challenge sets are well formed, and their scores are what they say."""

import json
from collections import Counter, defaultdict

import numpy as np
import pytest

pytest.importorskip("sklearn")

from stance.errors import DataError
from stance.labels import STANCES
from training.corpus import Example
from training.evaluation.challenge import (
    CHALLENGES,
    Change,
    polarity_scores,
    read_challenges,
    score_challenge,
)
from training.evaluation.comparators import KeywordRules
from training.evaluation.measure import Scored

LANGUAGES = {"ar", "en", "es", "fr", "ru", "zh"}
GROUPED = {"entity-swap", "translation-consistency", "robustness"}
SINGLE = {"no-cue", "cue-without-stance", "negation", "reported", "two-stances", "courtesy"}
ROWS = [
    json.loads(line)
    for file in sorted(CHALLENGES.glob("*.jsonl"))
    for line in file.read_text(encoding="utf-8").splitlines()
]


def by_group(kind):
    groups = defaultdict(list)
    for row in ROWS:
        if row["kind"] == kind:
            groups[row["group"]].append(row)
    return groups


def test_files_hold_their_kind_and_every_field():
    for file in CHALLENGES.glob("*.jsonl"):
        for line in file.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            assert list(row) == ["id", "group", "lang", "text", "labels", "kind", "note"]
            assert row["kind"] == file.stem
    assert {row["kind"] for row in ROWS} == GROUPED | SINGLE


def test_ids_and_texts_are_unique():
    assert max(Counter(row["id"] for row in ROWS).values()) == 1
    assert max(Counter(row["text"] for row in ROWS).values()) == 1


@pytest.mark.parametrize("kind", sorted(SINGLE))
def test_every_language_has_its_share(kind):
    counts = Counter(row["lang"] for row in ROWS if row["kind"] == kind)
    assert set(counts) == LANGUAGES
    assert min(counts.values()) >= 4
    assert sum(counts.values()) >= 24


@pytest.mark.parametrize("kind", sorted(GROUPED))
def test_versions_of_a_sentence_carry_the_same_labels(kind):
    groups = by_group(kind)
    assert len(groups) >= {"entity-swap": 30, "translation-consistency": 25, "robustness": 24}[kind]
    for rows in groups.values():
        assert len(rows) > 1
        assert len({tuple(row["labels"]) for row in rows}) == 1
    assert {row["lang"] for rows in groups.values() for row in rows} == LANGUAGES


def test_groups_differ_in_what_they_say_they_differ_in():
    for rows in by_group("translation-consistency").values():
        assert {row["lang"] for row in rows} == LANGUAGES
        assert len(rows) == 6
    for kind in ("entity-swap", "robustness"):
        for rows in by_group(kind).values():
            assert len({row["lang"] for row in rows}) == 1
            assert len({row["note"] for row in rows}) == len(rows)
    assert all("clean" in {r["note"] for r in rows} for rows in by_group("robustness").values())


def test_names_are_dealt_evenly():
    uses = Counter(row["note"] for row in ROWS if row["kind"] == "entity-swap")
    assert set(uses.values()) == {6, 8}


def test_labels_fit_the_difficulty():
    for row in ROWS:
        if row["kind"] in ("courtesy", "cue-without-stance"):
            assert row["labels"] == []
        elif row["kind"] == "two-stances":
            assert len(row["labels"]) == 2
        elif row["kind"] in ("no-cue", "reported"):
            assert len(row["labels"]) == 1


def test_no_cue_sentences_hold_no_cue():
    texts = [row["text"] for row in ROWS if row["kind"] == "no-cue"]
    assert not KeywordRules().predict_proba(texts).any()


def example(number, group, labels, note):
    return Example(f"i{number}", f"t{number}", labels, "en", group=group, doc=group, note=note)


def test_scores_by_hand():
    examples = (
        example(1, "a", ("welcome",), "Norway"),
        example(2, "a", ("welcome",), "Sudan"),
        example(3, "b", (), "Norway"),
        example(4, "b", (), "Sudan"),
    )
    p = np.zeros((4, 4))
    p[0, 3], p[1, 3], p[3, 1] = 0.9, 0.3, 0.2
    found = score_challenge("entity-swap", Scored(examples, p, (0.5,) * 4))
    assert found.sentences == 4
    assert found.exact == 3 / 4
    assert found.f1 == pytest.approx(2 / 3)
    assert {name: share.exact for name, share in found.notes.items()} == {"Norway": 1, "Sudan": 0.5}
    assert found.groups.all_equal == 0.5
    assert found.spread == pytest.approx((0.6 + 0.2) / 2)
    assert found.changes == (Change("a", (("Norway", ("welcome",)), ("Sudan", ()))),)
    # Norway stands .3 above its first group's mean polarity and .1 above its second's.
    assert found.leaning["Norway"] == pytest.approx(0.2)
    assert found.leaning["Sudan"] == pytest.approx(-0.2)


def test_polarity_is_that_of_a_prediction():
    rules = KeywordRules()
    texts = [row["text"] for row in ROWS[:40]]
    expected = [p.polarity_score for p in rules.predict(texts)]
    assert polarity_scores(rules.predict_proba(texts)).tolist() == expected


def test_perfect_answers_are_perfect_and_even():
    for kind, examples in read_challenges().items():
        truth = np.asarray([[float(s in e.labels) for s in STANCES] for e in examples])
        found = score_challenge(kind, Scored(examples, truth, (0.5,) * 4))
        assert found.exact == 1
        if found.groups:
            assert found.groups.all_equal == 1
            assert found.changes == ()
            assert found.spread == 0
        assert all(shift == 0 for shift in found.leaning.values())


def test_a_folder_without_sets_is_an_error(tmp_path):
    with pytest.raises(DataError, match="no challenge set"):
        read_challenges(tmp_path)
