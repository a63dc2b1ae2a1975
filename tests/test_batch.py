from __future__ import annotations

import csv
import io
import json
import os
import tarfile
import zipfile
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
import typer
from batch_case import COURTESY, make_folder, make_model, make_texts, records, serial
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

import stance
from stance.batch import Batch, Progress, Summary, run
from stance.batch.sinks import SINKS, sink_for
from stance.batch.sources import numbered, open_source, survey
from stance.batch.summary import COLUMNS, add
from stance.batch.work import Entry, Item, Job, Part, Predictor, item
from stance.cli.batch import batch as batch_command
from stance.cli.batch import progress_note, summary_table
from stance.errors import StanceError
from stance.predict import predict_document
from stance.records import Document

TEXTS = make_texts(40)


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_model(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """One process, small parts."""
    monkeypatch.setattr("stance.batch.runs._engine", serial)
    monkeypatch.setattr("stance.batch.runs._PART_BYTES", (5000, 5000))


def expected(model: Path, texts: list[str], name: str = "{:04d}.txt") -> list[dict[str, object]]:
    """What predicting the documents one by one gives."""
    classifier = stance.load(model)
    return [
        prediction.to_record()
        for number, text in enumerate(texts)
        for prediction in predict_document(Document(text, name.format(number)), classifier)
    ]


def source_of(path: Path, kind: str) -> Path:
    """TEXTS in a source of each kind, with equal names in it."""
    folder = make_folder(path / "texts", TEXTS)
    files = sorted(folder.iterdir())
    rows = [{"id": file.name, "text": text} for file, text in zip(files, TEXTS, strict=True)]
    source = path / f"source.{kind}"
    if kind == "folder":
        return folder
    if kind == "list":
        source = folder / "files.list"
        source.write_text("# speeches\n\n" + "\n".join(file.name for file in files))
    elif kind == "zip":
        with zipfile.ZipFile(source, "w") as archive:
            for file in files:
                archive.write(file, file.name)
    elif kind in ("tar", "tar.gz"):
        with tarfile.open(source, "w:gz" if kind == "tar.gz" else "w") as archive:
            for file in files:
                archive.add(file, file.name)
    elif kind == "csv":
        with source.open("w", newline="", encoding="utf-8") as out:
            writer = csv.DictWriter(out, ["id", "text"])
            writer.writeheader()
            writer.writerows(rows)
    elif kind == "jsonl":
        source.write_text("".join(json.dumps(row) + "\n" for row in rows))
    else:
        pa = pytest.importorskip("pyarrow", reason="pyarrow is not installed")
        pq = pytest.importorskip("pyarrow.parquet")
        pq.write_table(pa.Table.from_pylist(rows), source)
    return source


KINDS = ["folder", "list", "zip", "tar", "tar.gz", "csv", "jsonl", "parquet"]


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("kind", KINDS)
def test_every_source_gives_what_predict_gives(tmp_path: Path, model: Path, kind: str) -> None:
    output = tmp_path / "out.jsonl"
    run(Batch(source_of(tmp_path, kind), output, model=str(model)))
    assert records(output) == expected(model, TEXTS)


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("suffix", [".jsonl", ".csv", ".parquet", ""])
def test_every_format_holds_the_same_records(tmp_path: Path, model: Path, suffix: str) -> None:
    if suffix in (".parquet", ""):
        pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    texts = ['He said: "no, never".\r\nWe regret\rthat;\n\n| a |\u2028b', *TEXTS[:20]]
    source = make_folder(tmp_path / "texts", texts)
    (source / "0000.txt").write_bytes(texts[0].encode())
    output = tmp_path / f"out{suffix}"
    run(Batch(source, output, model=str(model)))
    assert records(output) == expected(model, texts)


@settings(
    deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(
        st.lists(st.sampled_from([COURTESY, "Second.", "第一句。第二句！"]) | st.text(max_size=40)),
        min_size=1,
        max_size=12,
    ),
    st.integers(1, 400),
)
@pytest.mark.usefixtures("quick")
def test_parts_and_cache_change_nothing(
    tmp_path_factory: pytest.TempPathFactory,
    model: Path,
    monkeypatch: pytest.MonkeyPatch,
    documents: list[list[str]],
    size: int,
) -> None:
    """Whatever the documents, the size of parts and the room to remember sentences."""
    folder = tmp_path_factory.mktemp("property")
    texts = [" ".join(sentences) for sentences in documents]
    monkeypatch.setattr("stance.batch.runs._PART_BYTES", (size, size))
    monkeypatch.setattr("stance.batch.work._CACHE", size % 7)
    monkeypatch.setattr("stance.batch.work._CHUNK", 1 + size % 5)
    source = folder / "table.jsonl"
    rows = ({"id": f"{n:04d}.txt", "text": text} for n, text in enumerate(texts))
    source.write_text("".join(json.dumps(row) + "\n" for row in rows))
    summary = run(Batch(source, folder / "out.jsonl", model=str(model)))
    kept = [text for text in texts if text.strip()]
    assert summary.failed == len(texts) - len(kept)
    found = [
        record for record in expected(model, texts) if texts[int(str(record["doc"])[:4])].strip()
    ]
    assert records(folder / "out.jsonl") == found


@given(st.lists(st.integers(0, 5000)), st.integers(1, 10000))
def test_parts_keep_order_and_size(sizes: list[int], size: int) -> None:
    entries = [Entry(str(n), length, "", lambda: "") for n, length in enumerate(sizes)]
    found = list(numbered(entries, size))
    assert [entry for _, entry in found] == entries
    parts = Counter(number for number, _ in found)
    assert list(parts) == list(range(len(parts)))
    for number, count in parts.items():
        cost = sum(entry.size + 1024 for of, entry in found if of == number)
        assert count == 1 or cost <= size


def test_repeated_sentences_are_scored_once(model: Path) -> None:
    predictor = Predictor(Job(str(model), "jsonl"))
    part = Part(0, tuple(Item(str(n), f"{COURTESY} Number {n} has the floor.") for n in range(50)))
    first, second = predictor(part), predictor(replace(part, number=1))
    assert (first.summary.sentences, first.summary.scored) == (100, 51)
    assert first.summary.repeated == pytest.approx(0.49)
    assert second.summary.scored == 0
    assert second.data == first.data


@pytest.mark.usefixtures("quick")
def test_documents_that_fail_are_listed_and_stop_nothing(tmp_path: Path, model: Path) -> None:
    folder = make_folder(tmp_path / "texts", TEXTS[:6])
    (folder / "0001.txt").write_bytes(b"")
    (folder / "0003.pdf").write_bytes(b"%PDF-1.7 and no more")
    (folder / "0004a.txt").symlink_to(folder / "nowhere.txt")
    (folder / "0005b.docx").write_bytes(b"PK\x03\x04 damaged")
    os.mkfifo(folder / "0006.txt")
    output = tmp_path / "out.jsonl"
    summary = run(Batch(folder, output, model=str(model)))
    failures = records(tmp_path / "out.jsonl.run" / "failures.jsonl")
    names = ["0001.txt", "0003.pdf", "0004a.txt", "0005b.docx"]
    assert [one["doc"] for one in failures] == names
    assert all(len(one["reason"]) > 20 for one in failures)
    assert (summary.documents, summary.failed) == (5, 4)
    found = [record for record in expected(model, TEXTS[:6]) if record["doc"] != "0001.txt"]
    assert records(output) == found


@pytest.mark.usefixtures("quick")
def test_rows_that_fail_are_listed(tmp_path: Path, model: Path) -> None:
    rows = ['{"id": "a", "text": "We agree."}', "{broken", '["list"]', '{"id": "b"}']
    rows += ['{"id": "c", "text": "half \\ud83d"}', '{"text": "No id."}', '{"id": 7, "text": " "}']
    source = tmp_path / "rows.jsonl"
    source.write_text("\n".join(rows))
    run(Batch(source, tmp_path / "out.jsonl", model=str(model)))
    failures = records(tmp_path / "out.jsonl.run" / "failures.jsonl")
    assert [one["doc"] for one in failures] == ["row 2", "row 3", "b", "c", "7"]
    assert [one["doc"] for one in records(tmp_path / "out.jsonl")] == ["a", "row 6"]


def names_in(path: Path, glob: str | None = None, limit: int | None = None) -> list[str]:
    return [entry.name for entry in open_source(path, glob=glob, limit=limit).entries()]


def test_a_folder_is_listed_by_path_without_what_is_hidden(tmp_path: Path) -> None:
    files = ["b.txt", "a/z.txt", "a/b/c.pdf", "a.md", "B.HTML", "data.json", ".x.txt", ".git/a.txt"]
    for name in files:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("text")
    assert names_in(tmp_path) == ["B.HTML", "a.md", "a/b/c.pdf", "a/z.txt", "b.txt"]
    assert names_in(tmp_path, limit=2) == ["B.HTML", "a.md"]
    assert names_in(tmp_path, "*.txt") == ["a/z.txt", "b.txt"]
    assert names_in(tmp_path, "a/*.txt") == ["a/z.txt"]
    assert names_in(tmp_path, "a/**/*") == ["a/b/c.pdf", "a/z.txt"]
    assert names_in(tmp_path, "**/c.???") == ["a/b/c.pdf"]
    assert names_in(tmp_path, "*.json") == ["data.json"]


def test_a_folder_that_cannot_be_opened_is_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "closed").mkdir()
    (tmp_path / "open.txt").write_text("text")
    scandir = os.scandir

    def refusing(path: Path) -> object:
        if path.name == "closed":
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr("stance.batch.sources.os.scandir", refusing)
    closed, readable = map(item, open_source(tmp_path).entries())
    assert closed.name == "closed/"
    assert "Permission denied" in closed.error
    assert readable.error == ""


