"""Labelled data keeps its content from one format to another and back."""

import json
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stance.classifiers.base import Classifier, FloatArray
from stance.errors import DataError
from stance.labels import STANCES
from training.corpus import read_examples
from training.data.exchange import convert, read_any
from training.data.label_studio import EXPLICIT, LABEL_CONFIG, STANCE, TEXT

Values = dict[str, Any]


@st.composite
def values(draw: st.DrawFn) -> Values:
    labels = sorted(draw(st.sets(st.sampled_from(STANCES))), key=STANCES.index)
    explicit = [label for label in labels if draw(st.booleans())]
    # Lone surrogates are no text; a carriage return alone ends a line in some readers of CSV.
    sentence = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)
    return {
        "id": draw(st.text("abc0123", min_size=1, max_size=4)),
        "lang": draw(st.sampled_from(["ar", "en", "zh"])),
        "text": draw(sentence.filter(lambda t: bool(t.strip()) and "\0" not in t)),
        "labels": labels,
        "explicit": explicit,
        "genre": draw(st.sampled_from(["news", "speech", "with, comma", 'with "quotes"'])),
        "readings": [labels, explicit],
    }


@pytest.mark.parametrize("name", ["out.jsonl", "out.csv", "out.json"])
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows=st.lists(values(), min_size=1, max_size=5))
def test_there_and_back_nothing_is_lost(tmp_path: Path, name: str, rows: list[Values]) -> None:
    source, back = tmp_path / "in.jsonl", tmp_path / "back.jsonl"
    source.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    convert(source, tmp_path / name)
    convert(tmp_path / name, back)
    # Split at line feeds alone: a text may hold other characters that end a line for Python.
    lines = back.read_text(encoding="utf-8").removesuffix("\n").split("\n")
    assert [json.loads(line) for line in lines] == rows


