"""A fine-tuned transformer as a model folder: int8 ONNX behind a gate.

Weights are quantised to 8 bits for each output channel, activations for each sentence as it comes
(dynamic quantisation). A sentence is one run of the model, so its score never depends on others.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from torch import nn
from transformers import AutoTokenizer

from stance.classifiers.base import Calibration
from stance.classifiers.clean import clean
from stance.classifiers.store import load, save_manifest
from stance.classifiers.transformer import TOKENIZER, WEIGHTS, Transformer
from stance.errors import DataError, ModelError
from stance.labels import STANCES
from training.calibration import best_thresholds, expected_calibration_error, fit_platt
from training.corpus import Example, target_matrix
from training.evaluation.leakage import TRAINING_ROWS
from training.model import StanceModel, predict_logits
from training.transformer import SUMMARY, group_weights

Log = Callable[[str], None]

MIN_AGREEMENT = 0.99
MAX_F1_LOSS = 0.005

# Parts of module paths, as BERT-, XLM-R-, DeBERTa- and ModernBERT-shaped models name them.
FEED_FORWARD_OUTPUTS = ("output.dense", "mlp.Wo")
ALL_LAYERS = ("layer",)


@dataclass(frozen=True)
class Gate:
    """How the quantised model compares with the float one on held-out sentences."""

    agreement: float
    f1_float: float
    f1_quantised: float
    calibration_error: float

    @property
    def passed(self) -> bool:
        """Whether agreement and macro-F1 are within the bounds."""
        return self.agreement >= MIN_AGREEMENT and self.f1_float - self.f1_quantised <= MAX_F1_LOSS


def export_model(
    source: Path,
    output: Path,
    validation: Sequence[Example],
    log: Log,
    *,
    name: str = "multilingual",
    version: str = "1",
) -> Gate:
    """Write the fine-tuned model in `source` as the model folder `output`, and check it.

    Label agreement between float and quantised model must be at least MIN_AGREEMENT over all
    sentence-label pairs, and macro-F1 may fall by at most MAX_F1_LOSS. Where the gate fails, the
    feed-forward outputs, whose inputs have the widest range, stay in float, then all layers (the
    embeddings stay 8-bit). Where it fails still, ModelError is raised and nothing is written.
    """
    if not (source / SUMMARY).is_file():
        raise DataError(
            f"{source}: no {SUMMARY}; expected the output of `stance train transformer`"
        )
    summary = json.loads((source / SUMMARY).read_text(encoding="utf-8"))
    model = StanceModel.load(source)
    tokenizer = AutoTokenizer.from_pretrained(source)
    max_tokens = int(summary["recipe"]["max_tokens"])
    texts = [clean(e.text) for e in validation]
    float_logits = predict_logits(model, tokenizer, texts, max_tokens)
    with TemporaryDirectory() as scratch:
        graph = Path(scratch) / "float.onnx"
        _to_onnx(model, graph, max_tokens)
        for keep_float in ((), FEED_FORWARD_OUTPUTS, ALL_LAYERS):
            made = Path(scratch) / "model"
            made.mkdir(exist_ok=True)
            quantise(graph, made / WEIGHTS, keep_float)
            tokenizer.backend_tokenizer.save(str(made / TOKENIZER))
            shutil.copy(source / TRAINING_ROWS, made / TRAINING_ROWS)
            gate = _finish(made, summary, validation, texts, float_logits, name, version)
            log(
                f"agreement {gate.agreement:.4f}, macro-F1 {gate.f1_float:.4f} float, "
                f"{gate.f1_quantised:.4f} int8, calibration error {gate.calibration_error:.3f}"
            )
            if gate.passed:
                output.mkdir(parents=True, exist_ok=True)
                for part in made.iterdir():
                    shutil.copy(part, output / part.name)
                return gate
    raise ModelError(
        f"{source}: the int8 model agrees with the float one on {gate.agreement:.2%} of labels "
        f"(at least {MIN_AGREEMENT:.0%} wanted) and loses {gate.f1_float - gate.f1_quantised:.4f} "
        f"macro-F1 (at most {MAX_F1_LOSS}); nothing was written"
    )


def quantise(source: Path, target: Path, keep_float: Sequence[str] = ()) -> None:
    """Write the ONNX model `source` with 8-bit matrix weights and embeddings to `target`.

    Matrix products of modules whose path holds one of `keep_float` stay as they are.
    """
    from onnxruntime.quantization import QuantType, quantize_dynamic

    model = onnx.load(str(source))
    del model.graph.value_info[:]  # stale shapes of the exporter confuse the quantiser
    excluded = [
        node.name
        for node in model.graph.node
        if any(part in prop.value for part in keep_float for prop in node.metadata_props)
    ]
    quantize_dynamic(
        model,
        str(target),
        op_types_to_quantize=["MatMul"],
        per_channel=True,
        weight_type=QuantType.QInt8,
        nodes_to_exclude=excluded,
        extra_options={"MatMulConstBOnly": True, "DefaultTensorType": TensorProto.FLOAT},
    )
    quantised = onnx.load(str(target))
    _quantise_embeddings(quantised)
    onnx.save(quantised, str(target))


class _Unpadded(nn.Module):
    """The model for one sentence without padding: no attention mask, a plain mean."""

    def __init__(self, model: StanceModel) -> None:
        super().__init__()
        self.model = model

    def forward(self, input_ids: torch.Tensor) -> torch.Tensor:
        hidden = self.model.encoder(input_ids=input_ids).last_hidden_state
        logits: torch.Tensor = self.model.head(hidden.mean(dim=1))
        return logits


def _to_onnx(model: StanceModel, target: Path, max_tokens: int) -> None:
    tokens = torch.export.Dim("tokens", min=2, max=max_tokens)
    program = torch.onnx.export(
        _Unpadded(model).eval(),
        (torch.ones((1, 9), dtype=torch.long),),
        dynamo=True,
        input_names=["input_ids"],
        output_names=["logits"],
        dynamic_shapes=({1: tokens},),
        opset_version=18,
        verbose=False,
    )
    if program is None:
        raise ModelError("torch.onnx.export returned nothing; the architecture is not exportable")
    program.save(str(target), external_data=False)


def _quantise_embeddings(model: onnx.ModelProto, smallest: int = 1 << 20) -> None:
    """Store large tables that Gather reads as 8-bit rows, each with a scale of its own."""
    graph = model.graph
    stored = {tensor.name: tensor for tensor in graph.initializer}
    for node in [n for n in graph.node if n.op_type == "Gather" and n.input[0] in stored]:
        table = numpy_helper.to_array(stored[node.input[0]])
        if table.ndim != 2 or table.size < smallest or table.dtype != np.float32:
            continue
        rows, scales = quantised_rows(table)
        name, indices, result = node.input[0], node.input[1], node.output[0]
        graph.initializer.remove(stored[name])
        graph.initializer.append(numpy_helper.from_array(rows, f"{name}_int8"))
        graph.initializer.append(numpy_helper.from_array(scales, f"{name}_scale"))
        replacement = [
            helper.make_node("Gather", [f"{name}_int8", indices], [f"{result}_int8"]),
            helper.make_node("Cast", [f"{result}_int8"], [f"{result}_cast"], to=TensorProto.FLOAT),
            helper.make_node("Gather", [f"{name}_scale", indices], [f"{result}_scale"]),
            helper.make_node("Mul", [f"{result}_cast", f"{result}_scale"], [result]),
        ]
        position = list(graph.node).index(node)
        graph.node.remove(node)
        for offset, new in enumerate(replacement):
            graph.node.insert(position + offset, new)


def quantised_rows(table: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Rows as 8-bit integers and their scales, (n, 1): row = integers * scale."""
    scales = np.maximum(np.abs(table).max(axis=1, keepdims=True), 1e-12) / 127
    return np.round(table / scales).astype(np.int8), scales.astype(np.float32)


