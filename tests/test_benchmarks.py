"""The benchmarks measure what they say; how fast anything is is not asserted."""

from __future__ import annotations

import json
import statistics
from importlib import import_module
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> ModuleType:
    """The benchmark module that a test names, found as if its folder were where it was started."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return import_module(request.param)


def of(name: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("module", [name], indirect=True)


@of("measuring")
def test_sentences_are_of_real_length_in_every_language(module: ModuleType) -> None:
    seeds = module.read_seeds()
    sentences = module.sentences_from(seeds, 1200)
    assert sentences == module.sentences_from(seeds, 1200)
    for lang in range(6):  # languages take turns
        words = statistics.mean(map(module.words_in, sentences[lang::6]))
        assert 25 < words < 38
    assert len(set(sentences)) > 600


@of("measuring")
def test_chinese_has_words_without_spaces(module: ModuleType) -> None:
    assert module.words_in("We thank them.") == 3
    assert module.words_in("代表团欢迎这项决议各国都支持它呢") == pytest.approx(16 / 1.7)


@of("measuring")
def test_contenders_take_turns(module: ModuleType) -> None:
    calls: list[str] = []
    contenders = {name: lambda name=name: calls.append(name) for name in "abc"}
    timings = module.interleave(contenders, 3)
    assert "".join(calls) == "abc" + "abc" + "cba" + "abc"
    assert [len(timings.seconds[name]) for name in "abc"] == [3, 3, 3]


@of("measuring")
def test_ratios_are_paired(module: ModuleType) -> None:
    """One slow round, in which everything takes ten times as long, changes no ratio."""
    timings = module.Timings({"ours": [1.0, 10.0, 1.0], "theirs": [3.0, 30.0, 3.0]})
    assert timings.times_as_fast("ours", "theirs") == 3
    assert timings.rate("ours", 50) == 50


@of("measuring")
def test_the_table_is_the_same_in_text_and_markdown(module: ModuleType) -> None:
    rows = [
        module.Row("baseline", "stance", 21234.5, "sentences/s", aim="20 000"),
        module.Row("baseline", "other", 0.1234, "s", 3.456),
    ]
    plain, marked = (module.as_table(rows, markdown=is_marked) for is_marked in (False, True))
    for text in (plain, marked):
        assert "21 234 sentences/s" in text
        assert "0.123 s" in text
        assert "3.46" in text
    assert marked.splitlines()[2].count("|") == 6


@of("int8_limit")
def test_the_limit_multiplies_matrices_of_the_models_shapes(module: ModuleType) -> None:
    pytest.importorskip("onnx", reason="onnx is not installed")
    shapes = module.int8_shapes(BENCHMARKS.parent / "models" / "multilingual" / "model.onnx")
    config = json.loads((BENCHMARKS.parent / "models" / "encoder" / "config.json").read_text())
    inner, outer = config["hidden_size"], config["intermediate_size"]
    assert set(shapes) <= {(inner, inner), (inner, outer), (outer, inner)}
    assert len(shapes) % config["num_hidden_layers"] == 0
    module.Multiplier(shapes[:6]).multiply([3, 70])


@of("lane_baseline")
def test_peers_that_are_not_installed_are_named(
    module: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    def without_peers(name: str) -> ModuleType:
        if name in ("sklearn", "fasttext"):
            raise ImportError(name)
        return import_module(name)

    monkeypatch.setattr(module, "import_module", without_peers)
    measuring = import_module("measuring")
    rows, missing = module.baseline_lane(measuring.read_seeds(), 12, 1)
    assert missing == ["scikit-learn TF-IDF", "fastText"]
    assert all(row.what.startswith("stance baseline") for row in rows)
    assert all(np.isfinite(row.figure) and row.figure > 0 for row in rows)