def test_a_dataset_has_class_labels_in_our_order_and_comes_back(tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets")
    rows = [
        {"id": "1", "text": "We welcome it.", "labels": ["welcome"], "explicit": ["welcome"]},
        {"id": "2", "text": "نرفض ونأسف", "labels": ["concern", "condemnation"], "explicit": []},
        {"id": "3", "text": "3. 决定", "labels": [], "explicit": [], "readings": [[], ["support"]]},
    ]
    source = tmp_path / "in.jsonl"
    source.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    convert(source, tmp_path / "dataset")
    saved = datasets.load_from_disk(str(tmp_path / "dataset"))
    assert saved.features["labels"].feature.names == list(STANCES)
    assert saved[1]["labels"] == [0, 1]
    assert read_any(tmp_path / "dataset") == rows


def test_a_foreign_dataset_with_one_class_a_row_is_read(tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets")
    features = datasets.Features(
        {
            "sentence": datasets.Value("string"),
            "label": datasets.ClassLabel(names=["none", *STANCES]),
        }
    )
    table = {"sentence": ["Noted.", "Alarmed."], "label": [0, 1]}
    datasets.Dataset.from_dict(table, features=features).save_to_disk(str(tmp_path / "one"))
    assert [row["labels"] for row in read_any(tmp_path / "one")] == [[], ["concern"]]
    both = datasets.DatasetDict({"train": datasets.Dataset.from_dict(table, features=features)})
    both.save_to_disk(str(tmp_path / "splits"))
    with pytest.raises(DataError, match="holds the splits train; name one"):
        read_any(tmp_path / "splits")
    assert len(read_any(tmp_path / "splits" / "train")) == 2
    (tmp_path / "nothing").mkdir()
    with pytest.raises(DataError, match="no dataset saved"):
        read_any(tmp_path / "nothing")


def annotation(stances: Sequence[str], explicit: Sequence[str] = (), **more: bool) -> Values:
    def choices(name: str, chosen: Sequence[str]) -> Values:
        value = {"choices": list(chosen)}
        return {"from_name": name, "to_name": TEXT, "type": "choices", "value": value}

    return {"result": [choices(STANCE, stances), choices(EXPLICIT, explicit)], **more}


def test_an_export_is_settled_by_majority_and_keeps_the_readings(tmp_path: Path) -> None:
    tasks = [
        {
            "id": 41,
            "data": {"id": "a", "text": "Both."},
            "annotations": [
                annotation(["welcome", "support"], ["welcome"]),
                annotation(["support"]),
                annotation(["concern"], was_cancelled=True),
            ],
        },
        {
            "data": {"id": "b", "text": "One."},
            "annotations": [annotation(["concern"], ["concern"])],
        },
        {"data": {"id": "c", "text": "None."}, "annotations": [{"result": []}]},
        {"data": {"id": "d", "text": "Not yet."}, "annotations": []},
    ]
    path = tmp_path / "export.json"
    path.write_text(json.dumps(tasks), encoding="utf-8")
    both, one, none, waiting = read_any(path)
    assert (both["labels"], both["explicit"]) == (["support"], [])
    assert both["readings"] == [["support", "welcome"], ["support"]]
    assert (one["labels"], one["explicit"], "readings" in one) == (["concern"], ["concern"], False)
    assert none["labels"] == []
    assert "labels" not in waiting
    converted = convert(path, tmp_path / "rows.jsonl")
    assert (converted.rows, converted.unlabelled) == (4, 1)
    with pytest.raises(DataError, match="1 rows have no labels yet"):
        convert(path, tmp_path / "rows.csv")


class Echo(Classifier):
    """Gives the stance that the text names."""

    name = "echo"
    thresholds = (0.5,) * 4

    def scores(self, texts: Sequence[str]) -> FloatArray:
        return np.asarray([[0.9 if s in text else 0.2 for s in STANCES] for text in texts])


def test_tasks_carry_a_models_predictions(tmp_path: Path) -> None:
    source = tmp_path / "sentences.csv"
    source.write_text("text,lang\nI support it,en\nNothing here,en\n", encoding="utf-8")
    convert(source, tmp_path / "tasks.json", Echo())
    first, second = json.loads((tmp_path / "tasks.json").read_text(encoding="utf-8"))
    assert first["data"] == {"text": "I support it", "lang": "en"}
    assert "annotations" not in first
    prediction = first["predictions"][0]
    assert prediction["model_version"] == "echo"
    assert prediction["result"][0]["value"]["choices"] == ["support"]
    assert prediction["score"] == pytest.approx(0.8)
    assert second["predictions"][0]["result"] == []
    with pytest.raises(DataError, match="predictions go into Label Studio tasks"):
        convert(source, tmp_path / "rows.jsonl", Echo())


def test_the_labelling_interface_fits_the_tasks() -> None:
    view = ET.fromstring(LABEL_CONFIG)
    text = view.find("Text")
    assert text is not None
    assert (text.get("name"), text.get("value")) == (TEXT, "$text")
    for choices in view.iter("Choices"):
        assert choices.get("toName") == TEXT
        assert choices.get("name") in (STANCE, EXPLICIT)
        assert [c.get("value") for c in choices] == list(STANCES)


def test_a_sentence_in_several_languages_becomes_a_row_a_language(tmp_path: Path) -> None:
    source = tmp_path / "un.jsonl"
    row = {
        "id": "x",
        "doc": "d",
        "text": {"en": "Alarmed.", "fr": "Alarmé."},
        "labels": ["concern"],
    }
    source.write_text(json.dumps(row, ensure_ascii=False), encoding="utf-8")
    convert(source, tmp_path / "un.csv")
    read = read_examples(tmp_path / "un.csv")
    assert [(e.lang, e.text, e.labels, e.doc) for e in read] == [
        ("en", "Alarmed.", ("concern",), "d"),
        ("fr", "Alarmé.", ("concern",), "d"),
    ]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.json", '{"data": 1}', "expected a list of tasks, got dict"),
        ("a.json", '[{"text": "x", "stance": "concern"}]', "export as JSON, not as JSON-MIN"),
        ("a.json", "[", "not JSON"),
        ("a.jsonl", '{"text": "x", "labels": ["bad"]}', "a.jsonl:1: labels: label 'bad' unknown"),
        ("a.jsonl", "", "holds no sentence"),
        ("a.parquet", "", "unknown format '.parquet'"),
    ],
)
def test_a_faulty_source_is_named_and_nothing_is_written(
    tmp_path: Path, name: str, content: str, message: str
) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(DataError) as error:
        convert(tmp_path / name, tmp_path / "out.csv")
    assert message in str(error.value)
    assert not (tmp_path / "out.csv").exists()