def _finish(
    made: Path,
    summary: dict[str, Any],
    validation: Sequence[Example],
    texts: Sequence[str],
    float_logits: NDArray[np.floating],
    name: str,
    version: str,
) -> Gate:
    """Calibrate the quantised model, write its manifest, and compare it with the float one."""
    targets, weights = np.asarray(target_matrix(validation)), group_weights(validation)

    def manifest(calibration: Calibration, thresholds: Sequence[float], **more: object) -> None:
        save_manifest(
            made,
            [WEIGHTS, TOKENIZER, TRAINING_ROWS],
            kind="transformer",
            name=name,
            version=version,
            languages=summary["languages"],
            max_tokens=summary["recipe"]["max_tokens"],
            base_model=summary["recipe"]["base_model"],
            calibration={"slopes": calibration.slopes, "intercepts": calibration.intercepts},
            thresholds=dict(zip(STANCES, thresholds, strict=True)),
            recipe=summary["recipe"],
            seed=summary["recipe"]["seed"],
            data=summary["data"],
            minutes=summary["minutes"],
            **more,
        )

    calibration = Calibration(
        tuple(summary["calibration"]["slopes"]), tuple(summary["calibration"]["intercepts"])
    )
    manifest(calibration, summary["thresholds"])
    model = load(made)
    if not isinstance(model, Transformer):
        raise ModelError(f"{made}: expected a transformer, got {type(model).__name__}")
    logits = model.logits(texts)
    before = calibration(float_logits) >= np.asarray(summary["thresholds"])
    after = calibration(logits) >= np.asarray(summary["thresholds"])
    refitted = fit_platt(logits, targets, weights)
    thresholds = best_thresholds(refitted(logits), targets, weights)
    gate = Gate(
        agreement=float((before == after).mean()),
        f1_float=_macro_f1(before, targets, weights),
        f1_quantised=_macro_f1(after, targets, weights),
        calibration_error=expected_calibration_error(refitted(logits), targets),
    )
    manifest(
        refitted,
        thresholds,
        int8_gate={
            "agreement": gate.agreement,
            "macro_f1_float": gate.f1_float,
            "macro_f1_int8": gate.f1_quantised,
        },
    )
    return gate


def _macro_f1(
    given: NDArray[np.bool_], targets: NDArray[np.integer], weights: NDArray[np.floating]
) -> float:
    weighted = weights[:, None]
    both = (given * targets * weighted).sum(axis=0)
    total = (given * weighted).sum(axis=0) + (targets * weighted).sum(axis=0)
    return float((2 * both / np.maximum(total, 1e-12)).mean())
