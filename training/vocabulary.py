"""A multilingual vocabulary for a monolingual encoder, and embeddings to start from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from tokenizers import (
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
    trainers,
)

FloatArray = NDArray[np.float32]

PAD, UNK, CLS, SEP, MASK = "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"


def train_tokenizer(texts: Iterable[str], size: int) -> Tokenizer:
    """A unigram tokenizer of `size` pieces (Kudo 2018), NFKC and lower case, with BERT's frame."""
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFKC(), normalizers.Lowercase(), normalizers.Replace("\u0640", "")]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Metaspace(),
            pre_tokenizers.Digits(individual_digits=False),
            pre_tokenizers.Punctuation(),
        ]
    )
    tokenizer.decoder = decoders.Metaspace()
    trainer = trainers.UnigramTrainer(
        vocab_size=size,
        special_tokens=[PAD, UNK, CLS, SEP, MASK],
        unk_token=UNK,
        max_piece_length=16,
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{CLS} $A {SEP}",
        special_tokens=[(t, tokenizer.token_to_id(t)) for t in (CLS, SEP)],
    )
    return tokenizer


def starting_embeddings(
    pairs: Sequence[tuple[str, str]],
    tokenizer: Tokenizer,
    teacher_tokenizer: Tokenizer,
    teacher_embeddings: FloatArray,
    top: int = 3,
    chunk: int = 4000,
) -> FloatArray:
    """An embedding for each new piece, from the teacher's embeddings of the pieces it goes with.

    Two pieces go together as far as they occur in the two sides of the same pairs, measured by the
    Dice coefficient; a new piece gets the Dice-weighted mean of its `top` partners, and the mean of
    all embeddings where it has none. Special tokens of the same name are copied.

    `pairs` hold a text in any language and its English version; returns (vocabulary, width).
    """
    new, old = tokenizer.get_vocab_size(), teacher_tokenizer.get_vocab_size()
    sources = _incidence([s for s, _ in pairs], tokenizer, new)
    targets = _incidence([t for _, t in pairs], teacher_tokenizer, old)
    source_counts = np.asarray(sources.sum(axis=0)).ravel()
    target_counts = np.asarray(targets.sum(axis=0)).ravel()
    result = np.tile(teacher_embeddings.mean(axis=0), (new, 1)).astype(np.float32)
    sources = sources.T.tocsr()
    for start in range(0, new, chunk):
        together = (sources[start : start + chunk] @ targets).tocsr()
        for row in range(together.shape[0]):
            piece = start + row
            begin, end = together.indptr[row], together.indptr[row + 1]
            partners, counts = together.indices[begin:end], together.data[begin:end]
            if not len(partners):
                continue
            dice = 2 * counts / (source_counts[piece] + target_counts[partners])
            best = np.argsort(dice)[-top:]
            weights = dice[best] / dice[best].sum()
            result[piece] = weights @ teacher_embeddings[partners[best]]
    for token in (PAD, UNK, CLS, SEP, MASK):
        old_id = teacher_tokenizer.token_to_id(token)
        if old_id is not None:
            result[tokenizer.token_to_id(token)] = teacher_embeddings[old_id]
    return result


def _incidence(texts: Sequence[str], tokenizer: Tokenizer, size: int) -> sparse.csr_matrix:
    """(texts, pieces), 1 where the text holds the piece."""
    rows = [
        np.unique(e.ids) for e in tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
    ]
    lengths = np.fromiter(map(len, rows), dtype=np.int64, count=len(rows))
    columns = np.concatenate(rows) if rows else np.empty(0, dtype=np.int64)
    return sparse.csr_matrix(
        (
            np.ones(len(columns), dtype=np.float32),
            columns,
            np.concatenate([[0], np.cumsum(lengths)]),
        ),
        shape=(len(texts), size),
    )