def test_a_damaged_member_is_a_failure_not_the_end(tmp_path: Path) -> None:
    path = tmp_path / "texts.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", "first text, first text")
        archive.writestr("b.txt", "second text")
    path.write_bytes(path.read_bytes().replace(b"first text, first", b"First text, first", 1))
    first, second = map(item, open_source(path).entries())
    assert "CRC" in first.error
    assert second.content == b"second text"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("missing", None, "no such file"),
        ("empty.csv", "id,text\n", "no documents"),
        ("other.csv", "id,body\n1,a\n", "--text-column"),
        ("broken.csv", 'id,text\n1,"a"b\n', "cannot be read as CSV"),
        ("other.jsonl", '{"body": "a"}\n', "--text-column"),
        ("broken.zip", "no archive", "not a ZIP"),
        ("broken.tar.gz", "no archive", "not a tar"),
        ("prose.txt", "We agree.\nWe do not.", "no line of it names a file"),
        ("report.pdf", "%PDF", "stance predict"),
    ],
)
def test_a_source_that_does_not_fit_is_refused(
    tmp_path: Path, name: str, content: str | None, message: str
) -> None:
    if content is not None:
        (tmp_path / name).write_text(content)
    with pytest.raises(StanceError, match=message) as caught:
        survey(open_source(tmp_path / name))
    assert name in str(caught.value)


