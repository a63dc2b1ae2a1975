"""The average of fine-tuned models' weights.

Models fine-tuned from one start lie close together, and their average does about as well as their
ensemble at the cost of one (Wortsman et al. 2022, "Model soups").
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import torch
from transformers import AutoTokenizer

from stance.errors import DataError
from training.evaluation.leakage import TRAINING_ROWS, listed_hashes, write_hashes
from training.model import HEAD, StanceModel
from training.transformer import SUMMARY


def average_models(sources: Sequence[Path], output: Path) -> None:
    """Write the mean of the models in `sources`, what `stance train transformer` left in hub.

    Weights are written in float16, half the size and as good to go on from. The summary is that of
    the first, with the minutes of all. Raises DataError for models that differ in shape or
    vocabulary, and for a folder that is not such a model.
    """
    if len(sources) < 2:
        raise DataError(f"{len(sources)} model to average; expected two or more")
    for file in (source / name for source in sources for name in (HEAD, SUMMARY, TRAINING_ROWS)):
        if not file.is_file():
            raise DataError(f"{file}: no such file; expected what `stance train transformer` saves")
    models = [StanceModel.load(source) for source in sources]
    words = [AutoTokenizer.from_pretrained(source).get_vocab() for source in sources]
    states = [model.state_dict() for model in models]
    shapes = [{name: value.shape for name, value in state.items()} for state in states]
    for source, vocabulary, shape in zip(sources[1:], words[1:], shapes[1:], strict=True):
        if vocabulary != words[0] or shape != shapes[0]:
            raise DataError(f"{source}: differs from {sources[0]} in vocabulary or layers")
    mean = {
        name: torch.stack([state[name].float() for state in states]).mean(dim=0)
        for name in states[0]
    }
    models[0].load_state_dict(mean)
    models[0].half().save(output, AutoTokenizer.from_pretrained(sources[0]))
    summaries = [json.loads((s / SUMMARY).read_text(encoding="utf-8")) for s in sources]
    summary = summaries[0] | {
        "minutes": round(sum(s["minutes"] for s in summaries), 1),
        "languages": sorted({language for s in summaries for language in s["languages"]}),
        "seeds": [s["recipe"]["seed"] for s in summaries],
    }
    (output / SUMMARY).write_text(json.dumps(summary, indent=2) + "\n", encoding="utf-8")
    write_hashes(output, {row for source in sources for row in listed_hashes(source) or ()})
