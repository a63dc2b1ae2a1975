"""Fine-tunes an encoder on labelled sentences: mean pooling and one output for each stance."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from datasets import Dataset
from numpy.typing import NDArray
from torch import nn
from transformers import (
    AutoConfig,
    AutoModel,
    AutoTokenizer,
    EarlyStoppingCallback,
    EvalPrediction,
    PreTrainedModel,
    PreTrainedTokenizerBase,
    PrinterCallback,
    Trainer,
    TrainerCallback,
    TrainingArguments,
)

from stance.classifiers.clean import clean
from stance.errors import DataError
from stance.labels import STANCES
from training.calibration import best_thresholds, expected_calibration_error, fit_platt
from training.corpus import Example, data_digest, languages_of, target_matrix

Log = Callable[[str], None]
FloatArray = NDArray[np.floating]

HEAD = "head.safetensors"
SUMMARY = "stance.json"


@dataclass(frozen=True)
class TransformerRecipe:
    """How an encoder is fine-tuned.

    A step sees `batch_size` sentences, each in up to `translations` of its languages, drawn anew
    every time; `consistency` weighs the squared difference of their probabilities. `layer_decay`
    multiplies the learning rate once for each layer below the top. `dropout` is that of the hidden
    layers and of the sentence vector; attention dropout costs a fifth of the speed and stays off.
    A label's positive examples weigh (negatives / positives) ** `class_weight`; a row marked
    unsure weighs `unsure_weight`. Training stops after `patience` of the `evaluations` without a
    better validation macro-F1.
    """

    base_model: str = "models/encoder"
    max_tokens: int = 128
    epochs: float = 6.0
    batch_size: int = 24
    translations: int = 2
    consistency: float = 1.0
    learning_rate: float = 1.5e-4
    layer_decay: float = 0.9
    warmup: float = 0.06
    weight_decay: float = 0.01
    dropout: float = 0.1
    class_weight: float = 0.5
    unsure_weight: float = 0.5
    evaluations: int = 8
    patience: int = 4
    seed: int = 0
    device: str = "cpu"


class StanceModel(nn.Module):
    """An encoder, mean pooling over its tokens, and one linear output for each stance."""

    def __init__(self, encoder: PreTrainedModel, dropout: float = 0.1) -> None:
        super().__init__()
        self.encoder = encoder
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(encoder.config.hidden_size, len(STANCES))

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        """Logits, (n, 4), in STANCES order."""
        hidden = self.encoder(input_ids=input_ids, attention_mask=attention_mask)
        weights = attention_mask.unsqueeze(-1).to(hidden.last_hidden_state.dtype)
        pooled = (hidden.last_hidden_state * weights).sum(dim=1) / weights.sum(dim=1)
        logits: torch.Tensor = self.head(self.dropout(pooled))
        return logits

    def save(self, folder: Path, tokenizer: PreTrainedTokenizerBase) -> None:
        """Write the hub's layout: config with id2label, encoder, tokenizer, and the head."""
        from safetensors.torch import save_file

        self.encoder.config.id2label = dict(enumerate(STANCES))
        self.encoder.config.label2id = {label: i for i, label in enumerate(STANCES)}
        self.encoder.config.problem_type = "multi_label_classification"
        self.encoder.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        head = {name: value.contiguous() for name, value in self.head.state_dict().items()}
        save_file(head, str(folder / HEAD))

    @classmethod
    def load(cls, folder: Path) -> StanceModel:
        """Read what `save` wrote; raises DataError for a folder without a stance head."""
        from safetensors.torch import load_file

        if not (folder / HEAD).is_file():
            raise DataError(f"{folder}: no {HEAD}; expected a model that stance fine-tuned")
        model = cls(load_encoder(str(folder)))
        model.head.load_state_dict(load_file(str(folder / HEAD)))
        return model.eval()


def load_encoder(name: str, dropout: float = 0.0) -> PreTrainedModel:
    """Any encoder that AutoModel loads, in single precision.

    Plain attention trains half as fast again on a CPU as the fused one. Raises DataError where
    there is no encoder of that name.
    """
    try:
        config = AutoConfig.from_pretrained(name)
        for key in ("hidden_dropout_prob", "mlp_dropout"):  # BERT-, XLM-R-, DeBERTa-; ModernBERT
            if hasattr(config, key):
                setattr(config, key, dropout)
        return AutoModel.from_pretrained(
            name, config=config, attn_implementation="eager", dtype=torch.float32
        )
    except (OSError, ValueError) as error:
        raise DataError(
            f"base model {name!r} cannot be loaded: {error}; "
            "expected a folder with config.json and weights, or a hub name and a network"
        ) from None