def test_options_that_do_not_fit_the_source_are_refused(tmp_path: Path) -> None:
    table = tmp_path / "rows.csv"
    table.write_text("number,body\n1,a\n")
    with pytest.raises(StanceError, match="--glob"):
        open_source(table, glob="*.txt")
    with pytest.raises(StanceError, match="not a table"):
        open_source(tmp_path, text_column="body")
    (entry,) = open_source(table, text_column="body", id_column="number").entries()
    assert (entry.name, entry.load()) == ("1", "a")
    with pytest.raises(StanceError, match="no column 'title'; found number, body"):
        survey(open_source(table, text_column="title"))


def test_the_hash_tells_what_changed(tmp_path: Path) -> None:
    source = tmp_path / "rows.csv"

    def hashed(content: str) -> str:
        source.write_text(content)
        return survey(open_source(source)).sha256

    first = hashed("id,text,other\n1,a,x\n2,b,x\n")
    assert hashed("id,text,other\n1,a,y\n2,b,y\n") == first
    assert hashed("id,text,other\n1,a,x\n2,c,x\n") != first
    assert hashed("id,text,other\n2,b,x\n1,a,x\n") != first


def test_an_unknown_format_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StanceError, match=r"'\.xlsx'; expected one of \.parquet, \.jsonl, \.csv"):
        sink_for(tmp_path / "out.xlsx")
    assert set(SINKS) == {"parquet", "jsonl", "csv"}


