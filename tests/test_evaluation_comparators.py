"""The comparators, and the refusal to evaluate on training sentences."""

import pytest

pytest.importorskip("sklearn")

from stance.classifiers.store import ModelFolder
from stance.errors import DataError
from stance.labels import STANCES
from training.corpus import Example
from training.evaluation.comparators import KeywordRules, Majority
from training.evaluation.leakage import (
    TRAINING_ROWS,
    refuse_training_rows,
    row_hash,
    training_rows,
    write_training_rows,
)

SEEN = Example("seen", "The Council welcomes the ceasefire.", ("welcome",))
UNSEEN = Example("unseen", "The Council deplores the shelling of the port.", ("condemnation",))


def test_majority_gives_no_label():
    assert [p.labels for p in Majority().predict(["We condemn this.", "Agenda item 3."])] == [
        (),
        (),
    ]
    assert Majority().predict_proba([]).shape == (0, 4)


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("WE CONDEMN THE RAID", ("condemnation",)),
        ("The harbour was rebuilt in May.", ()),
        ("我们对港口局势表示关切。", ("concern",)),
        ("Мы приветствуем это соглашение.", ("welcome",)),
        ("Nous condamnons ce raid.", ("condemnation",)),
        ("ندين هذا الهجوم.", ("condemnation",)),
        ("Celebramos la firma del acuerdo.", ("welcome",)),
    ],
)
def test_a_cue_gives_its_label(text, labels):
    assert KeywordRules().predict([text])[0].labels == labels


def test_cues_match_at_word_starts_but_in_chinese_anywhere(tmp_path):
    lists = "\n".join(f'{s} = ["alarm"]' if s == "concern" else f"{s} = []" for s in STANCES)
    (tmp_path / "en.toml").write_text(lists)
    (tmp_path / "zh.toml").write_text(lists.replace("alarm", "关切"))
    rules = KeywordRules(tmp_path)
    found = [p.labels for p in rules.predict(["an alarming rise", "disalarmed", "深表关切"])]
    assert found == [("concern",), (), ("concern",)]
    # A label without cues is never given; an empty pattern would match everywhere.
    assert rules.predict_proba(["anything"])[0, 1:].tolist() == [0, 0, 0]


def test_cue_files_are_checked(tmp_path):
    with pytest.raises(DataError, match=r"no <language>\.toml"):
        KeywordRules(tmp_path)
    (tmp_path / "en.toml").write_text('worry = ["alarm"]')
    with pytest.raises(DataError, match=r"en\.toml: lists \['worry'\]; expected a list for each"):
        KeywordRules(tmp_path)


def test_training_rows_are_refused_however_they_are_spaced(tmp_path):
    assert write_training_rows(tmp_path, [SEEN, SEEN]) == TRAINING_ROWS
    hashes = training_rows(ModelFolder(tmp_path, {}))
    assert hashes == {row_hash(SEEN.text)}
    refuse_training_rows("model", [UNSEEN], hashes, held_out=False)
    copy = Example("copy", "the council  WELCOMES the ceasefire", ("welcome",))
    with pytest.raises(DataError, match=r"trained on 1 of the sentences \(rows copy\).*--part"):
        refuse_training_rows("model", [UNSEEN, copy], hashes, held_out=False)
    with pytest.raises(DataError, match="trained on 1 of the sentences"):
        refuse_training_rows("model", [copy], hashes, held_out=True)


def test_a_model_that_hides_its_training_rows_needs_a_held_out_part(tmp_path):
    hashes = training_rows(ModelFolder(tmp_path, {}))
    assert hashes is None
    refuse_training_rows("model", [UNSEEN], hashes, held_out=True)
    with pytest.raises(DataError, match=r"no training_rows\.txt.*--part validation or test"):
        refuse_training_rows("model", [UNSEEN], hashes, held_out=False)


def test_rows_without_letters_are_not_taken_for_copies():
    refuse_training_rows(
        "m", [Example("x", "***", ())], frozenset({row_hash("...")}), held_out=True
    )
