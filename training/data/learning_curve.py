"""How a model's score grows with the seed corpus, as figures and as a plot.

    python -m training.data.learning_curve --seeds seeds --data labelled.jsonl -o curve.svg
    python -m training.data.learning_curve --seeds seeds --data labelled.jsonl -o curve.svg \\
        --transformer training/recipes/seeds.toml --draws 1

Models are trained on a quarter, half and all of the seeds and scored on the validation part of
`--data`: baselines, or transformers by a recipe. Models already trained on the same rows come from
the folder `--cache`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import sys
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from stance.classifiers.base import Classifier
from stance.classifiers.store import MANIFEST, load
from training.baseline import BaselineRecipe, train_baseline
from training.corpus import Example, data_digest, languages_of, read_many, target_matrix
from training.evaluation.metrics import macro_f1, tally
from training.recipes import read_recipe
from training.splits import Part, draw_documents, select

if TYPE_CHECKING:
    from training.trainer import TransformerRecipe

SHARES = (0.25, 0.5, 1.0)
MEAN = "mean"


@dataclass(frozen=True, slots=True)
class Point:
    """Macro-F1 on the rows of one language, or the mean of languages, after training on `rows`.

    `score` is the mean over draws of the training rows, `spread` their standard deviation.
    """

    language: str
    rows: int
    score: float
    spread: float


def learning_curve(
    seeds: Sequence[Example],
    validation: Sequence[Example],
    cache: Path | None = None,
    recipe: BaselineRecipe | TransformerRecipe | None = None,
    draws: int = 3,
) -> list[Point]:
    """Macro-F1 by language for each of SHARES of the seeds, of the models that `recipe` makes.

    A share is drawn `draws` times, the same share of each language; all of them once.
    """
    recipe = recipe or BaselineRecipe()
    languages = [*languages_of(validation), MEAN]
    points = []
    with tempfile.TemporaryDirectory() as scratch:
        for share in SHARES:
            parts = [_draw(seeds, share, seed) for seed in range(draws if share < 1 else 1)]
            models = [_trained(part, recipe, cache or Path(scratch)) for part in parts]
            scores = np.asarray([_score(model, validation) for model in models])
            means, spreads = scores.mean(axis=0), scores.std(axis=0)
            points += [
                Point(language, len(parts[0]), float(mean), float(spread))
                for language, mean, spread in zip(languages, means, spreads, strict=True)
            ]
    return points


def svg(points: Sequence[Point]) -> str:
    """The curves as an SVG image: training rows across, macro-F1 up, one line a language."""
    width, height, left, top, right = 640, 400, 60, 20, 120
    most = max(p.rows for p in points)
    highest = max(0.1, np.ceil(10 * max(p.score + p.spread for p in points)) / 10)
    colours = ("#1b6ca8", "#c0392b", "#2e8b57", "#8e44ad", "#b9770e", "#5d6d7e", "#111111")

    def across(rows: int) -> float:
        return left + (width - left - right) * rows / most

    def up(score: float) -> float:
        return height - 50 - (height - 50 - top) * score / float(highest)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        'font-family="sans-serif" font-size="12" role="img" '
        'aria-label="Learning curve on the seed corpus">',
        f'<rect width="{width}" height="{height}" fill="white"/>',
    ]
    for step in range(round(10 * float(highest)) + 1):
        y = up(step / 10)
        parts.append(f'<path d="M{left} {y:.1f}H{width - right}" stroke="#ddd"/>')
        parts.append(
            f'<text x="{left - 8}" y="{y + 4:.1f}" text-anchor="end">{step / 10:.1f}</text>'
        )
    for rows in sorted({p.rows for p in points}):
        place = f'x="{across(rows):.1f}" y="{height - 32}" text-anchor="middle"'
        parts.append(f"<text {place}>{rows}</text>")
    middle = (left + width - right) / 2
    parts.append(f'<text x="{middle}" y="{height - 10}" text-anchor="middle">training rows</text>')
    parts.append(f'<text x="{left}" y="{top - 6}" text-anchor="middle">macro-F1</text>')
    by_language: dict[str, list[Point]] = defaultdict(list)
    for point in points:
        by_language[point.language].append(point)
    # Names at the right end are moved apart where lines end close together.
    lowest = float("inf")
    ends = sorted(by_language.items(), key=lambda item: item[1][-1].score)
    for number, (language, line) in enumerate(ends):
        colour, stroke = colours[number % len(colours)], 3 if language == MEAN else 1.5
        path = "L".join(f"{across(p.rows):.1f} {up(p.score):.1f}" for p in line)
        parts.append(f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="{stroke}"/>')
        for p in line:
            x, low, high = across(p.rows), up(p.score - p.spread), up(p.score + p.spread)
            parts.append(f'<path d="M{x:.1f} {low:.1f}V{high:.1f}" stroke="{colour}"/>')
        lowest = min(lowest - 14, up(line[-1].score) + 4)
        label = f"{escape(language)} {line[-1].score:.2f}"
        parts.append(
            f'<text x="{width - right + 8}" y="{lowest:.1f}" fill="{colour}">{label}</text>'
        )
    return "\n".join((*parts, "</svg>")) + "\n"


def _trained(
    rows: Sequence[Example], recipe: BaselineRecipe | TransformerRecipe, cache: Path
) -> Classifier:
    """The model made of these rows by this recipe: trained, unless `cache` holds it already."""
    name = hashlib.sha256(f"{recipe}{data_digest(rows)}".encode()).hexdigest()[:16]
    folder = cache / name
    if not (folder / MANIFEST).is_file():
        if isinstance(recipe, BaselineRecipe):
            train_baseline(rows, folder, recipe, _log)
        else:
            from training.export import train_and_export

            train_and_export(*draw_documents(rows, recipe.seed), folder, recipe, _log)
    return load(folder)


def _log(message: str) -> None:
    sys.stderr.write(message + "\n")


def _score(model: Classifier, validation: Sequence[Example]) -> list[float]:
    """Macro-F1 for each language of `validation`, then their mean."""
    probabilities = model.predict_proba([e.text for e in validation])
    given = probabilities >= np.asarray(model.thresholds)
    truth = np.asarray(target_matrix(validation)) == 1
    languages = languages_of(validation)
    strata = np.asarray([languages.index(e.lang) for e in validation])
    counts = tally(truth, given, np.zeros_like(truth), np.zeros_like(strata), strata)[0]
    scores = [float(s) for s in macro_f1(counts)]
    return [*scores, float(np.mean(scores))]


def _draw(seeds: Sequence[Example], share: float, seed: int) -> list[Example]:
    rng = random.Random(seed)  # noqa: S311
    drawn = []
    for language in languages_of(seeds):
        rows = [e for e in seeds if e.lang == language]
        drawn += rng.sample(rows, round(share * len(rows)))
    return drawn


def main(arguments: Sequence[str] | None = None) -> None:
    """Compute the curve; write the plot, and its figures beside it as JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--seeds", type=Path, nargs="+", required=True)
    parser.add_argument("--data", type=Path, nargs="+", required=True)
    parser.add_argument("--transformer", type=Path, help="a recipe; a baseline otherwise")
    parser.add_argument("--draws", type=int, default=3)
    parser.add_argument("--cache", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True)
    given = parser.parse_args(arguments)
    recipe: BaselineRecipe | TransformerRecipe = BaselineRecipe()
    if given.transformer:
        from training.trainer import TransformerRecipe

        recipe = read_recipe(TransformerRecipe, given.transformer)
    validation = select(read_many(given.data), Part.VALIDATION)
    seeds = read_many(given.seeds)
    points = learning_curve(seeds, validation, given.cache, recipe, given.draws)
    given.output.write_text(svg(points), encoding="utf-8")
    figures = json.dumps([asdict(p) for p in points], indent=1)
    given.output.with_suffix(".json").write_text(figures + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
