"""Reading labelled data, parts of it, and training on a small made-up corpus."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

pytest.importorskip("sklearn", reason="needs the extra 'train'")

import stance
from stance.classifiers.features import FeatureSpec
from stance.cli.app import app
from stance.cli.train import _parts
from stance.errors import DataError
from stance.labels import STANCES
from training.baseline import BaselineRecipe, count_features, train_baseline
from training.calibration import best_thresholds, expected_calibration_error, fit_platt
from training.corpus import Example, read_examples, read_many
from training.pairs import Pair, pairs_of, read_pairs, unlabelled_pairs
from training.recipes import read_recipe
from training.splits import Part, draw, draw_documents, held_out_ids, normalised, select

SEEDS = Path(__file__).parent.parent / "seeds"


def write(path: Path, *rows: object) -> Path:
    lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_a_row_with_translations_is_one_group_of_examples(tmp_path: Path) -> None:
    row = {
        "id": "a",
        "doc": "d",
        "text": {"en": "We welcome it.", "fr": "Saluons."},
        "labels": ["welcome"],
    }
    found = read_examples(write(tmp_path / "x.jsonl", row))
    assert [(e.lang, e.group, e.doc) for e in found] == [("en", "a", "d"), ("fr", "a", "d")]
    assert [(p.lang, p.text, p.english) for p in pairs_of(found)] == [
        ("fr", "Saluons.", "We welcome it.")
    ]


def test_csv_and_jsonl_read_alike(tmp_path: Path) -> None:
    csv = write(
        tmp_path / "x.csv", "id,text,labels", 'a,"Yes, but",support|concern', "b,No,", "c,x,none"
    )
    jsonl = write(
        tmp_path / "x.jsonl",
        {"id": "a", "text": "Yes, but", "labels": ["support", "concern"]},
        {"id": "b", "text": "No", "labels": []},
        {"id": "c", "text": "x", "labels": "none"},
    )
    assert read_examples(csv) == read_examples(jsonl)
    assert read_examples(csv)[0].labels == ("concern", "support")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("x.jsonl", '{"text": "a", "labels": ["neutre"]}', r"x\.jsonl:1: label 'neutre' unknown"),
        ("x.jsonl", '{"text": "a", "labels": []}\n{"text"', r"x\.jsonl:2: not JSON"),
        ("x.jsonl", "[1]", r"x\.jsonl:1: expected a JSON object"),
        ("x.jsonl", '{"sentence": " ", "labels": []}', r"expected a sentence"),
        ("x.jsonl", "", r"holds no labelled sentence"),
        ("x.csv", "body,labels\nhello,concern", r"x\.csv:2: no column 'text'; found body, labels"),
        ("x.csv", "text\nhello", r"no column 'labels'"),
        (
            "x.jsonl",
            '{"text": "a", "labels": [], "probabilities": {"concern": 0.5}}',
            r"x\.jsonl:1: probabilities .* expected one for each stance",
        ),
        (
            "x.jsonl",
            '{"text": "a", "labels": [], "probabilities": '
            '{"concern": 2, "condemnation": 0, "support": 0, "welcome": 0}}',
            r"expected numbers in \[0, 1\]",
        ),
        ("x.xlsx", "", r"unknown data format '\.xlsx'"),
    ],
)
def test_broken_data_names_file_line_and_remedy(
    tmp_path: Path, name: str, content: str, message: str
) -> None:
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    with pytest.raises(DataError, match=message):
        read_examples(path)


def test_a_file_in_another_encoding_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_bytes("text,labels\nété,\n".encode("latin-1"))
    with pytest.raises(DataError, match="UTF-8"):
        read_examples(tmp_path / "x.csv")


def examples(count: int = 300) -> list[Example]:
    words = dict(zip(STANCES, ("worried", "condemns", "backs", "hails"), strict=True))
    rng = np.random.default_rng(0)
    made = []
    for number in range(count):
        labels = tuple(s for s in STANCES if rng.random() < 0.3)
        filler = " ".join(rng.choice(["the", "council", "met", "report", "today", "on"], 6))
        text = f"{filler} {' '.join(words[s] for s in labels)} {number}"
        made.append(Example(str(number), text, labels, "en", str(number), f"d{number // 3}", "s"))
    return made


def test_no_document_stands_on_two_sides_of_a_split() -> None:
    given = examples()
    validation, test = draw(given, 0.2, 0.5, seed=1)
    parts = [{e.doc for e in given if e.id in ids} for ids in (validation, test)]
    rest = {e.doc for e in given if e.id not in validation | test}
    assert not parts[0] & parts[1]
    assert not rest & (parts[0] | parts[1])
    assert 50 <= len(validation) <= 75
    training, held_out = draw_documents(given, seed=1)
    assert not {e.doc for e in training} & {e.doc for e in held_out}


@pytest.mark.parametrize(("rows", "expected"), [(60, 20), (300, 100), (2100, 300)])
def test_little_data_still_validates_on_enough_sentences(rows: int, expected: int) -> None:
    training, held_out = draw_documents(examples(rows), seed=0)
    assert expected <= len(held_out) <= expected + 2, "documents have three sentences"
    assert len(training) + len(held_out) == rows


def test_what_a_model_labelled_is_never_drawn_for_validation() -> None:
    given = examples(30)
    soft = [replace(e, doc=f"soft-{e.id}", probabilities=(0.1,) * 4) for e in given]
    training, held_out = draw_documents(given + soft, seed=0)
    assert held_out
    assert not any(e.probabilities for e in held_out)
    assert len([e for e in training if e.probabilities]) == len(soft)


def test_held_out_rows_are_not_trained_on_where_no_row_validates() -> None:
    test = min(held_out_ids(Part.TEST))
    given = [*examples(30), Example(test, "Held out.", (), "en", test, test)]
    given.append(Example("only", "For evaluation.", (), doc="only", evaluate_only=True))
    training, validation = _parts(given, 0)
    assert len(training) + len(validation) == 30
    assert not {test, "only"} & {e.id for e in training + validation}


def test_training_rows_never_repeat_a_held_out_text(tmp_path: Path) -> None:
    (tmp_path / "validation.txt").write_text("v\n")
    (tmp_path / "test.txt").write_text("t\n")
    rows = [
        Example("v", "The Council is seized.", ()),
        Example("t", "Other", ()),
        Example("a", "the council is SEIZED", ()),
        Example("b", "New", (), evaluate_only=True),
        Example("c", "Kept", ()),
    ]
    assert [e.id for e in select(rows, Part.TRAIN, tmp_path)] == ["c"]
    assert [e.id for e in select(rows, Part.VALIDATION, tmp_path)] == ["v"]
    assert normalised("Ｆull-Width, é!") == "fullwidthé"


def test_the_held_out_parts_are_disjoint_and_hold_no_seed() -> None:
    validation, test = held_out_ids(Part.VALIDATION), held_out_ids(Part.TEST)
    assert not validation & test
    seeds = {e.id for e in read_many([SEEDS])}
    assert not seeds & (validation | test)
    assert len(validation) > 1500


def test_a_baseline_learns_saves_and_loads(tmp_path: Path) -> None:
    lines: list[str] = []
    recipe = BaselineRecipe(bits=12)
    train_baseline(examples(), tmp_path / "m", recipe, lines.append)
    model = stance.load(tmp_path / "m")
    given = ["the council condemns", "today the report hails and backs", "met on the report"]
    assert [p.labels for p in model.predict(given)] == [
        ("condemnation",),
        ("support", "welcome"),
        (),
    ]
    train_baseline(examples(), tmp_path / "again", recipe, lines.append)
    again = stance.load(tmp_path / "again")
    np.testing.assert_array_equal(model.predict_proba(given), again.predict_proba(given))


def test_data_are_named_as_arguments_or_as_an_option(tmp_path: Path) -> None:
    recipe, parts = tmp_path / "small.toml", (tmp_path / "1.csv", tmp_path / "2.csv")
    recipe.write_text("bits = 12\n")
    for number, path in enumerate(parts):
        rows = [f"{e.text},{'|'.join(e.labels)},{e.doc}" for e in examples()[number::2]]
        path.write_text("\n".join(["text,labels,doc", *rows]) + "\n")
    command = ["train", "baseline", str(parts[0]), "--data", str(parts[1])]
    command += ["--recipe", str(recipe), "-o", str(tmp_path / "m")]
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 0, result.output
    assert stance.load(tmp_path / "m").predict(["the council condemns"])[0].labels == (
        "condemnation",
    )
    without = CliRunner().invoke(app, ["train", "baseline"])
    assert without.exit_code == 2
    assert "name files or folders of labelled sentences" in without.output


def test_too_little_data_is_refused(tmp_path: Path) -> None:
    few = [Example(str(i), "x", (), doc=str(i)) for i in range(30)]
    with pytest.raises(DataError, match="label 'concern' has 0 sentences"):
        train_baseline(few, tmp_path, BaselineRecipe(bits=8), print)


def test_counted_features_ignore_the_order_of_texts() -> None:
    spec = FeatureSpec(bits=12)
    counts = count_features(["one two", "three"], spec)
    swapped = count_features(["three", "one two"], spec)
    assert (counts[::-1] != swapped).nnz == 0


def test_platt_scaling_calibrates_what_was_overconfident() -> None:
    rng = np.random.default_rng(0)
    truth = rng.random((4000, 1))
    targets = (rng.random((4000, 1)) < truth).astype(int)
    logits = 5 * np.log(truth / (1 - truth))
    raw = 1 / (1 + np.exp(-logits))
    calibrated = fit_platt(logits, targets)(logits)
    assert expected_calibration_error(calibrated, targets) < 0.03
    assert expected_calibration_error(raw, targets) > 0.08


def test_few_sentences_that_part_cleanly_make_no_label_certain() -> None:
    logits, targets = np.array([[-2.0], [-1.0], [1.0]]), np.array([[0], [0], [1]])
    calibrated = fit_platt(logits, targets)(logits)[:, 0]
    assert np.allclose(calibrated, [0.25, 0.25, 2 / 3], atol=0.1)


def test_the_best_threshold_lies_where_the_classes_part() -> None:
    scores = np.array([[0.1], [0.2], [0.25], [0.6], [0.7], [0.9]])
    targets = np.array([[0], [0], [0], [1], [1], [1]])
    (threshold,) = best_thresholds(scores, targets)
    assert 0.25 < threshold <= 0.6


def test_a_recipe_refuses_unknown_keys(tmp_path: Path) -> None:
    (tmp_path / "r.toml").write_text("bits = 12\nlearning_rat = 1\n")
    with pytest.raises(DataError, match="unknown key 'learning_rat'"):
        read_recipe(BaselineRecipe, tmp_path / "r.toml")
    (tmp_path / "r.toml").write_text("bits = 12\nwords = [1, 3]\n")
    assert read_recipe(BaselineRecipe, tmp_path / "r.toml", seed=3) == BaselineRecipe(
        bits=12, words=(1, 3), seed=3
    )


def test_a_line_separator_inside_a_sentence_does_not_end_its_line(tmp_path: Path) -> None:
    (tmp_path / "fr-en.tsv").write_text("un\tUn\u2028deux.\tOne two.\r\n", encoding="utf-8")
    (pair,) = read_pairs(tmp_path, ["fr"])
    assert (pair.text, pair.english) == ("Un\u2028deux.", "One two.")
    (tmp_path / "es-en.tsv.xz").write_bytes(b"no xz")
    with pytest.raises(DataError, match="cannot be decoded"):
        read_pairs(tmp_path, ["es"])


def test_parallel_text_errors_name_the_line(tmp_path: Path) -> None:
    (tmp_path / "fr-en.tsv").write_text("un\tBonjour\tHello\nun\tseul\n")
    with pytest.raises(DataError, match=r"fr-en\.tsv:2: 2 fields"):
        read_pairs(tmp_path, ["fr"])
    with pytest.raises(DataError, match=r"no ar-en\.tsv"):
        read_pairs(tmp_path, ["ar"])


def test_no_version_of_a_labelled_sentence_gets_soft_labels(tmp_path: Path) -> None:
    (tmp_path / "fr-en.tsv").write_text("un\tBonjour\tHello\nun\tMerci\tThanks\n")
    (tmp_path / "es-en.tsv").write_text("un\tHola\tHello\nun\tGracias\tThanks\n")
    labelled = [Example("a", "bonjour !", (), "fr")]
    found = unlabelled_pairs(tmp_path, ["fr", "es"], labelled)
    assert found == [Pair("fr", "Merci", "Thanks"), Pair("es", "Gracias", "Thanks")]


@pytest.mark.parametrize(("cell", "unsure"), [("true", True), ("false", False), ("", False)])
def test_unsure_is_read_from_csv_as_it_is_meant(tmp_path: Path, cell: str, unsure: bool) -> None:
    path = write(tmp_path / "x.csv", "text,labels,unsure", f"Yes,support,{cell}")
    assert read_examples(path)[0].unsure is unsure
