"""The learning curve: more of the seeds, other scores, a plot that can be drawn."""

import random
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from stance.labels import STANCES
from training.baseline import BaselineRecipe
from training.corpus import Example
from training.data import learning_curve as module
from training.data.learning_curve import MEAN, SHARES, Point, learning_curve, svg

CUES = dict(zip(STANCES, ("alarmed", "condemns", "supports", "welcomes"), strict=True))
RECIPE = BaselineRecipe(characters=(3, 3), words=(1, 1), bits=14)


def corpus(rows: int, languages: tuple[str, ...], seed: int) -> list[Example]:
    rng = random.Random(seed)
    words = ["council", "region", "water", "border", "treaty", "mission", "election", "convoy"]
    examples = []
    for number in range(rows):
        label = rng.choice([*STANCES, None])
        text = " ".join([*rng.sample(words, 3), *([CUES[label]] if label else [])])
        labels = (label,) if label else ()
        name = f"{seed}-{number}"
        examples.append(Example(name, text, labels, rng.choice(languages), name, name))
    return examples


def test_each_share_is_scored_for_each_language_and_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seeds, validation = corpus(240, ("en", "fr"), 0), corpus(80, ("en", "fr"), 1)
    points = learning_curve(seeds, validation, tmp_path, RECIPE, draws=2)
    assert [p.language for p in points] == ["en", "fr", MEAN] * len(SHARES)
    assert sorted({p.rows for p in points}) == [60, 120, 240]
    assert all(0 <= p.score <= 1 for p in points)
    for share in range(len(SHARES)):
        english, french, mean = points[3 * share : 3 * share + 3]
        assert mean.score == pytest.approx((english.score + french.score) / 2)
    # The cue words are learned from the whole of it, if not from a quarter.
    assert points[-1].score > 0.9
    assert points[-1].spread == 0

    def refuse(*_: object) -> None:
        raise AssertionError("trained again")

    monkeypatch.setattr(module, "train_baseline", refuse)
    assert learning_curve(seeds, validation, tmp_path, RECIPE, draws=2) == points
    with pytest.raises(AssertionError, match="trained again"):
        learning_curve(seeds[1:], validation, tmp_path, RECIPE, draws=2)


def test_the_plot_is_drawn_within_its_frame() -> None:
    points = [
        Point(language, rows, score * rows / 800, 0.02)
        for rows in (200, 400, 800)
        for language, score in (("ar", 0.5), ("<b>", 0.51), (MEAN, 0.505))
    ]
    image = ET.fromstring(svg(points))
    names = [t.text for t in image.iter("{http://www.w3.org/2000/svg}text")]
    assert {"200", "400", "800", "ar 0.50", "<b> 0.51", "mean 0.51"} <= set(names)
    heights = [float(t.get("y", "-1")) for t in image.iter("{http://www.w3.org/2000/svg}text")]
    assert all(0 < y < 400 for y in heights)
    texts = list(image.iter("{http://www.w3.org/2000/svg}text"))
    names_at = [float(t.get("y", "-1")) for t in texts if (t.text or "").count(" 0.") == 1]
    assert len(names_at) == 3
    assert min(abs(a - b) for i, a in enumerate(names_at) for b in names_at[i + 1 :]) >= 12
