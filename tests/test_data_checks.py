"""Validation, counts and agreement of labelled data, and the promises of the seed corpus."""

import json
import math
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stance.errors import DataError
from stance.labels import STANCES
from training.corpus import read_many
from training.data.agreement import agreement_table, kappa
from training.data.checks import GENRES, NONE_NOTES, SEED_LANGUAGES, check_files
from training.data.counts import count_tables
from training.data.report import examine
from training.data.rows import Row, read_rows

SEEDS = Path(__file__).parent.parent / "seeds"
CARD = SEEDS / "README.md"


def faults(
    tmp_path: Path, name: str, content: str, *, seeds: bool = False
) -> list[tuple[int, str]]:
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    found = check_files([path], seeds=seeds)
    assert all(p.where.startswith(f"{path}:") for p in found)
    return [(int(p.where.rsplit(":", 1)[1]), p.message) for p in found]


def test_every_fault_is_named_with_its_line(tmp_path: Path) -> None:
    lines = [
        '{"id": "a", "text": "We welcome it.", "labels": ["welcome"], "explicit": ["welcome"]}',
        '{"id": "b", "text": "We regret it.", "labels": ["neutre", "concern"]}',
        "not json",
        "",
        '["a list"]',
        '{"id": "c", "labels": []}',
        '{"id": "d", "text": "  ", "labels": []}',
        '{"id": "e", "text": "Noted.", "labels": [], "explicit": ["support"]}',
        '{"id": "a", "text": "Again.", "labels": []}',
        '{"id": "f", "text": "Twice.", "labels": ["concern", "concern"], "lang": "English"}',
        '{"id": "g", "text": "No labels."}',
        '{"id": "h", "text": "x", "labels": 3, "readings": [["concern"], ["doubt"]]}',
    ]
    found = faults(tmp_path, "rows.jsonl", "\n".join(lines))
    expected = {
        2: "label 'neutre' unknown; expected one of concern, condemnation, support, welcome",
        3: "not JSON",
        5: "expected a JSON object, got list",
        6: "no 'text'; found id, labels",
        7: "text is '  '",
        8: "explicit 'support' is not among the labels []",
        9: f"id 'a' stands already at {tmp_path / 'rows.jsonl'}:1",
        10: "label 'concern' stands twice",
        11: "no 'labels'",
        12: "labels 3; expected a list",
    }
    for line, message in expected.items():
        assert any(n == line and message in m for n, m in found), (line, message, found)
    assert (10, "language 'English'; expected an ISO 639 code such as en") in found
    assert any(n == 12 and "label 'doubt' unknown" in m for n, m in found)
    assert {n for n, _ in found} == set(expected)


def test_csv_cells_hold_lists_and_wrong_ones_are_named(tmp_path: Path) -> None:
    content = (
        "id,sentence,label,explicit\n"
        '1,"One, two",concern|welcome,concern\n'
        "2,Three,none,\n"
        "3,Four,concerned,\n"
        "4,Five,,,more\n"
    )
    found = faults(tmp_path, "rows.csv", content)
    assert [n for n, _ in found] == [4, 5]
    assert "label 'concerned' unknown" in found[0][1]
    assert "more cells than the 4 columns" in found[1][1]
    rows = [row for row in read_rows(tmp_path / "rows.csv") if isinstance(row, Row)]
    assert rows[0].values["labels"] == ["concern", "welcome"]
    assert rows[1].values["labels"] == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"lang": "de"}, "lang 'de' unknown"),
        ({"genre": "poem"}, "genre 'poem' unknown"),
        ({"note": "hard"}, "note 'hard' unknown"),
        ({"note": "courtesy"}, "note 'courtesy' is for rows without a label"),
        ({"note": "two"}, "note 'two' is for rows with several labels"),
        ({"labels": [], "explicit": []}, "note 'cue' is for rows with a label"),
        ({"id": "fr-1"}, "expected fr- and four digits"),
        ({"readings": None}, "no 'readings'"),
        ({"labels": ["welcome", "concern"], "note": "two"}, "expected the order"),
    ],
)
def test_seed_rows_are_held_to_the_guidelines(
    tmp_path: Path, change: dict[str, object], message: str
) -> None:
    row: dict[str, object] = {
        "id": "fr-0001",
        "group": "fr-0001",
        "lang": "fr",
        "text": "Le Conseil se réjouit.",
        "labels": ["welcome"],
        "explicit": ["welcome"],
        "genre": "prst",
        "note": "cue",
        "readings": [["welcome"]],
    }
    row |= change
    row = {column: value for column, value in row.items() if value is not None}
    found = faults(tmp_path, "fr.jsonl", json.dumps(row), seeds=True)
    assert any(message in m for _, m in found), found


