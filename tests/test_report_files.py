"""Predictions read back from files, and the command `stance report`."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_report import prediction
from typer import Typer
from typer.testing import CliRunner

from stance.batch.sinks import encode_csv, encode_jsonl, encode_parquet, sink_for
from stance.classifiers.base import Classifier, FloatArray
from stance.cli.report import report
from stance.errors import DataError
from stance.labels import STANCES
from stance.records import Kind, Prediction, Sentence
from stance.report import is_predictions, read_predictions

predictions = st.lists(
    st.builds(
        Prediction,
        doc=st.text(st.characters(codec="utf-8"), max_size=9),
        sent=st.integers(0, 1000),
        sentence=st.builds(
            Sentence,
            start=st.integers(0, 10**6),
            end=st.integers(0, 10**6),
            text=st.text(st.characters(codec="utf-8"), min_size=1),
            kind=st.sampled_from(Kind),
            language=st.sampled_from(["en", "ar", "und"]),
            page=st.none() | st.integers(1, 999),
        ),
        scores=st.tuples(*[st.floats(0, 1)] * 4),
        labels=st.sets(st.sampled_from(STANCES)).map(lambda s: tuple(x for x in STANCES if x in s)),
        model=st.just("m-1"),
        truncated=st.booleans(),
    ),
    max_size=5,
)


@settings(deadline=None, max_examples=60)
@given(predictions)
def test_every_format_is_read_back_as_it_was_written(
    tmp_path_factory: pytest.TempPathFactory, given: list[Prediction]
) -> None:
    folder = tmp_path_factory.mktemp("predictions")
    (folder / "p.jsonl").write_bytes(encode_jsonl([given]))
    (folder / "p.csv").write_bytes(sink_for(Path("p.csv")).header + encode_csv([given]))
    (folder / "parts").mkdir()
    half = len(given) // 2
    for number, part in enumerate([given[:half], given[half:]]):
        (folder / "parts" / f"{number:05d}.parquet").write_bytes(encode_parquet([part]))
    for name in ("p.jsonl", "p.csv", "parts"):
        assert is_predictions(folder / name)
        assert list(read_predictions(folder / name)) == given


def test_documents_are_not_predictions(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("We welcome it.")
    assert not is_predictions(tmp_path)
    assert not is_predictions(tmp_path / "letter.txt")


RECORD = prediction("We welcome it.", "welcome").to_record()


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", r"p\.jsonl:2: not JSON .* expected one record a line"),
        ("[]", r"p\.jsonl:2: .* expected a record as"),
        (json.dumps({**RECORD, "labels": ["joy"]}), r"p\.jsonl:2: 'joy' is not a valid Stance"),
        (json.dumps({**RECORD, "kind": "verse"}), r"p\.jsonl:2: 'verse' is not a valid Kind"),
        (json.dumps({**RECORD, "scores": {"concern": 1}}), r"p\.jsonl:2: no 'condemnation'"),
        (json.dumps({**RECORD, "scores": dict.fromkeys(STANCES, 2)}), r"2 is outside \[0, 1\]"),
        (json.dumps({k: v for k, v in RECORD.items() if k != "text"}), r"p\.jsonl:2: no 'text'"),
    ],
)
def test_a_broken_record_is_named_with_its_line(tmp_path: Path, line: str, message: str) -> None:
    path = tmp_path / "p.jsonl"
    path.write_text(json.dumps(RECORD) + "\n" + line + "\n")
    with pytest.raises(DataError, match=message):
        list(read_predictions(path))


@pytest.mark.parametrize("name", ["p.jsonl", "p.csv", "p.parquet"])
def test_a_file_of_another_kind_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"\xff\xfe,\n1,2\n")
    with pytest.raises(DataError, match=name):
        list(read_predictions(tmp_path / name))
    with pytest.raises(DataError, match=f"missing{name}"):
        list(read_predictions(tmp_path / f"missing{name}"))


class Words(Classifier):
    """Finds a stance where its name stands in the sentence."""

    name = "words-1"
    thresholds = (0.5,) * 4

    def scores(self, texts: Sequence[str]) -> FloatArray:
        return np.array([[0.9 if stance in text else 0.1 for stance in STANCES] for text in texts])


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    # `stance.predict` names the function; the module is only in sys.modules.
    monkeypatch.setattr(sys.modules["stance.predict"], "load", lambda _: Words())
    return CliRunner()


def _app() -> Typer:
    app = Typer()
    app.command()(report)
    return app


def test_report_of_documents(run: CliRunner, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("We welcome it. It rained.")
    out = tmp_path / "r.html"
    result = run.invoke(_app(), [str(tmp_path / "a.txt"), "-o", str(out), "--title", "A < B"])
    assert result.exit_code == 0
    assert result.stdout == ""
    assert (
        "1 documents, 2 sentences (concern 0, condemnation 0, support 0, welcome 1)"
        in result.stderr
    )
    assert "<title>A &lt; B</title>" in out.read_text(encoding="utf-8")


def test_report_of_predictions_loads_no_model(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "p.jsonl").write_bytes(encode_jsonl([[prediction("Yes.", "support")]]))
    out = tmp_path / "r.html"
    arguments = [str(tmp_path / "p.jsonl"), "-o", str(out), "-m", "no-such-model"]
    result = CliRunner().invoke(_app(), arguments)
    assert result.exit_code == 0
    assert "support 0.90" in out.read_text(encoding="utf-8")


def test_a_document_that_fails_is_listed_and_the_others_are_shown(
    run: CliRunner, tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_text("We welcome it.")
    out = tmp_path / "r.html"
    paths = [str(tmp_path / "a.txt"), str(tmp_path / "missing.txt")]
    result = run.invoke(_app(), [*paths, "-o", str(out)])
    assert result.exit_code == 3
    assert "missing.txt" in result.stderr
    assert out.exists()


def test_no_page_is_written_where_nothing_can_be_read(run: CliRunner, tmp_path: Path) -> None:
    out = tmp_path / "r.html"
    result = run.invoke(_app(), [str(tmp_path / "missing.txt"), "-o", str(out)])
    assert result.exit_code == 1
    assert "missing.txt" in result.stderr
    assert not out.exists()
