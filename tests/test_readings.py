"""Labels kept apart from their sentences: found again by hash, in parallel text and documents."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from stance.cli.app import app
from stance.errors import DataError
from training.corpus import Example, checked_output, read_examples
from training.readings import READINGS, read_readings, sentence_id
from training.splits import Part, select

CONDEMNS = "The council condemns\u00a0the attack."
NOTES = "It took note of the report."


def keep(folder: Path, codes: dict[str, str]) -> Path:
    path = folder / "readings.tsv"
    path.write_text("".join(f"{sentence_id(text)}\t{code}\n" for text, code in codes.items()))
    return path


def test_a_reading_speaks_for_all_versions_and_for_documents(tmp_path: Path) -> None:
    path = keep(tmp_path, {CONDEMNS: "cD?", NOTES: "-", "Not in any text.": "W"})
    pairs, speeches = tmp_path / "pairs", tmp_path / "speeches"
    pairs.mkdir()
    speeches.mkdir()
    for lang in ("ar", "zh", "ru", "es"):
        (pairs / f"{lang}-en.tsv").write_text(f"un\t{lang} text\tUnread.\n")
    (pairs / "fr-en.tsv").write_text(f"un\tLe conseil condamne l'attaque.\t{CONDEMNS}\n")
    (speeches / "1.txt").write_text(f"The meeting began.\n\n{NOTES} It then adjourned.\n")
    output = tmp_path / "read.jsonl"
    command = ["train", "readings", str(pairs), "--documents", str(speeches), "-o", str(output)]
    command += ["--codes", str(path)]
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 0, result.output
    assert "2 of 3 sentences found" in result.output
    rows = read_examples(output)
    assert {(e.lang, e.text) for e in rows} == {
        ("en", CONDEMNS),
        ("fr", "Le conseil condamne l'attaque."),
        ("en", NOTES),
    }
    condemned, noted = rows[0], rows[-1]
    assert condemned.labels == ("concern", "condemnation")
    assert condemned.explicit == ("condemnation",)
    assert condemned.unsure
    assert (noted.labels, noted.source, noted.doc) == ((), "speeches", "speeches/1.txt")
    assert all(e.id.startswith("read-") for e in rows)


def test_a_reader_outweighs_a_model() -> None:
    soft = [
        Example("s1", text, ("concern",), lang, group="s1", probabilities=(0.9, 0.0, 0.0, 0.0))
        for lang, text in (("en", CONDEMNS), ("fr", "Le conseil condamne."))
    ]
    other = replace(soft[0], id="s2", group="s2", text="Unread.")
    read = Example("r", CONDEMNS.upper(), ("condemnation",), "en", group="s1")
    assert select([*soft, other, read], Part.TRAIN) == [other, read]


def test_labelled_sentences_and_repetitions_are_left_out(tmp_path: Path) -> None:
    path = keep(tmp_path, {CONDEMNS: "D", NOTES: "-"})
    pairs, speeches = tmp_path / "pairs", tmp_path / "speeches"
    pairs.mkdir()
    speeches.mkdir()
    for lang in ("ar", "zh", "ru", "es"):
        (pairs / f"{lang}-en.tsv").write_text("un\tx\tUnread.\n")
    (pairs / "fr-en.tsv").write_text(f"un\tLe conseil condamne l'attaque.\t{CONDEMNS}\n")
    (speeches / "1.txt").write_text(f"{CONDEMNS}\n\n{NOTES}\n")
    labelled = tmp_path / "labelled.csv"
    labelled.write_text(f"text,labels\n{NOTES},\n")
    output = tmp_path / "read.jsonl"
    command = ["train", "readings", str(pairs), "--documents", str(speeches), "-o", str(output)]
    command += ["--codes", str(path), "--data", str(labelled)]
    assert CliRunner().invoke(app, command).exit_code == 0
    assert [e.lang for e in read_examples(output)] == ["en", "fr"], "the row with translations"
    path.write_text("0123456789ab\tW\n")
    result = CliRunner().invoke(app, command)
    assert isinstance(result.exception, DataError)
    assert "name the texts it is about" in str(result.exception)


def test_a_list_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    path = keep(tmp_path, {NOTES: "-"})
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert list(read_readings(path)) == [sentence_id(NOTES)], "a byte order mark is no part of it"
    path.write_text("0123456789ab\tW\n" * 2)
    with pytest.raises(DataError, match="stands in a line above"):
        read_readings(path)
    path.write_bytes(b"\xff\xfe\x00")
    for bad in (path, tmp_path, tmp_path / "missing.tsv"):
        with pytest.raises(DataError, match="cannot be read"):
            read_readings(bad)


@pytest.mark.parametrize("name", ["", "rows.txt", "rows.jsonl.xz", "file/rows.jsonl"])
def test_rows_are_not_written_where_they_cannot_be(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(DataError, match="jsonl"):
        checked_output(tmp_path / name)


@pytest.mark.parametrize("code", ["C-", "", "x", "?"])
def test_a_code_that_is_none_is_named(tmp_path: Path, code: str) -> None:
    path = keep(tmp_path, {NOTES: "-", CONDEMNS: code})
    with pytest.raises(DataError, match=r"readings\.tsv:2: code"):
        read_readings(path)


def test_the_readings_of_the_project_are_well_formed() -> None:
    readings = read_readings(READINGS)
    assert len(readings) > 10_000
    assert all(len(identity) == 12 for identity in readings)
    assert any(r.unsure for r in readings.values())
