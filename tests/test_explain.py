"""Explanations, checked with classifiers whose reasons are known."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer import Typer
from typer.testing import CliRunner

from stance.classifiers.base import Classifier, FloatArray
from stance.cli.explain import explain as explain_command
from stance.labels import STANCES
from stance.records import Prediction, Sentence
from stance.report import Explanation, explain


class Known(Classifier):
    """Probabilities from a function of the text; counts the texts that it was asked about."""

    name = "known-1"
    thresholds = (0.5,) * 4

    def __init__(self, **of_stance: Callable[[str], float]) -> None:
        self._of_stance = of_stance
        self.asked = 0

    def scores(self, texts: Sequence[str]) -> FloatArray:
        self.asked += len(texts)
        none: Callable[[str], float] = lambda _: 0.0  # noqa: E731
        return np.array([[self._of_stance.get(s, none)(text) for s in STANCES] for text in texts])


def _condemn(text: str) -> float:
    return 0.1 + 0.6 * ("condemn" in text) + 0.2 * ("strongly" in text) - 0.1 * ("alleged" in text)


def _explained(text: str, model: Classifier, start: int = 0, **options: int) -> Explanation:
    (found,) = explain(
        model.predict([Sentence(start, start + len(text), text)], doc="a.txt"), model, **options
    )
    return found


def _weights(found: Explanation, stance: str) -> dict[str, float]:
    column = STANCES.index(stance)
    return {word.text: round(word.weights[column], 6) for word in found.words}


def test_a_word_weighs_what_the_probability_loses_without_it() -> None:
    found = _explained("We strongly condemn the alleged attack.", Known(condemnation=_condemn))
    assert _weights(found, "condemnation") == {
        "We": 0.0,
        "strongly": 0.2,
        "condemn": 0.6,
        "the": 0.0,
        "alleged": -0.1,
        "attack": 0.0,
    }
    assert set(_weights(found, "welcome").values()) == {0.0}
    assert [word.text for word in found.strongest("condemnation", 3)] == [
        "condemn",
        "strongly",
        "alleged",
    ]


def test_offsets_are_those_of_the_document() -> None:
    text = "Nous condamnons l’attaque — sans réserve."
    document = "Monsieur,\n" + text
    found = _explained(text, Known(), start=10)
    assert [document[word.start : word.end] for word in found.words] == [
        "Nous",
        "condamnons",
        "l’attaque",
        "sans",
        "réserve",
    ]
    assert all(document[word.start : word.end] == word.text for word in found.words)


def test_arabic_words_keep_their_vowel_signs() -> None:
    found = _explained("وقّعت الجمهورية اتفاقاً.", Known())
    assert [word.text for word in found.words] == ["وقّعت", "الجمهورية", "اتفاقاً"]


@pytest.mark.parametrize(
    "concern",
    [
        lambda text: 0.9 if "关注" in text else 0.1,
        lambda text: 0.9 if "关" in text or "注" in text else 0.1,
    ],
    ids=["both characters are needed", "either is enough"],
)
def test_chinese_characters_that_act_together_are_one_word(
    concern: Callable[[str], float],
) -> None:
    found = _explained("我们对此表示深切关注。", Known(concern=concern))
    weights = _weights(found, "concern")
    assert weights.pop("关注") == 0.8
    assert set(weights.values()) == {0.0}
    assert "".join(weights) == "我们对此表示深切"


def test_two_chinese_words_stay_apart() -> None:
    model = Known(concern=lambda text: 0.1 + 0.3 * ("深切" in text) + 0.5 * ("关注" in text))
    weights = _weights(_explained("表示深切关注", model), "concern")
    assert weights == {"表": 0.0, "示": 0.0, "深切": 0.3, "关注": 0.5}


def test_the_cost_of_a_long_sentence_is_bounded_and_its_end_still_weighed() -> None:
    text = " ".join(f"word{n}" for n in range(1000)) + " condemn"
    model = Known(condemnation=_condemn)
    found = _explained(text, model, max_words=50)
    assert model.asked <= 1 + 1 + 50  # the prediction, the whole text, the text without each run
    assert len(found.words) <= 50
    (heaviest,) = found.strongest("condemnation", 1)
    assert "condemn" in heaviest.text
    model.asked = 0
    _explained("关注" * 500, model, max_words=50)
    assert model.asked <= 2 + 100


def test_a_limit_below_one_is_refused() -> None:
    with pytest.raises(ValueError, match="max_words is 0; expected 1 or more"):
        _explained("We condemn it.", Known(), max_words=0)


@pytest.mark.parametrize("text", ["", "…", "* * *", " \n "])
def test_a_sentence_without_words_has_none(text: str) -> None:
    assert _explained(text, Known()).words == ()


def test_the_stances_explained_are_the_labels_or_else_the_nearest() -> None:
    model = Known(concern=lambda _: 0.6, support=lambda _: 0.7, welcome=lambda _: 0.2)
    assert _explained("Words.", model).stances == ("concern", "support")
    assert _explained("Words.", Known(welcome=lambda _: 0.2)).stances == ("welcome",)


@settings(deadline=None, max_examples=150)
@given(
    st.lists(st.text("ab ,.-’关注我，。\u064bж\n", max_size=30), max_size=4),
    st.integers(1, 40),
)
def test_words_are_exact_disjoint_and_the_same_one_by_one(texts: list[str], limit: int) -> None:
    model = Known(concern=lambda text: len(text) / 100, support=lambda text: text.count("关") / 30)
    predictions: list[Prediction] = model.predict(texts)
    together = list(explain(predictions, model, max_words=limit))
    assert together == [e for p in predictions for e in explain([p], model, max_words=limit)]
    for text, one in zip(texts, together, strict=True):
        at = 0
        for word in one.words:
            assert at <= word.start < word.end
            assert text[word.start : word.end] == word.text
            at = word.end
        assert len(one.words) <= limit


def test_the_record_is_the_predictions_with_the_words() -> None:
    found = _explained("We condemn it.", Known(condemnation=_condemn))
    record = json.loads(json.dumps(found.to_record()))
    words = record.pop("words")
    assert record == json.loads(json.dumps(found.prediction.to_record()))
    assert words[1] == {
        "start": 3,
        "end": 10,
        "text": "condemn",
        "weights": dict(zip(STANCES, (0.0, pytest.approx(0.6), 0.0, 0.0), strict=True)),
    }


# ---------------------------------------------------------------- stance explain


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., tuple[int, str]]:
    model = Known(condemnation=_condemn)
    monkeypatch.setattr(sys.modules["stance.predict"], "load", lambda _: model)
    app = Typer()
    app.command()(explain_command)

    def invoke(*arguments: str, text: str = "") -> tuple[int, str]:
        result = CliRunner().invoke(app, arguments, input=text)
        return result.exit_code, result.stdout

    return invoke


def test_explain_gives_a_line_for_each_labelled_sentence(
    run: Callable[..., tuple[int, str]],
) -> None:
    text = "It rained all day. We strongly condemn the attack."
    code, out = run("-", text=text)
    assert code == 0
    (record,) = map(json.loads, out.splitlines())
    assert record["labels"] == ["condemnation"]
    assert all(text[word["start"] : word["end"]] == word["text"] for word in record["words"])
    assert [word["text"] for word in record["words"]][:3] == ["We", "strongly", "condemn"]


def test_explain_all_and_lines(run: Callable[..., tuple[int, str]]) -> None:
    code, out = run("-", "--all", "--lines", text="It rained. It rained.\nWe condemn it.\n")
    assert code == 0
    assert [json.loads(line)["text"] for line in out.splitlines()] == [
        "It rained. It rained.",
        "We condemn it.",
    ]


def test_explain_as_a_table(run: Callable[..., tuple[int, str]]) -> None:
    code, out = run("-", "-f", "table", text="We strongly condemn the \x1b[31mattack.")
    assert code == 0
    assert "condemnation 0.90" in out
    assert "+0.60 condemn" in out
    assert out.index("+0.60 condemn") < out.index("+0.20 strongly")
    assert "\x1b" not in out


def test_explain_names_a_missing_file(run: Callable[..., tuple[int, str]], tmp_path: Path) -> None:
    assert run(str(tmp_path / "missing.txt"))[0] == 1
