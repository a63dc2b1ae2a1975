"""How fine-tuning differs from the plain Trainer: loss, learning rates, batches."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import torch
from datasets import Dataset
from torch import nn
from transformers import PreTrainedTokenizerBase, Trainer

from stance.classifiers.clean import clean
from training.corpus import Example, target_matrix
from training.model import padded


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
    soft_weight: float = 0.5
    evaluations: int = 8
    patience: int = 4
    seed: int = 0
    device: str = "cpu"


class StanceTrainer(Trainer):
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


class Collator:
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
            **padded(ids, self._pad),
            "targets": torch.tensor(targets, dtype=torch.float32),
            "weights": torch.tensor(weights, dtype=torch.float32),
            "pairs": torch.tensor(pairs, dtype=torch.long).reshape(-1, 2),
        }


def grouped(
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
                "targets": list(example.probabilities) or [float(value) for value in target],
                "weight": _weight(example, recipe),
            },
        )
        row["versions"].append(ids)
    for row in rows.values():
        row["length"] = max(map(len, row["versions"]))
    return Dataset.from_list(list(rows.values()))


def _weight(example: Example, recipe: TransformerRecipe) -> float:
    if example.probabilities:
        return recipe.soft_weight
    return recipe.unsure_weight if example.unsure else 1.0


def positive_weights(examples: Sequence[Example], power: float) -> torch.Tensor:
    """How much a positive example of each label weighs, (4,); rows that a model labelled aside."""
    examples = [e for e in examples if not e.probabilities] or examples
    positives = np.asarray(target_matrix(examples)).sum(axis=0)
    ratio = (len(examples) - positives) / np.maximum(positives, 1)
    return torch.tensor(ratio**power, dtype=torch.float32)
