"""A fine-tuned model as an ONNX graph, in float and with 8-bit weights."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from stance.errors import ModelError
from training.model import StanceModel

EXACT = "everything"
_LARGE = 1 << 15


def quantise(source: Path, target: Path, keep_float: Sequence[str] = ()) -> None:
    """Write the ONNX model `source` with 8-bit matrix weights and embeddings to `target`.

    Matrix products of modules whose path holds one of `keep_float` are computed in float, from
    weights that are stored in 8 bits nevertheless; where EXACT is among them, nothing is quantised.
    """
    from onnxruntime.quantization import QuantType, quantize_dynamic

    model = onnx.load(str(source))
    if EXACT not in keep_float:
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
            # Weights in 7 of the 8 bits: processors without VNNI add two products in 16 bits,
            # which would overflow with 8, and the labels would depend on the machine.
            reduce_range=True,
            weight_type=QuantType.QInt8,
            nodes_to_exclude=excluded,
            extra_options={"MatMulConstBOnly": True, "DefaultTensorType": TensorProto.FLOAT},
        )
        model = onnx.load(str(target))
        _store_in_8_bits(model)
    _forget_origin(model)
    onnx.save(model, str(target))


def _forget_origin(model: onnx.ModelProto) -> None:
    """Remove the exporter's notes, which hold paths of the machine that exported."""
    for node in model.graph.node:
        del node.metadata_props[:]
        node.doc_string = ""
    for value in (*model.graph.input, *model.graph.output, *model.graph.value_info):
        del value.metadata_props[:]


class _Unpadded(nn.Module):
    """The model for one sentence without padding: no attention mask, a plain mean."""

    def __init__(self, model: StanceModel) -> None:
        super().__init__()
        self.model = model

    def forward(self, input_ids: torch.Tensor) -> torch.Tensor:
        hidden = self.model.encoder(input_ids=input_ids).last_hidden_state
        logits: torch.Tensor = self.model.head(hidden.mean(dim=1))
        return logits


def to_onnx(model: StanceModel, target: Path, max_tokens: int) -> None:
    """Write the model, for one sentence at a time, as ONNX in float."""
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


def _store_in_8_bits(model: onnx.ModelProto) -> None:
    """Store large float tables, of embeddings and of weights, as 8-bit integers with scales.

    Embeddings have a scale for each row and are scaled as they are looked up; weights have one for
    each output, and onnxruntime scales them once, when it loads the model.
    """
    graph = model.graph
    stored = {tensor.name: tensor for tensor in graph.initializer}
    for node in list(graph.node):
        place = {"Gather": 0, "MatMul": 1}.get(node.op_type)
        if place is None or node.input[place] not in stored:
            continue
        name = node.input[place]
        table = numpy_helper.to_array(stored[name])
        if table.ndim != 2 or table.size < _LARGE or table.dtype != np.float32:
            continue
        graph.initializer.remove(stored.pop(name))
        by_row = node.op_type == "Gather"
        integers, scales = quantised_rows(table if by_row else table.T)
        small, scale = f"{name}_int8", f"{name}_scale"
        graph.initializer.append(numpy_helper.from_array(integers if by_row else integers.T, small))
        graph.initializer.append(numpy_helper.from_array(scales if by_row else scales.T, scale))
        position = list(graph.node).index(node)
        if by_row:
            indices, result = node.input[1], node.output[0]
            graph.node.remove(node)
            new = [
                helper.make_node("Gather", [small, indices], [f"{result}_int8"]),
                helper.make_node("Gather", [scale, indices], [f"{result}_scale"]),
                helper.make_node("Cast", [f"{result}_int8"], [f"{result}_f"], to=TensorProto.FLOAT),
                helper.make_node("Mul", [f"{result}_f", f"{result}_scale"], [result]),
            ]
        else:
            new = [
                helper.make_node("Cast", [small], [f"{name}_f"], to=TensorProto.FLOAT),
                helper.make_node("Mul", [f"{name}_f", scale], [name]),
            ]
        for offset, made in enumerate(new):
            graph.node.insert(position + offset, made)


def quantised_rows(table: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Rows as 8-bit integers and their scales, (n, 1): row = integers * scale, nearly."""
    scales = np.maximum(np.abs(table).max(axis=1, keepdims=True), 1e-12) / 127
    return np.round(table / scales).astype(np.int8), scales.astype(np.float32)
