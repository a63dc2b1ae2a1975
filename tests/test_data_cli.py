"""The commands check-data and convert-data: what they print, where, and how they end."""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from stance.cli.check_data import check_data
from stance.cli.convert_data import convert_data
from stance.errors import DataError

app = typer.Typer()
app.command()(check_data)
app.command()(convert_data)
runner = CliRunner()

ROWS = [
    {"id": "a", "lang": "en", "text": "We welcome the accord.", "labels": ["welcome"]},
    {"id": "b", "lang": "en", "text": "We welcome the accords.", "labels": []},
    {"id": "c", "lang": "fr", "text": "La séance est levée.", "labels": []},
]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in ROWS), encoding="utf-8")
    return path


def test_faults_are_printed_line_by_line_and_end_with_1(data: Path) -> None:
    with data.open("a", encoding="utf-8") as file:
        file.write('{"id": "d", "text": "x", "labels": ["joy"]}\n{"id": "a", "lang": "en"}\n')
    result = runner.invoke(app, ["check-data", str(data)])
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert lines[0].startswith(f"{data}:4: labels: label 'joy' unknown")
    assert [line.split(": ")[0] for line in lines[1:]] == [f"{data}:5"] * 3
    assert "4 faults" in result.stderr


def test_sound_data_is_counted_and_repeats_are_listed(data: Path) -> None:
    result = runner.invoke(app, ["check-data", str(data)])
    assert result.exit_code == 0
    assert "Near-duplicates" in result.stdout
    assert "a [welcome] We welcome the accord. — b [none]" in result.stdout


def test_json_holds_what_the_text_says(data: Path) -> None:
    result = runner.invoke(app, ["check-data", str(data), "--format", "json"])
    report = json.loads(result.stdout)
    assert report["problems"] == []
    rows = next(table for table in report["tables"] if table["title"] == "Rows")["rows"]
    assert {row["language"]: row["rows"] for row in rows} == {"en": 2, "fr": 1, "all": 3}
    assert report["lists"][0]["entries"][0]["second"]["id"] == "b"


def test_markdown_tables_have_as_many_cells_in_every_line(data: Path) -> None:
    result = runner.invoke(app, ["check-data", str(data), "--format", "markdown"])
    tables = [part for part in result.stdout.split("\n\n") if part.startswith("| ")]
    assert len(tables) >= 3
    for table in tables:
        assert len({line.count(" | ") for line in table.splitlines()}) == 1


def test_held_out_sentences_that_training_gives_away_are_listed(data: Path, tmp_path: Path) -> None:
    held_out = tmp_path / "held_out.jsonl"
    held_out.write_text(json.dumps(ROWS[0] | {"id": "z"}) + "\n", encoding="utf-8")
    result = runner.invoke(app, ["check-data", str(data), "--held-out", str(held_out)])
    assert result.exit_code == 0
    assert "text: b [none] We welcome the accords. — held out z" in result.stdout


def test_conversion_says_what_it_wrote_on_stderr_and_overwrites_only_when_told(
    data: Path, tmp_path: Path
) -> None:
    target = tmp_path / "rows.csv"
    result = runner.invoke(app, ["convert-data", str(data), str(target)])
    assert result.exit_code == 0
    assert result.stdout == ""
    assert "3 rows, 0 of them without labels" in result.stderr
    before = target.read_text(encoding="utf-8")
    assert before.splitlines()[0] == "id,lang,text,labels"
    again = runner.invoke(app, ["convert-data", str(data), str(target)])
    assert isinstance(again.exception, DataError)
    assert "give --force" in str(again.exception)
    assert target.read_text(encoding="utf-8") == before
    assert runner.invoke(app, ["convert-data", str(data), str(target), "--force"]).exit_code == 0


def test_tasks_come_with_the_interface_to_label_them(data: Path, tmp_path: Path) -> None:
    result = runner.invoke(app, ["convert-data", str(data), str(tmp_path / "tasks.json")])
    assert '<Choices name="stance"' in result.stderr
    assert len(json.loads((tmp_path / "tasks.json").read_text(encoding="utf-8"))) == 3
