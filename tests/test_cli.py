"""The command line as a user meets it: in a process of its own."""

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

DOCUMENTS = Path(__file__).parent.parent / "seeds" / "documents"
LETTER = DOCUMENTS / "un-letter-fr.md"


def run(*args: object, stdin: bytes = b"", check: int = 0) -> tuple[str, str]:
    done = subprocess.run(
        [sys.executable, "-m", "stance", *map(str, args)],
        input=stdin,
        capture_output=True,
        timeout=120,
        env={**os.environ, "COLUMNS": "100"},
        check=False,
    )
    out, err = done.stdout.decode(), done.stderr.decode()
    assert "Traceback" not in err
    assert done.returncode == check, err
    return out, err


def predict(*args: object, **more: object) -> tuple[str, str]:
    return run("predict", "-m", "baseline", *args, **more)  # type: ignore[arg-type]


def test_a_letter_becomes_one_record_a_sentence() -> None:
    out, err = predict(LETTER)
    records = [json.loads(line) for line in out.splitlines()]
    assert err == ""
    assert {r["doc"] for r in records} == {"un-letter-fr.md"}
    assert {"condemnation", "welcome", "concern"} <= {x for r in records for x in r["labels"]}


def test_csv_holds_the_same_as_jsonl(tmp_path: Path) -> None:
    records = [json.loads(line) for line in predict(LETTER)[0].splitlines()]
    predict(LETTER, "-o", tmp_path / "out.csv")
    text = (tmp_path / "out.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [r["text"] for r in rows] == [r["text"] for r in records]
    assert [r["labels"] for r in rows] == ["|".join(r["labels"]) for r in records]
    assert [float(r["concern"]) for r in rows] == [r["scores"]["concern"] for r in records]


def test_the_table_shows_labels_beside_sentences() -> None:
    out, _ = predict("-", "-f", "table", stdin=b"We strongly condemn the attack. The meeting rose.")
    first, second = [line for line in out.splitlines() if "attack" in line or "rose" in line]
    assert first.split()[0] == "condemnation"
    assert second.split()[0] == "–"


def test_lines_are_not_split() -> None:
    out, _ = predict("-", "--lines", stdin="One. Two.\n\n  Три. Четыре\n".encode())
    records = [json.loads(line) for line in out.splitlines()]
    assert [(r["text"], r["start"], r["end"]) for r in records] == [
        ("One. Two.", 0, 9),
        ("Три. Четыре", 13, 24),
    ]
    assert records[1]["lang"] == "ru"


def test_labelled_leaves_the_rest_out() -> None:
    out, _ = predict(LETTER, "--labelled")
    assert all(json.loads(line)["labels"] for line in out.splitlines())


def test_split_prints_exact_spans() -> None:
    records = [json.loads(line) for line in run("split", LETTER)[0].splitlines()]
    text = LETTER.read_text(encoding="utf-8")
    assert records
    assert all(text[r["start"] : r["end"]] == r["text"] for r in records)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("empty.txt", b"", "empty.txt"),
        ("blank.txt", b" \n\n", "blank.txt"),
        ("binary.txt", bytes(range(256)) * 20, "binary.txt"),
        ("broken.pdf", b"%PDF-1.7\nnothing", "broken.pdf"),
        ("broken.docx", b"PK\x03\x04nothing", "broken.docx"),
    ],
)
def test_a_bad_file_is_one_clear_line(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    (tmp_path / name).write_bytes(content)
    out, err = predict(tmp_path / name, check=1)
    assert out == ""
    assert err.startswith("stance: ")
    assert message in err
    assert err.count("\n") == 1


def test_a_latin_1_file_is_read(tmp_path: Path) -> None:
    text = "Nous condamnons vivement cette attaque, dont les victimes étaient des écoliers.\n" * 3
    (tmp_path / "latin.txt").write_bytes(text.encode("latin-1"))
    assert "écoliers" in predict(tmp_path / "latin.txt")[0]


def test_good_documents_are_labelled_though_others_fail(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("We welcome the agreement.", encoding="utf-8")
    (tmp_path / "b.txt").write_bytes(b"")
    out, err = predict(tmp_path, check=3)
    assert json.loads(out)["labels"] == ["welcome"]
    assert "b.txt" in err


def test_missing_paths_models_and_commands_are_refused(tmp_path: Path) -> None:
    assert "gone.txt" in predict(tmp_path / "gone.txt", check=1)[1]
    assert "nonsense" in run("predict", "-m", "nonsense", LETTER, check=1)[1]
    run("frobnicate", check=2)
    run("predict", check=2)
    assert "cannot be written" in predict(LETTER, "-o", tmp_path / "no" / "x.csv", check=1)[1]


def test_an_empty_folder_is_an_error(tmp_path: Path) -> None:
    assert "no document in this folder" in predict(tmp_path, check=3)[1]


def test_a_reader_that_stops_early_is_no_error() -> None:
    command = f"{sys.executable} -m stance predict -m baseline {LETTER} | head -n 1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)
    assert done.stdout.count("\n") == 1
    assert done.stderr == ""


def test_models_lists_the_shipped_ones() -> None:
    assert "baseline" in run("models")[0]


@pytest.mark.parametrize(
    "command",
    [
        *("predict", "batch", "split", "explain", "report", "evaluate", "models"),
        *("check-data", "convert-data", "export"),
        *("train baseline", "train transformer", "train cascade", "train encoder"),
        *("train average", "train readings", "train soft-labels"),
    ],
)
def test_every_command_has_help_with_an_example(command: str) -> None:
    out, _ = run(*command.split(), "--help")
    assert f"stance {command}" in out


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys; sys.argv = ['stance', '--help']\n"
        "from stance.cli.app import app\n"
        "heavy = ('numpy', 'sklearn', 'torch', 'onnxruntime', 'lxml', 'ray', 'pyarrow')\n"
        "print([m for m in heavy if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
