"""How fast this machine multiplies 8-bit matrices of the model's shapes, and does nothing else.

Measured with onnxruntime's own kernel: each matrix of the model once as MatMulInteger (unsigned
activations, signed weights), without quantising, scaling, attention or any other step. Like stance,
as many runs at a time as there are cores, each in one thread.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

Shape = tuple[int, int]


def int8_shapes(model: Path) -> list[Shape]:
    """The (rows, columns) of each 8-bit weight matrix that the model multiplies tokens by."""
    import onnx

    graph = onnx.load(str(model)).graph
    stored = {one.name: tuple(one.dims) for one in graph.initializer}
    found = [stored[n.input[1]] for n in graph.node if n.op_type == "MatMulInteger"]
    return [shape for shape in found if shape[1] > 4]  # the output layer sees one row


class Multiplier:
    """Multiplies random activations of some rows by a random matrix of each shape."""

    def __init__(self, shapes: Sequence[Shape]) -> None:
        from onnxruntime import InferenceSession, SessionOptions

        options = SessionOptions()
        options.intra_op_num_threads = 1
        self._session = InferenceSession(
            _graph(shapes), options, providers=["CPUExecutionProvider"]
        )
        self._widths = sorted({rows for rows, _ in shapes})

    def multiply(self, batches: Sequence[int]) -> None:
        """One pass for each number of rows, all cores at work."""
        draw = np.random.default_rng(0)
        inputs = {
            f"x{width}": draw.integers(0, 256, (max(batches), width), dtype=np.uint8)
            for width in self._widths
        }
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            for _ in pool.map(partial(self._run, inputs), batches):
                pass

    def _run(self, inputs: dict[str, Any], rows: int) -> None:
        self._session.run(None, {name: x[:rows] for name, x in inputs.items()})


def _graph(shapes: Sequence[Shape]) -> bytes:
    from onnx import TensorProto, helper, numpy_helper

    draw = np.random.default_rng(0)
    nodes, weights, outputs = [], [], []
    for number, shape in enumerate(shapes):
        matrix = draw.integers(-127, 128, shape, dtype=np.int8)
        weights.append(numpy_helper.from_array(matrix, f"w{number}"))
        nodes.append(
            helper.make_node("MatMulInteger", [f"x{shape[0]}", f"w{number}"], [f"y{number}"])
        )
        # Only the shape of a product leaves the graph: the product itself is never copied.
        nodes.append(helper.make_node("Shape", [f"y{number}"], [f"z{number}"]))
        outputs.append(helper.make_tensor_value_info(f"z{number}", TensorProto.INT64, [2]))
    inputs = [
        helper.make_tensor_value_info(f"x{width}", TensorProto.UINT8, ["rows", width])
        for width in sorted({rows for rows, _ in shapes})
    ]
    graph = helper.make_graph(nodes, "multiplications", inputs, outputs, weights)
    opset = [helper.make_opsetid("", 18)]
    made = helper.make_model(graph, opset_imports=opset, ir_version=10)
    return bytes(made.SerializeToString())
