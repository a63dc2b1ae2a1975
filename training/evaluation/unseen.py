"""How a model does on sources that it was never trained on, as users' own texts are.

    python -m training.evaluation.unseen labelled/ seeds --hold ungdc --hold 1tv,chile -o new.json

For each `--hold` a baseline and a transformer are trained without those sources, neither for
training nor for thresholds, and score all of their sentences that stand nowhere else, not even in
what the recipe's base model was fine-tuned on; the keyword rules do so untrained. Sources of
different languages can be held out together, which saves a training.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from stance.classifiers.base import Classifier
from stance.classifiers.store import MANIFEST, load
from stance.errors import DataError
from stance.labels import STANCES
from training.baseline import BaselineRecipe, train_baseline
from training.corpus import Example, languages_of, read_many, target_matrix
from training.evaluation.comparators import KeywordRules
from training.evaluation.leakage import listed_hashes, row_hash
from training.evaluation.metrics import f1, macro_f1, tally
from training.export import train_and_export
from training.recipes import read_recipe
from training.splits import Part, select
from training.trainer import TransformerRecipe


@dataclass(frozen=True, slots=True)
class Unseen:
    """A model's scores on a source: F1 of each stance that occurs in it, and their mean."""

    source: str
    languages: tuple[str, ...]
    sentences: int
    model: str
    macro_f1: float
    f1: dict[str, float]


def unseen_sources(
    examples: Sequence[Example],
    hold: Sequence[Sequence[str]],
    recipe: TransformerRecipe,
    work: Path,
) -> list[Unseen]:
    """Train without each group of sources in `hold` and score these sources.

    Models stand in folders of `work` and are not trained again if they are there. Raises DataError
    for a source that no example has, or of which every sentence was trained on.
    """
    known = {e.source for e in examples}
    for source in (s for group in hold for s in group):
        if source not in known:
            raise DataError(f"no source {source!r}; found {', '.join(sorted(known))}")
    trained = listed_hashes(Path(recipe.base_model)) or frozenset()
    results = []
    for group in hold:
        rest = [e for e in examples if e.source not in group]
        seen = trained | {row_hash(e.text) for e in rest}
        unseen = [e for e in examples if e.source in group and row_hash(e.text) not in seen]
        for source in group:
            if not any(e.source == source for e in unseen):
                raise DataError(f"{source}: every sentence also stands in what is trained on")
        folder = work / "+".join(group)
        models = {
            "rules": KeywordRules(),
            "baseline": _baseline(rest, folder),
            "transformer": _transformer(rest, recipe, folder),
        }
        for source in group:
            rows = [e for e in unseen if e.source == source]
            results += [_scored(source, rows, name, model) for name, model in models.items()]
    return results


def markdown(results: Sequence[Unseen]) -> str:
    """A table with a line for each source and model, and the mean over sources for each model."""
    lines = [
        f"| source | sentences | model | macro-F1 | {' | '.join(STANCES)} |",
        "| --- | ---: | --- | ---: |" + " ---: |" * len(STANCES),
    ]
    for r in results:
        cells = [f"{r.f1[s]:.3f}" if s in r.f1 else "–" for s in STANCES]
        name = f"{r.source} ({' '.join(r.languages)})"
        lines.append(
            f"| {name} | {r.sentences} | {r.model} | {r.macro_f1:.3f} | {' | '.join(cells)} |"
        )
    for model in dict.fromkeys(r.model for r in results):
        mean = np.mean([r.macro_f1 for r in results if r.model == model])
        lines.append(f"| mean of sources | | {model} | {mean:.3f} |" + " |" * len(STANCES))
    return "\n".join(lines) + "\n"


def _baseline(examples: Sequence[Example], folder: Path) -> Classifier:
    made = folder / "baseline"
    if not (made / MANIFEST).is_file():
        train_baseline(select(examples, Part.TRAIN), made, BaselineRecipe(), _log)
    return load(made)


def _transformer(
    examples: Sequence[Example], recipe: TransformerRecipe, folder: Path
) -> Classifier:
    made = folder / "transformer"
    if not (made / MANIFEST).is_file():
        train, validation = select(examples, Part.TRAIN), select(examples, Part.VALIDATION)
        train_and_export(train, validation, made, recipe, _log, name="transformer")
    return load(made)


def _scored(source: str, rows: Sequence[Example], name: str, model: Classifier) -> Unseen:
    truth = np.asarray(target_matrix(rows)) == 1
    given = model.predict_proba([e.text for e in rows]) >= np.asarray(model.thresholds)
    together = np.zeros(len(rows), dtype=np.int64)
    counts = tally(truth, given, np.zeros_like(truth), together, together)[0, 0]
    by_label = zip(STANCES, f1(counts), strict=True)
    return Unseen(
        source,
        tuple(languages_of(rows)),
        len(rows),
        name,
        float(macro_f1(counts)),
        {label: float(score) for label, score in by_label if not np.isnan(score)},
    )


def _log(message: str) -> None:
    sys.stderr.write(message + "\n")


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print the table, and write the figures as JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("data", type=Path, nargs="+")
    parser.add_argument("--hold", action="append", required=True, help="sources, with commas")
    parser.add_argument("--recipe", type=Path, help="how the transformer is trained")
    parser.add_argument("--work", type=Path, default=Path("unseen"), help="folder for the models")
    parser.add_argument("-o", "--output", type=Path, required=True)
    given = parser.parse_args(arguments)
    hold = [group.split(",") for group in given.hold]
    recipe = read_recipe(TransformerRecipe, given.recipe)
    results = unseen_sources(read_many(given.data), hold, recipe, given.work)
    given.output.write_text(json.dumps([asdict(r) for r in results], indent=1) + "\n")
    sys.stdout.write(markdown(results))


if __name__ == "__main__":
    main()