def train_transformer(
    train: Sequence[Example],
    validation: Sequence[Example],
    output: Path,
    recipe: TransformerRecipe,
    log: Log,
    *,
    resume: bool = False,
) -> dict[str, Any]:
    """Fine-tune, calibrate on `validation`, save in `output` (the hub's layout) and summarise.

    The summary (also saved as stance.json) holds calibration, thresholds, validation scores, the
    recipe and the digest of the data.
    """
    started = time.monotonic()
    torch.manual_seed(recipe.seed)
    tokenizer = AutoTokenizer.from_pretrained(recipe.base_model)
    model = StanceModel(load_encoder(recipe.base_model, recipe.dropout), recipe.dropout)
    data = _grouped(train, tokenizer, recipe)
    log(f"{len(train)} sentences to train on, {len(data)} apart from translations")
    subset = _evaluation_subset(validation, recipe.seed)
    steps = int(recipe.epochs * len(data) / recipe.batch_size)
    every = max(1, steps // recipe.evaluations)
    arguments = TrainingArguments(
        output_dir=str(output / "checkpoints"),
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
    trainer = _StanceTrainer(
        recipe,
        _positive_weights(train, recipe.class_weight),
        model=model,
        args=arguments,
        train_dataset=data,
        eval_dataset=_grouped(subset, tokenizer, recipe, by_group=False),
        data_collator=_Collator(tokenizer.pad_token_id or 0, recipe.translations, recipe.seed),
        compute_metrics=_macro_f1,
        callbacks=[EarlyStoppingCallback(recipe.patience), _Progress(log)],
    )
    trainer.remove_callback(PrinterCallback)
    trainer.train(resume_from_checkpoint=resume)
    model.eval()
    output.mkdir(parents=True, exist_ok=True)
    model.save(output, tokenizer)

    texts = [clean(e.text) for e in validation]
    logits = predict_logits(model, tokenizer, texts, recipe.max_tokens)
    targets = np.asarray(target_matrix(validation))
    weights = group_weights(validation)
    calibration = fit_platt(logits, targets, weights)
    probabilities = calibration(logits)
    summary = {
        "calibration": asdict(calibration),
        "thresholds": best_thresholds(probabilities, targets, weights),
        "calibration_error": expected_calibration_error(probabilities, targets),
        "recipe": asdict(recipe),
        "languages": languages_of(train),
        "data": {"sentences": len(train), "sha256": data_digest(train)},
        "minutes": round((time.monotonic() - started) / 60, 1),
    }
    (output / SUMMARY).write_text(json.dumps(summary, indent=2) + "\n", encoding="utf-8")
    log(f"saved {output} after {summary['minutes']} minutes")
    return summary


@torch.no_grad()
def predict_logits(
    model: nn.Module, tokenizer: PreTrainedTokenizerBase, texts: Sequence[str], max_tokens: int
) -> FloatArray:
    """Logits, (n, 4), of cleaned texts, in batches of like length."""
    device = next(model.parameters()).device
    encoded = tokenizer(list(texts), truncation=True, max_length=max_tokens)["input_ids"]
    order = np.argsort([len(ids) for ids in encoded], kind="stable")
    result = np.zeros((len(texts), len(STANCES)), dtype=np.float32)
    for start in range(0, len(order), 64):
        rows = order[start : start + 64]
        batch = _padded([encoded[row] for row in rows], tokenizer.pad_token_id or 0)
        batch = {name: value.to(device) for name, value in batch.items()}
        result[rows] = model(**batch).float().cpu().numpy()
    return result


def group_weights(examples: Sequence[Example]) -> FloatArray:
    """A weight for each row, so that the translations of a sentence together weigh one."""
    counts: dict[str, int] = {}
    for example in examples:
        counts[example.group] = counts.get(example.group, 0) + 1
    return np.asarray([1 / counts[example.group] for example in examples])


class _StanceTrainer(Trainer):
    """Trainer with the loss and the layer-wise learning rates of TransformerRecipe."""

    def __init__(self, recipe: TransformerRecipe, positive: torch.Tensor, **options: Any) -> None:
        super().__init__(**options)
        self._recipe = recipe
        self._positive = positive
        self.can_return_loss = True

    def compute_loss(
        self,
        model: nn.Module,
        inputs: dict[str, Any],
        return_outputs: bool = False,
        num_items_in_batch: Any = None,
    ) -> Any:
        logits = model(inputs["input_ids"], inputs["attention_mask"]).float()
        loss = nn.functional.binary_cross_entropy_with_logits(
            logits, inputs["targets"], pos_weight=self._positive.to(logits.device), reduction="none"
        )
        loss = (loss.mean(dim=1) * inputs["weights"]).sum() / inputs["weights"].sum()
        pairs = inputs["pairs"]
        if self._recipe.consistency and len(pairs):
            probabilities = torch.sigmoid(logits)
            apart = (probabilities[pairs[:, 0]] - probabilities[pairs[:, 1]]).pow(2).sum(dim=1)
            loss = loss + self._recipe.consistency * apart.mean()
        return (loss, logits) if return_outputs else loss

    def prediction_step(
        self,
        model: nn.Module,
        inputs: dict[str, Any],
        prediction_loss_only: bool,
        ignore_keys: Any = None,
    ) -> tuple[Any, Any, Any]:
        with torch.no_grad(), self.compute_loss_context_manager():
            inputs = self._prepare_inputs(inputs)
            loss, logits = self.compute_loss(model, inputs, return_outputs=True)
        return loss.detach(), logits.detach(), inputs["targets"]

    def create_optimizer(self, *_: Any, **__: Any) -> torch.optim.Optimizer:
        if self.optimizer is None:
            groups = layer_groups(cast("nn.Module", self.model), self._recipe)
            self.optimizer = torch.optim.AdamW(groups, fused=True)
        return self.optimizer


def layer_groups(model: nn.Module, recipe: TransformerRecipe) -> list[dict[str, Any]]:
    """Parameter groups with a learning rate that falls from the head down to the embeddings."""
    found: dict[int, list[nn.Parameter]] = {}
    layer_of = {
        name: int(match.group(1)) if (match := re.search(r"layers?\.(\d+)\.", name)) else None
        for name, _ in model.named_parameters()
    }
    top = max((layer for layer in layer_of.values() if layer is not None), default=-1)
    for name, parameter in model.named_parameters():
        layer = layer_of[name]
        lowest = top + 2 if "embed" in name else 0
        depth = lowest if layer is None else top - layer + 1
        found.setdefault(depth, []).append(parameter)
    return [
        {
            "params": parameters,
            "lr": recipe.learning_rate * recipe.layer_decay**depth,
            "weight_decay": recipe.weight_decay,
        }
        for depth, parameters in sorted(found.items())
    ]


class _Collator:
    """Draws translations, pads, and pairs the rows that are translations of each other."""

    def __init__(self, pad: int, translations: int, seed: int) -> None:
        self._pad = pad
        self._translations = translations
        self._random = np.random.default_rng(seed)

    def __call__(self, items: Sequence[dict[str, Any]]) -> dict[str, torch.Tensor]:
        ids: list[list[int]] = []
        targets, weights, pairs = [], [], []
        for item in items:
            versions = item["versions"]
            count = min(self._translations, len(versions))
            chosen = self._random.choice(len(versions), count, replace=False)
            pairs += [(len(ids) + i, len(ids) + i + 1) for i in range(count - 1)]
            ids += [versions[i] for i in chosen]
            targets += [item["targets"]] * count
            weights += [item["weight"]] * count
        return {
            **_padded(ids, self._pad),
            "targets": torch.tensor(targets, dtype=torch.float32),
            "weights": torch.tensor(weights, dtype=torch.float32),
            "pairs": torch.tensor(pairs, dtype=torch.long).reshape(-1, 2),
        }


class _Progress(TrainerCallback):
    """Hands the Trainer's figures to the log."""

    def __init__(self, log: Log) -> None:
        self._log = log

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **_: Any) -> None:
        shown = ("loss", "eval_macro_f1", "eval_loss")
        parts = [f"{key} {logs[key]:.4f}" for key in shown if key in (logs or {})]
        if parts:
            self._log(f"step {state.global_step}/{state.max_steps} {' '.join(parts)}")


def _grouped(
    examples: Sequence[Example],
    tokenizer: PreTrainedTokenizerBase,
    recipe: TransformerRecipe,
    *,
    by_group: bool = True,
) -> Dataset:
    """One row a sentence with the token ids of all its translations, or one row a text."""
    encoded = tokenizer(
        [clean(e.text) for e in examples], truncation=True, max_length=recipe.max_tokens
    )["input_ids"]
    targets = target_matrix(examples)
    rows: dict[str, dict[str, Any]] = {}
    for number, (example, ids, target) in enumerate(zip(examples, encoded, targets, strict=True)):
        key = example.group if by_group else str(number)
        row = rows.setdefault(
            key,
            {
                "versions": [],
                "targets": [float(value) for value in target],
                "weight": recipe.unsure_weight if example.unsure else 1.0,
            },
        )
        row["versions"].append(ids)
    for row in rows.values():
        row["length"] = max(map(len, row["versions"]))
    return Dataset.from_list(list(rows.values()))


def _padded(ids: Sequence[Sequence[int]], pad: int) -> dict[str, torch.Tensor]:
    longest = max(map(len, ids))
    padded = torch.full((len(ids), longest), pad, dtype=torch.long)
    mask = torch.zeros((len(ids), longest), dtype=torch.long)
    for row, tokens in enumerate(ids):
        padded[row, : len(tokens)] = torch.tensor(tokens)
        mask[row, : len(tokens)] = 1
    return {"input_ids": padded, "attention_mask": mask}


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


def _positive_weights(examples: Sequence[Example], power: float) -> torch.Tensor:
    positives = np.asarray(target_matrix(examples)).sum(axis=0)
    ratio = (len(examples) - positives) / np.maximum(positives, 1)
    return torch.tensor(ratio**power, dtype=torch.float32)


def _macro_f1(prediction: EvalPrediction) -> dict[str, float]:
    """Macro-F1 at the best threshold of each label, which calibration will find as well."""
    targets = np.asarray(prediction.label_ids)
    probabilities = 1 / (1 + np.exp(-np.asarray(prediction.predictions)))
    given = probabilities >= np.asarray(best_thresholds(probabilities, targets))
    both = (given & (targets == 1)).sum(axis=0)
    f1 = 2 * both / np.maximum(given.sum(axis=0) + targets.sum(axis=0), 1)
    return {"macro_f1": float(f1.mean())}