def test_what_cannot_be_read_at_all_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for path in (tmp_path / "missing.jsonl", tmp_path / "empty"):
        with pytest.raises(DataError, match="no "):
            check_files([path])
    (tmp_path / "rows.xlsx").write_bytes(b"PK")
    with pytest.raises(DataError, match=r"expected \.jsonl, \.csv"):
        check_files([tmp_path / "rows.xlsx"])
    (tmp_path / "latin.csv").write_bytes("text,labels\nliberté,\n".encode("latin-1"))
    assert "cannot be decoded as UTF-8" in check_files([tmp_path / "latin.csv"])[0].message
    (tmp_path / "none.jsonl").write_text("\n", encoding="utf-8")
    assert "holds no labelled sentence" in check_files([tmp_path / "none.jsonl"])[0].message


def test_kappa_of_a_known_table() -> None:
    # 20 yes-yes, 5 yes-no, 10 no-yes, 15 no-no: the worked example of many textbooks.
    first = [True] * 25 + [False] * 25
    second = [True] * 20 + [False] * 5 + [True] * 10 + [False] * 15
    assert kappa(first, second) == pytest.approx(0.4)
    assert kappa([True, False], [False, True]) == pytest.approx(-1)
    assert math.isnan(kappa([], []))
    assert math.isnan(kappa([True, True], [True, True]))


@settings(deadline=None)
@given(st.lists(st.booleans(), min_size=2))
def test_kappa_with_oneself_is_one_where_it_is_defined(marks: list[bool]) -> None:
    value = kappa(marks, marks)
    assert math.isnan(value) if len(set(marks)) == 1 else value == pytest.approx(1)


def test_agreement_counts_rows_that_were_read_twice() -> None:
    readings = [[["concern"], ["concern"]], [["concern"], []], [[], []], [["welcome"]]]
    rows = [Row("f:1", {"lang": "fr", "readings": one}) for one in readings]
    table = agreement_table(rows)
    assert table is not None
    line = dict(zip(table.columns, table.rows[0], strict=True))
    assert (line["read twice"], line["differ"]) == (3, 1)
    assert line["alike"] == pytest.approx(2 / 3)
    assert agreement_table([Row("f:1", {"readings": [[]]})]) is None


def test_the_seed_corpus_has_no_fault() -> None:
    assert check_files([SEEDS], seeds=True) == []


@pytest.mark.parametrize("language", SEED_LANGUAGES)
def test_the_seed_corpus_keeps_its_promises(language: str) -> None:
    rows = [e for e in read_many([SEEDS]) if e.lang == language]
    none = [e for e in rows if not e.labels]
    assert len(rows) >= 800
    assert len(none) >= 0.45 * len(rows)
    assert sum(e.note != "plain" for e in none) >= len(none) / 2
    assert {e.note for e in none} == set(NONE_NOTES)
    assert sum(len(e.labels) > 1 for e in rows) >= 0.08 * len(rows)
    for stance in STANCES:
        marks = Counter(stance in e.explicit for e in rows if stance in e.labels)
        assert marks.total() >= 90
        assert marks[False] >= 0.4 * marks.total()
        assert {e.genre for e in rows if stance in e.labels} == set(GENRES)


def test_counts_add_up() -> None:
    examples = read_many([SEEDS])
    tables = {table.title.split(":")[0].split(" (")[0]: table for table in count_tables(examples)}
    assert tables["Rows"].rows[-1][1] == len(examples)
    notes = tables["Notes"]
    assert sum(int(row[-1]) for row in notes.rows) == len(examples)
    genres = tables["Genres"]
    assert sum(int(row[2]) for row in genres.rows) == len(examples)
    marks = sum(int(n) for row in genres.rows for cell in row[4:] for n in str(cell).split(" + "))
    assert marks == sum(len(e.labels) for e in examples)
    assert count_tables([]) == []


def test_the_data_card_has_the_tables_of_today() -> None:
    card = CARD.read_text(encoding="utf-8")
    begin, end = "<!-- stance check-data seeds --format markdown -->\n", "<!-- end -->"
    assert begin in card
    shown = card.split(begin)[1].split(end)[0].strip()
    assert shown == examine([SEEDS]).to_markdown().strip()
