"""Behaviour that every classifier owes its users, and what the store refuses."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import stance
from stance.classifiers.base import Classifier
from stance.classifiers.clean import clean
from stance.classifiers.store import SHIPPED, sha256, shipped_models
from stance.errors import ModelError
from stance.records import Kind, Sentence

NAMES = [folder.path.name for folder in shipped_models()]
SENTENCES = [
    "We strongly condemn the attack on the convoy.",
    "Le Conseil se félicite des progrès accomplis.",
    "我们对局势深表关切。",
    "Мы поддерживаем усилия посредников.",
    "ويرحب مجلس الأمن بالتقدم المحرز في تنفيذ الاتفاق.",
    "Se levanta la sesión a las 13.00 horas.",
]


@pytest.fixture(scope="module", params=NAMES)
def model(request: pytest.FixtureRequest) -> Classifier:
    return stance.load(request.param)


def test_the_shipped_models_are_there() -> None:
    assert "baseline" in NAMES


def test_scores_are_probabilities_in_input_order(model: Classifier) -> None:
    scores = model.predict_proba(SENTENCES)
    assert scores.shape == (len(SENTENCES), 4)
    assert ((scores >= 0) & (scores <= 1)).all()
    np.testing.assert_array_equal(model.predict_proba(SENTENCES[::-1]), scores[::-1])


def test_a_batch_scores_as_its_sentences_one_by_one(model: Classifier) -> None:
    one_by_one = np.concatenate([model.predict_proba([s]) for s in SENTENCES])
    np.testing.assert_allclose(model.predict_proba(SENTENCES), one_by_one, atol=1e-9)


def test_plain_stances_are_recognised(model: Classifier) -> None:
    labels = [p.labels for p in model.predict(SENTENCES)]
    assert "condemnation" in labels[0]
    assert "welcome" in labels[1]
    assert "concern" in labels[2]
    assert "support" in labels[3]
    assert "welcome" in labels[4]
    assert labels[5] == ()


def test_an_empty_list_gives_an_empty_result(model: Classifier) -> None:
    assert model.predict_proba([]).shape == (0, 4)
    assert model.predict([]) == []


def test_a_bare_string_is_refused(model: Classifier) -> None:
    with pytest.raises(TypeError, match="list of sentences"):
        model.predict_proba("We condemn.")


def test_any_text_gets_a_score(model: Classifier) -> None:
    odd = ["", " ", "\x00", "\ud800", "👍🏽", "a" * 5000, "— … !", "\u202eabc"]
    assert np.isfinite(model.predict_proba(odd)).all()


def test_only_an_overlong_sentence_is_marked_truncated(model: Classifier) -> None:
    long, longer = "word " * 3000, "word " * 5000
    assert [p.truncated for p in model.predict(["short", long, longer])] == [False, False, True]


def test_a_stance_at_the_end_of_a_long_sentence_is_not_lost(model: Classifier) -> None:
    filler = "The representatives of the regional commissions met in the conference building, " * 12
    assert "condemnation" in model.predict(
        [
            filler
            + "and we strongly condemn, in the strongest terms, these heinous terrorist attacks."
        ]
    )[0].labels or model.name.startswith("baseline")


def test_letterhead_gets_no_label(model: Classifier) -> None:
    text = SENTENCES[0]
    given_kinds = [Sentence(0, len(text), text, kind) for kind in (Kind.PARAGRAPH, Kind.LETTERHEAD)]
    paragraph, letterhead = model.predict(given_kinds)
    assert paragraph.labels
    assert letterhead.labels == ()
    assert letterhead.scores == paragraph.scores


@given(st.text())
@settings(max_examples=200)
def test_cleaning_twice_is_cleaning_once_but_for_marks_it_uncovers(text: str) -> None:
    cleaned = clean(text)
    assert "\n" not in cleaned
    assert "  " not in cleaned
    assert cleaned == cleaned.strip()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("**Lettre datée  \ndu 23 juillet**", "Lettre datée du 23 juillet"),
        ("## Heading", "Heading"),
        ("- an item", "an item"),
        ("the coop-\neration", "the cooperation"),
        ("dé\u00adclaration", "déclaration"),
        ("principes généraux\n\ndéfinis", "principes généraux définis"),
        ("2 * 3", "2 3"),
    ],
)
def test_layout_is_cleaned_away(text: str, expected: str) -> None:
    assert clean(text) == expected


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SHIPPED / "baseline", tmp_path / "copy"))


def rewrite(folder: Path, **entries: object) -> None:
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8")) | entries
    path.write_text(json.dumps(manifest), encoding="utf-8")


def test_a_copied_folder_loads_and_scores_the_same(copy: Path) -> None:
    expected = stance.load("baseline").predict_proba(SENTENCES)
    np.testing.assert_array_equal(stance.load(copy).predict_proba(SENTENCES), expected)


def test_altered_weights_are_refused(copy: Path) -> None:
    with (copy / "weights.npy").open("ab") as file:
        file.write(b"x")
    with pytest.raises(ModelError, match=r"weights\.npy: altered"):
        stance.load(copy)


def test_missing_weights_are_refused(copy: Path) -> None:
    (copy / "weights.npy").unlink()
    with pytest.raises(ModelError, match=r"weights\.npy: missing"):
        stance.load(copy)


def test_a_pickled_array_is_never_unpickled(copy: Path) -> None:
    np.save(copy / "weights.npy", np.array([object()], dtype=object), allow_pickle=True)
    rewrite(copy, files={"weights.npy": sha256(copy / "weights.npy")})
    with pytest.raises(ModelError, match=r"weights\.npy"):
        stance.load(copy)


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ({"format_version": 99}, "format version 99"),
        ({"labels": ["positive"]}, "labels"),
        ({"kind": "oracle"}, "unknown kind 'oracle'"),
        ({"files": {"../outside": "0"}}, "outside"),
        ({"thresholds": {}}, "thresholds"),
    ],
)
def test_a_manifest_that_does_not_fit_is_refused(
    copy: Path, entries: dict[str, object], message: str
) -> None:
    rewrite(copy, **entries)
    with pytest.raises(ModelError, match=message):
        stance.load(copy)


def test_an_unknown_model_is_answered_with_the_known_ones() -> None:
    with pytest.raises(ModelError, match=r"nonsense.*baseline"):
        stance.load("nonsense")
