"""Model cards: README.md of a model folder, from its manifest and from what was measured."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from importlib.resources import files
from typing import Any, Final

from stance.classifiers.store import MANIFEST, ModelFolder, find, open_folder
from training.evaluation.challenge import ENTITIES
from training.evaluation.challenge_tables import challenge_tables
from training.evaluation.comparators import COMPARATORS
from training.evaluation.formats import about, markdown_table
from training.evaluation.measure import NATIVE, TRANSLATED
from training.evaluation.peers import peer_kind
from training.evaluation.plan import Plan
from training.evaluation.report import ModelReport, Report
from training.evaluation.tables import Table, model_tables, share

METRICS: Final = "metrics.json"
CARD: Final = "README.md"
_NOT_RECORDED = "not recorded"
# The names under which `stance models` reads a model's scores in its manifest.
_HEADLINES = {"un": TRANSLATED, "native": NATIVE}


def write_cards(plan: Plan, report: Report) -> None:
    """Write card and metrics.json into the folder of every evaluated model.

    The manifest's `metrics` become the macro-F1 of each set.
    """
    there = [name for name in plan.contestants if name not in report.missing]
    for name, model in zip(there, report.models, strict=True):
        if name in COMPARATORS or peer_kind(name):
            continue
        folder = open_folder(find(name))
        scores = {
            key: round(model.sets[found].macro_f1.value, 4)
            for key, found in _HEADLINES.items()
            if found in model.sets
        }
        manifest = {**folder.manifest, "metrics": scores}
        text = json.dumps(manifest, ensure_ascii=False, indent=2) + "\n"
        own = replace(report, models=(model,), tests=(), spreads=(), missing={})
        (folder.path / MANIFEST).write_text(text, encoding="utf-8")
        (folder.path / METRICS).write_text(own.to_json(), encoding="utf-8")
        (folder.path / CARD).write_text(model_card(folder, model, report), encoding="utf-8")


def model_card(folder: ModelFolder, model: ModelReport, report: Report) -> str:
    """The card: the hub's YAML header, use, data and terms, recipe, every table, biases, limits."""
    prose = tomllib.loads(files(__package__).joinpath("cards.toml").read_text(encoding="utf-8"))
    own = prose.get(folder.manifest["name"], {})
    parts = [
        _header(folder, model, own.get("datasets", [])),
        f"# {folder.name}",
        own.get("summary", "").strip(),
        _use(folder),
        f"## Intended use\n\n{prose['intended'].strip()}",
        _data(folder, [prose["terms"][key] for key in own.get("terms", ())]),
        _recipe(folder),
        f"## Results\n\nMeasured on {about(report)}",
        *(markdown_table(table, level=3) for table in model_tables(model)),
        _challenges(model),
        f"## Limits\n\n{prose['limits'].strip()}\n{own.get('limits', '').strip()}".rstrip(),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _header(folder: ModelFolder, model: ModelReport, datasets: list[str]) -> str:
    """YAML for the hub. Values are written as JSON, which YAML contains."""
    entries: dict[str, Any] = {
        "license": "apache-2.0",
        "library_name": "stance",
        "pipeline_tag": "text-classification",
        "language": list(folder.manifest.get("languages", ())),
        "tags": ["stance-detection", "diplomacy", "united-nations", "multilingual", "multi-label"],
        "datasets": datasets,
        "metrics": ["f1", "precision", "recall"],
    }
    results = [
        {
            "task": {"type": "text-classification", "name": "Stance of sentences, multi-label"},
            "dataset": {"type": f"stance-{name}", "name": f"{name} sentences"},
            "metrics": [
                {"type": "f1", "name": "macro-F1", "value": round(scores.macro_f1.value, 4)},
                {"type": "f1", "name": "micro-F1", "value": round(scores.micro_f1.value, 4)},
            ],
        }
        for name, scores in model.sets.items()
    ]
    if results:
        entries["model-index"] = [{"name": folder.name, "results": results}]
    lines = [f"{k}: {json.dumps(v, ensure_ascii=False)}" for k, v in entries.items() if v]
    return "\n".join(["---", *lines, "---"])


def _use(folder: ModelFolder) -> str:
    name = folder.path.name
    return (
        "## Use\n\n```python\nimport stance\n\n"
        f'model = stance.load("{name}")\n'
        'for prediction in model.predict(["We strongly condemn the attack."]):\n'
        "    print(prediction.labels, prediction.scores)\n```\n\n"
        f"Or from the command line: `stance predict letter.pdf -m {name}`."
    )


def _data(folder: ModelFolder, terms: list[str]) -> str:
    data = folder.manifest.get("data", {})
    size = (
        f"{data['sentences']} labelled sentences" if "sentences" in data else "Labelled sentences"
    )
    digest = f" (SHA-256 of ids, texts and labels: {data['sha256']})" if "sha256" in data else ""
    told = (
        "They come from these sources; their text is not part of this model or of the project:\n\n"
        + "\n".join(f"- {line}" for line in terms)
        if terms
        else "Say here where they come from and on what terms."
    )
    split = (
        "Parts are split by document, and all translations of a sentence stay on one side. "
        "Training rows are listed as hashes beside the model, and evaluation refuses them."
    )
    return f"## Data and terms\n\n{size}{digest}. {told}\n\n{split}"


def _recipe(folder: ModelFolder) -> str:
    manifest = folder.manifest
    thresholds = ", ".join(f"{k} {v}" for k, v in manifest.get("thresholds", {}).items())
    rows = [
        ("kind", str(manifest.get("kind", _NOT_RECORDED))),
        *((key, str(manifest[key])) for key in ("base_model", "max_tokens") if key in manifest),
        ("seed", str(manifest.get("seed", _NOT_RECORDED))),
        ("minutes", str(manifest.get("minutes", _NOT_RECORDED))),
        ("hardware", str(manifest.get("hardware", _NOT_RECORDED))),
        ("thresholds", thresholds),
        *_flat("recipe", manifest.get("recipe", {})),
        *_flat("made with", manifest.get("made_with", {})),
    ]
    if "models" in manifest:
        rows.insert(1, ("models", ", ".join(manifest["models"])))
    note = (
        "Probabilities are calibrated by Platt scaling (Platt 1999), one pair of numbers a label."
    )
    return markdown_table(Table("Recipe", ("what", "value"), tuple(rows), note))


def _flat(prefix: str, values: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for key, value in values.items():
        yield f"{prefix}: {key}", str(value)


def _challenges(model: ModelReport) -> str:
    if not model.challenge:
        return ""
    parts = [
        "## Challenge sets and biases",
        "Small sets of written sentences, each with one difficulty (`seeds/challenge`).",
    ]
    if ENTITIES in model.challenge and (groups := model.challenge[ENTITIES].groups):
        leaning = model.challenge[ENTITIES].leaning
        low, high = min(leaning, key=leaning.__getitem__), max(leaning, key=leaning.__getitem__)
        parts.append(
            f"Bias towards names: in {share(groups.all_equal)} of {groups.groups} sentences the "
            f"labels stay the same whatever country or body is named. {high} makes a sentence "
            f"read most friendly ({leaning[high]:+.3f}), {low} least ({leaning[low]:+.3f})."
        )
    parts += [markdown_table(table, level=3) for table in challenge_tables([model])]
    return "\n\n".join(parts)
