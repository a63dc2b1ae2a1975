"""The golden cases of each language: texts with the exact sentences they consist of."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from stance.sentences import split
from stance.sentences.lexicon import available, data_of

GOLDEN = sorted((Path(__file__).parent / "golden").glob("*.jsonl"))
CASES = [json.loads(line) for path in GOLDEN for line in path.read_text("utf-8").splitlines()]


def test_every_language_has_cases() -> None:
    assert {case["lang"] for case in CASES} == set(available())


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_case_is_split_exactly(case: dict[str, Any]) -> None:
    assert [s.text for s in split(case["text"])] == case["sentences"]


def keys(code: str) -> set[str]:
    """The keys of a language's data file, those of its tables with the table's name."""
    data = data_of(code)
    inner = {
        f"{name}.{key}" for name, table in data.items() if isinstance(table, dict) for key in table
    }
    return set(data) | inner


@pytest.mark.parametrize("lang", available())
def test_data_file_has_the_keys_of_the_others(lang: str) -> None:
    assert keys("en") - {"spellings", "particles"} <= keys(lang)


@pytest.mark.parametrize("lang", available())
def test_language_is_detected(lang: str) -> None:
    found = [s for case in CASES if case["lang"] == lang for s in split(case["text"])]
    right = sum(len(s.text) for s in found if s.language == lang)
    assert right >= 0.95 * sum(len(s.text) for s in found)
