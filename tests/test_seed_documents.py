"""The six seed documents are split into the units that stand beside them."""

import json
from pathlib import Path

import pytest

import stance
from stance.records import Kind

DOCUMENTS = Path(__file__).parent.parent / "seeds" / "documents"
NAMES = sorted(p.name.removesuffix(".expected.jsonl") for p in DOCUMENTS.glob("*.expected.jsonl"))


def units(name: str) -> list[dict[str, object]]:
    lines = (DOCUMENTS / f"{name}.expected.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def document(name: str) -> Path:
    (path,) = (p for p in DOCUMENTS.glob(f"{name}.*") if not p.name.endswith(".expected.jsonl"))
    return path


def test_there_is_a_document_for_each_language_with_all_stances() -> None:
    assert {name.rsplit("-", 1)[1] for name in NAMES} == {"ar", "zh", "en", "fr", "ru", "es"}
    for name in NAMES:
        expected = units(name)
        assert len(expected) >= 25
        assert {label for unit in expected for label in unit["labels"]} == set(stance.STANCES)
        assert {unit["kind"] for unit in expected} <= set(Kind)


@pytest.mark.parametrize("name", NAMES)
def test_texts(name: str) -> None:
    found = stance.split(stance.read(document(name)))
    assert [s.text for s in found] == [unit["text"] for unit in units(name)]


@pytest.mark.parametrize("name", NAMES)
def test_kinds(name: str) -> None:
    expected = {str(unit["text"]): unit["kind"] for unit in units(name)}
    found = stance.split(stance.read(document(name)))
    assert {s.text: s.kind.value for s in found if s.text in expected} == expected
