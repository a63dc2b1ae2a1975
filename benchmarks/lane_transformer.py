"""The transformer beside the Hugging Face pipeline, and beside the limit of the machine.

All use all cores. The pipeline gets sentences sorted by length, with padding to the longest of a
batch; its best batch size counts. Float ONNX is the same model without quantisation, run just as
stance runs its own.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import partial
from logging import getLogger
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from int8_limit import Multiplier, int8_shapes
from measuring import ROOT, Row, Seed, interleave, sentences_from

import stance
from stance.classifiers.store import find, open_folder
from stance.classifiers.transformer import TOKENIZER, WEIGHTS, Transformer
from stance.labels import STANCES

LANE = "transformer"
_OURS = "stance multilingual, int8"
_PIPELINE = "Hugging Face pipeline, torch float32, batches of {}"
_BATCHES = (1, 8, 32)
_FLOAT = "the same model in float ONNX"
_LIMIT = "int8 limit, a sentence at a time"
_BLOCKS = "int8 limit, 1 024 tokens at a time"
_BLOCK = 1024
Contenders = dict[str, Callable[[], object]]


def transformer_lane(
    seeds: Sequence[Seed], count: int, rounds: int, weights: Path | None = None
) -> tuple[list[Row], list[str]]:
    """The rows of the lane, and what is missing. `weights` is a folder of float ones."""
    sentences = sentences_from(seeds[::4], count)
    lengths = _lengths(sentences)
    weights = weights or ROOT / "models" / "encoder"
    contenders: Contenders = {_OURS: partial(stance.load("multilingual").predict, sentences)}
    missing = []
    for name, peer in {
        "Hugging Face pipeline": partial(_pipelines, weights, sentences),
        "float ONNX": partial(_float, weights, sentences),
        "int8 limit": partial(_limits, lengths),
    }.items():
        try:
            contenders |= peer()
        except ImportError:
            missing.append(name)
    timings = interleave(contenders, rounds)

    ours = timings.rate(_OURS, count)
    rows = [Row(LANE, _OURS, ours, "sentences/s")]
    sizes = [name for name in map(_PIPELINE.format, _BATCHES) if name in contenders]
    aims = {_LIMIT: "at least 0.5"}
    if sizes:
        aims[max(sizes, key=lambda name: timings.rate(name, count))] = "at least 3"
    for name in contenders:
        if name != _OURS:
            ratio, aim = timings.times_as_fast(_OURS, name), aims.get(name, "")
            rows.append(Row(LANE, name, timings.rate(name, count), "sentences/s", ratio, aim))
    rows.append(Row(LANE, "tokens in a sentence, mean", sum(lengths) / count, "tokens"))
    if _LIMIT in contenders:
        billions = _operations(lengths) / count / 1e9
        limit = timings.rate(_LIMIT, count)
        rows += [
            Row(LANE, "int8 operations in a sentence, mean", billions, "10⁹"),
            Row(LANE, "int8 operations, stance", billions * ours, "10⁹/s"),
            Row(LANE, "int8 operations, limit, a sentence at a time", billions * limit, "10⁹/s"),
        ]
    return rows, missing


def _lengths(sentences: Sequence[str]) -> list[int]:
    """How many tokens each sentence has, those that frame it included, at most what is read."""
    from tokenizers import Tokenizer

    folder = open_folder(find("multilingual"))
    tokenizer = Tokenizer.from_file(str(folder.file(TOKENIZER)))
    tokenizer.no_padding()
    tokenizer.enable_truncation(int(folder.need("max_tokens")))
    return [len(encoding.ids) for encoding in tokenizer.encode_batch(list(sentences))]


def _pipelines(weights: Path, sentences: Sequence[str]) -> Contenders:
    """The pipeline as its documentation has it, for each batch size.

    The head is random unless the weights have one; speed does not depend on it.
    """
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer, pipeline
    from transformers.utils import logging

    quiet: Any = logging
    quiet.set_verbosity_error()
    quiet.disable_progress_bar()
    torch.set_num_threads(os.cpu_count() or 1)
    model = AutoModelForSequenceClassification.from_pretrained(
        weights,
        num_labels=len(STANCES),
        problem_type="multi_label_classification",
        dtype=torch.float32,
    )
    tokenizer = AutoTokenizer.from_pretrained(weights)
    classify: Any = pipeline("text-classification", model=model, tokenizer=tokenizer)
    inputs = sorted(sentences, key=len)
    options = {"top_k": None, "truncation": True, "max_length": 128}
    return {
        _PIPELINE.format(size): partial(classify, inputs, batch_size=size, **options)
        for size in _BATCHES
    }


def _float(weights: Path, sentences: Sequence[str]) -> Contenders:
    """stance's own way of running a model, with float weights."""
    from onnxruntime import InferenceSession, SessionOptions
    from tokenizers import Tokenizer

    from training.model import StanceModel, load_encoder
    from training.onnx_graph import to_onnx

    folder = open_folder(find("multilingual"))
    max_tokens = int(folder.need("max_tokens"))
    options = SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    getLogger("torch.onnx").setLevel("ERROR")
    with TemporaryDirectory() as scratch:
        path = Path(scratch) / WEIGHTS
        to_onnx(StanceModel(load_encoder(str(weights))), path, max_tokens)
        session = InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    model = Transformer(
        "float",
        session,
        Tokenizer.from_file(str(folder.file(TOKENIZER))),
        max_tokens,
        folder.calibration,
        folder.thresholds,
        os.cpu_count() or 1,
    )
    return {_FLOAT: partial(model.predict, sentences)}


def _limits(lengths: Sequence[int]) -> Contenders:
    """The model's 8-bit multiplications alone, for the rows of each sentence and in blocks."""
    multiplier = Multiplier(int8_shapes(find("multilingual") / WEIGHTS))
    full, rest = divmod(sum(lengths), _BLOCK)
    return {
        _LIMIT: partial(multiplier.multiply, lengths),
        _BLOCKS: partial(multiplier.multiply, [_BLOCK] * full + [rest] * (rest > 0)),
    }


def _operations(lengths: Sequence[int]) -> int:
    """Multiplications and additions of the 8-bit products; attention, in float, is not counted."""
    weights = sum(a * b for a, b in int8_shapes(find("multilingual") / WEIGHTS))
    return 2 * weights * sum(lengths)
