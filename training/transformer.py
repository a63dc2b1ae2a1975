"""Fine-tunes an encoder on labelled sentences."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import (
    AutoTokenizer,
    EarlyStoppingCallback,
    EvalPrediction,
    PrinterCallback,
    TrainerCallback,
    TrainingArguments,
)

from stance.errors import DataError
from training.calibration import best_thresholds
from training.corpus import Example, data_digest, languages_of
from training.evaluation.leakage import listed_hashes, row_hash, write_hashes
from training.model import StanceModel, packaged
from training.trainer import Collator, StanceTrainer, TransformerRecipe, grouped, positive_weights

Log = Callable[[str], None]
FloatArray = NDArray[np.floating]

SUMMARY = "stance.json"
SETTINGS = "settings.json"


def train_transformer(
    train: Sequence[Example],
    validation: Sequence[Example],
    output: Path,
    recipe: TransformerRecipe,
    log: Log,
    *,
    resume: bool = False,
) -> dict[str, Any]:
    """Fine-tune, stopping by `validation`; save in `output` (the hub's layout) and summarise.

    The summary, also saved as stance.json, holds the recipe, the languages, the digest of the data
    and the minutes. Calibration and thresholds come with `training.export`. Raises DataError where
    either part is empty, or `resume` finds no checkpoint or one of another recipe or other data.
    """
    if not train or not validation:
        raise DataError(
            f"{len(train)} sentences to train on, {len(validation)} to validate; expected some of "
            "both: give more documents, and languages that the data has"
        )
    checkpoints = output / "checkpoints"
    settings = checkpoints / SETTINGS
    if resume and not (settings.is_file() and any(checkpoints.glob("checkpoint-*"))):
        raise DataError(f"{checkpoints}: nothing to resume; run without --resume")
    given = json.dumps(asdict(recipe) | {"data": [data_digest(train), data_digest(validation)]})
    if resume and settings.read_text(encoding="utf-8") != given:
        raise DataError(
            f"{settings}: written by another recipe or for other data; give the same, or run "
            "without --resume"
        )
    if not resume:
        # A former run's checkpoints would pass for this one's.
        shutil.rmtree(checkpoints, ignore_errors=True)
    checkpoints.mkdir(parents=True, exist_ok=True)
    settings.write_text(given, encoding="utf-8")
    started = time.monotonic()
    torch.manual_seed(recipe.seed)
    base = packaged(recipe.base_model)
    model = StanceModel.begin(base, recipe.dropout)
    tokenizer = AutoTokenizer.from_pretrained(base)
    data = grouped(train, tokenizer, recipe)
    log(f"{len(train)} sentences to train on, {len(data)} apart from translations")
    subset = _evaluation_subset(validation, recipe.seed)
    steps = max(1, int(recipe.epochs * len(data) / recipe.batch_size))
    every = max(1, steps // recipe.evaluations)
    arguments = TrainingArguments(
        output_dir=str(checkpoints),
        max_steps=steps,
        per_device_train_batch_size=recipe.batch_size,
        per_device_eval_batch_size=64,
        learning_rate=recipe.learning_rate,
        warmup_steps=int(recipe.warmup * steps),
        lr_scheduler_type="cosine",
        max_grad_norm=1.0,
        bf16=True,
        use_cpu=recipe.device == "cpu",
        seed=recipe.seed,
        eval_strategy="steps",
        eval_steps=every,
        save_strategy="steps",
        save_steps=every,
        save_total_limit=2,
        load_best_model_at_end=True,
        metric_for_best_model="macro_f1",
        greater_is_better=True,
        logging_steps=max(1, every // 5),
        train_sampling_strategy="group_by_length",
        length_column_name="length",
        remove_unused_columns=False,
        dataloader_num_workers=0,
        report_to=[],
        disable_tqdm=True,
        label_names=["targets"],
    )
    trainer = StanceTrainer(
        recipe,
        positive_weights(train, recipe.class_weight),
        model=model,
        args=arguments,
        train_dataset=data,
        eval_dataset=grouped(subset, tokenizer, recipe, by_group=False),
        data_collator=Collator(tokenizer.pad_token_id or 0, recipe.translations, recipe.seed),
        compute_metrics=_macro_f1,
        callbacks=[EarlyStoppingCallback(recipe.patience), _Progress(log)],
    )
    trainer.remove_callback(PrinterCallback)
    trainer.train(resume_from_checkpoint=resume)
    model.eval()
    output.mkdir(parents=True, exist_ok=True)
    model.save(output, tokenizer)

    summary = {
        "recipe": asdict(recipe),
        "languages": languages_of(train),
        "data": {"sentences": len(train), "sha256": data_digest(train)},
        "minutes": round((time.monotonic() - started) / 60, 1),
    }
    seen_before = listed_hashes(Path(base)) or frozenset()
    write_hashes(output, {row_hash(e.text) for e in train} | seen_before)
    (output / SUMMARY).write_text(json.dumps(summary, indent=2) + "\n", encoding="utf-8")
    log(f"saved {output} after {summary['minutes']} minutes")
    return summary


class _Progress(TrainerCallback):
    """Hands the Trainer's figures to the log."""

    def __init__(self, log: Log) -> None:
        self._log = log

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **_: Any) -> None:
        shown = ("loss", "eval_macro_f1", "eval_loss")
        parts = [f"{key} {logs[key]:.4f}" for key in shown if key in (logs or {})]
        if parts:
            self._log(f"step {state.global_step}/{state.max_steps} {' '.join(parts)}")


def _evaluation_subset(
    examples: Sequence[Example], seed: int, translations: int = 2
) -> list[Example]:
    """Every sentence, in `translations` of its languages: enough to tell when to stop."""
    rng = np.random.default_rng(seed)
    groups: dict[str, list[Example]] = {}
    for example in examples:
        groups.setdefault(example.group, []).append(example)
    chosen: list[Example] = []
    for versions in groups.values():
        count = min(translations, len(versions))
        chosen += [versions[i] for i in rng.choice(len(versions), count, replace=False)]
    return chosen


def _macro_f1(prediction: EvalPrediction) -> dict[str, float]:
    """Macro-F1 at the best threshold of each label, which calibration will find as well."""
    targets = np.asarray(prediction.label_ids)
    probabilities = 1 / (1 + np.exp(-np.asarray(prediction.predictions)))
    given = probabilities >= np.asarray(best_thresholds(probabilities, targets))
    both = (given & (targets == 1)).sum(axis=0)
    f1 = 2 * both / np.maximum(given.sum(axis=0) + targets.sum(axis=0), 1)
    return {"macro_f1": float(f1.mean())}
