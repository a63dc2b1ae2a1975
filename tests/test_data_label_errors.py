"""Confident learning finds labels that were planted wrong."""

import random
from dataclasses import replace

import numpy as np
import pytest

from stance.errors import DataError
from stance.labels import STANCES
from training.baseline import BaselineRecipe
from training.corpus import Example, target_matrix
from training.data.label_errors import confident_errors, find_label_errors, out_of_fold

CUES = {
    "concern": "alarmed",
    "condemnation": "condemns",
    "support": "supports",
    "welcome": "welcomes",
}
RECIPE = BaselineRecipe(characters=(3, 3), words=(1, 1), bits=18)


def corpus(rows: int, seed: int = 0) -> list[Example]:
    rng = random.Random(seed)
    words = [
        "council",
        "region",
        "water",
        "border",
        "treaty",
        "mission",
        "election",
        "convoy",
        "harbour",
        "school",
    ]
    examples = []
    for number in range(rows):
        label = rng.choice([*STANCES, None])
        text = [*rng.sample(words, 4), *([CUES[label]] if label else [])]
        rng.shuffle(text)
        labels = (label,) if label else ()
        name = f"r{number}"
        examples.append(Example(name, " ".join(text), labels, "en", name, name))
    return examples


def test_a_confident_contradiction_is_an_error_and_a_doubtful_one_is_not() -> None:
    targets = np.asarray([[1], [1], [1], [1], [0], [0], [0], [0]])
    likely = np.asarray([[0.9], [0.8], [0.5], [0.02], [0.1], [0.05], [0.4], [0.95]])
    errors = confident_errors(targets, likely)
    assert errors[:, 0].tolist() == [False, False, False, True, False, False, False, True]


def test_planted_errors_come_first() -> None:
    examples = corpus(300)
    wrong = {7: (), 40: ("support",), 99: ("concern", "welcome"), 150: ("welcome",), 201: ()}
    planted = []
    for number, labels in wrong.items():
        e = examples[number]
        labels = tuple(s for s in labels if s not in e.labels) if labels else labels
        examples[number] = Example(e.id, e.text, labels, e.lang, e.group, e.doc)
        planted.append(e.id)
    findings = find_label_errors(examples, RECIPE)
    assert {f.example.id for f in findings} >= set(planted)
    assert {f.example.id for f in findings[:5]} <= set(planted)
    for finding in findings:
        assert (finding.label in finding.example.labels) == finding.given
        assert 0 <= finding.probability <= 1


def test_a_copy_of_a_row_cannot_vouch_for_it() -> None:
    # A sentence of words of its own stands six times. Only its copies could tell the model that it
    # carries a label.
    copies = [
        Example(f"copy{n}", "quinoa zephyr obelisk marmot", ("welcome",), "en", "both", f"copy{n}")
        for n in range(6)
    ]
    # Others of words of their own carry none, so that such words alone tell nothing.
    words = ["kumquat", "lagoon", "fjord", "tundra", "pixel", "wombat"]
    others = [Example(word, word, (), "en", word, word) for word in words]
    grouped = [*corpus(150, seed=1), *others, *copies]
    alone = [replace(e, group=e.id) for e in grouped]
    targets = np.asarray(target_matrix(grouped))
    welcome = STANCES.index("welcome")
    unseen = out_of_fold(grouped, targets, RECIPE, folds=5)[-6:, welcome]
    seen = out_of_fold(alone, targets, RECIPE, folds=5)[-6:, welcome]
    assert unseen.max() < 0.5 < seen.min()


def test_too_little_to_learn_from_is_an_error() -> None:
    with pytest.raises(DataError, match="label 'concern' has 0 sentences"):
        find_label_errors([Example("a", "text", ())], RECIPE)
    one_document = [Example(e.id, e.text, e.labels, "en", e.group, "report") for e in corpus(100)]
    with pytest.raises(DataError, match="fewer than 5 documents"):
        find_label_errors(one_document, RECIPE)