def test_counts_of_parts_add_up(model: Path) -> None:
    predictor = Predictor(Job(str(model), "jsonl"))
    items = tuple(Item(f"{n:02d}", text) for n, text in enumerate(TEXTS))
    whole = Predictor(Job(str(model), "jsonl"))(Part(0, items)).summary
    parts = [predictor(Part(n, items[n : n + 7])).summary for n in range(0, len(items), 7)]
    assert add(parts) == whole
    assert Summary.from_json(json.loads(json.dumps(whole.to_json()))) == whole
    found = [
        json.loads(line)
        for line in Predictor(Job(str(model), "jsonl"))(Part(0, items)).data.splitlines()
    ]
    all_sentences = dict(zip(COLUMNS, dict(whole.group("all"))["sentences"], strict=True))
    having = dict(zip(COLUMNS, dict(whole.group("all"))["documents"], strict=True))
    assert all_sentences["sentences"] == len(found)
    assert all_sentences["none"] == sum(not one["labels"] for one in found)
    for label in stance.STANCES:
        labelled = [one["doc"] for one in found if label in one["labels"]]
        assert all_sentences[label] == len(labelled)
        assert having[label] == len(set(labelled))
    languages = dict(whole.group("language"))
    assert set(languages) == {one["lang"] for one in found}
    assert len(whole.group("document")) == 10


@pytest.mark.usefixtures("quick")
def test_years_are_counted_where_documents_tell(tmp_path: Path, model: Path) -> None:
    page = '<html><head><meta name="date" content="{}"></head><body><p>{}</p></body></html>'
    for number, date in enumerate(["2021-03-04", "2021-11-30", "2019-01-01"]):
        (tmp_path / f"{number}.html").write_text(page.format(date, TEXTS[number]))
    (tmp_path / "plain.txt").write_text("We agree.")
    output = tmp_path / "out" / "scores.jsonl"
    summary = run(Batch(tmp_path, output, model=str(model)))
    dated = {
        name: stance.read(tmp_path / f"{name}.html").metadata.get("date", "")[:4] for name in "012"
    }
    years = {year: row[0] for year, row in summary.group("year")}
    assert years == {"2021": 2, "2019": 1}
    assert sorted(dated.values()) == ["2019", "2021", "2021"]


def test_the_command_reports_and_ends_with_3_for_failures(tmp_path: Path, model: Path) -> None:
    """Through real workers."""
    folder = make_folder(tmp_path / "texts", TEXTS[:8])
    (folder / "0003.txt").write_bytes(b"")
    app = typer.Typer()
    app.command()(batch_command)
    output = tmp_path / "out.csv"
    arguments = [str(folder), "-o", str(output), "-m", str(model), "--workers", "2"]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 3, result.output
    assert result.stdout == ""
    assert "1 documents failed, see" in result.stderr
    assert "condemnation" in result.stderr
    assert len({row["doc"] for row in records(output)}) == 7


def test_progress_tells_rate_time_left_and_failures() -> None:
    now = Progress(total=1000, earlier=100, documents=400, failed=2, sentences=9000)
    assert progress_note(now, 60) == "5.0 documents/s, 150 sentences/s, 0:02:00 left, 2 failed"


def test_the_table_shows_names_as_they_are() -> None:
    from rich.console import Console

    row = (1, 2, 0, 2, 0, 0, 0)
    rows = {("document", "[red]a.txt"): row, ("all", "sentences"): row, ("all", "documents"): row}
    console = Console(file=io.StringIO(), width=100)
    console.print(summary_table(Summary(1, 0, 2, 2, rows)))
    assert isinstance(console.file, io.StringIO)
    assert "[red]a.txt" in console.file.getvalue()
