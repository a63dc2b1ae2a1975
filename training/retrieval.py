"""Sentence vectors, and how well a sentence finds its translation by them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional
from transformers import PreTrainedModel

from training.model import mean_pooled, padded
from training.pairs import Pair


def embed(
    model: nn.Module, tokenizer: Tokenizer, texts: Sequence[str], device: torch.device
) -> Tensor:
    """Mean-pooled token vectors, (n, width)."""
    ids = [encoding.ids for encoding in tokenizer.encode_batch_fast(list(texts))]
    batch = {name: part.to(device) for name, part in padded(ids, pad=0).items()}
    return mean_pooled(model(**batch).last_hidden_state, batch["attention_mask"])


@torch.no_grad()
def retrieval(
    model: PreTrainedModel,
    tokenizer: Tokenizer,
    pairs: Sequence[Pair],
    languages: Sequence[str],
    max_tokens: int,
    pool: int = 300,
) -> dict[str, dict[str, float]]:
    """Per language, how often a sentence finds its translation among `pool` by cosine.

    Both directions: to and from English, each in [0, 1]; at most `pool` pairs a language.
    """
    model.eval()
    device = next(model.parameters()).device
    tokenizer.enable_truncation(max_tokens)
    result: dict[str, dict[str, float]] = {}
    for lang in languages:
        chosen = [p for p in pairs if p.lang == lang][:pool]
        if not chosen:
            continue
        sides = []
        for texts in ([p.text for p in chosen], [p.english for p in chosen]):
            parts = [
                embed(model, tokenizer, texts[i : i + 50], device) for i in range(0, len(texts), 50)
            ]
            sides.append(functional.normalize(torch.cat(parts).float()))
        similarity = (sides[0] @ sides[1].T).cpu().numpy()
        own = np.arange(len(chosen))
        result[lang] = {
            "to_english": float((similarity.argmax(axis=1) == own).mean()),
            "from_english": float((similarity.argmax(axis=0) == own).mean()),
        }
    return result


def described(accuracies: dict[str, dict[str, float]]) -> str:
    """Retrieval accuracies as a line of text."""
    parts = (
        f"{lang} {a['to_english']:.2f}/{a['from_english']:.2f}" for lang, a in accuracies.items()
    )
    return "retrieval to/from English " + " ".join(parts)
