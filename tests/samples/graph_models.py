"""Models made node by node: networks, quantized and fused ones, and one for each type of element."""

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
from onnx import TensorProto, helper, numpy_helper

from tests.samples.model_case import Array, Case

_KINDS: Mapping[str, int] = {
    "f": TensorProto.FLOAT,
    "d": TensorProto.DOUBLE,
    "h": TensorProto.FLOAT16,
    "i": TensorProto.INT64,
    "b": TensorProto.INT8,
    "B": TensorProto.UINT8,
    "Q": TensorProto.UINT64,
    "?": TensorProto.BOOL,
    "s": TensorProto.STRING,
}


def graph(
    nodes: list[Any],
    inputs: Mapping[str, tuple[str, list[Any]]],
    outputs: Mapping[str, tuple[str, list[Any]]],
    constants: Mapping[str, Array] | None = None,
    **opsets: int,
) -> bytes:
    """An ONNX file. Inputs and outputs have a letter of `_KINDS` and a shape. `ms` is the opset of com.microsoft."""
    made = helper.make_graph(
        nodes,
        "graph",
        [helper.make_tensor_value_info(name, _KINDS[kind], shape) for name, (kind, shape) in inputs.items()],
        [helper.make_tensor_value_info(name, _KINDS[kind], shape) for name, (kind, shape) in outputs.items()],
        [numpy_helper.from_array(array, name) for name, array in (constants or {}).items()],
    )
    imports = [helper.make_opsetid("", 21), *(helper.make_opsetid(_DOMAINS[name], 1) for name in opsets)]
    return helper.make_model(made, opset_imports=imports, ir_version=10).SerializeToString()


_DOMAINS = {"ms": "com.microsoft"}
_NODE = helper.make_node


def _numbers(*shape: int) -> Array:
    return np.random.default_rng(0).standard_normal(shape).astype(np.float32)


def _image() -> Case:
    nodes = [
        _NODE("Conv", ["x", "w"], ["c"], pads=[1, 1, 1, 1]),
        _NODE("Relu", ["c"], ["r"]),
        _NODE("GlobalAveragePool", ["r"], ["g"]),
        _NODE("Flatten", ["g"], ["f"]),
        _NODE("Softmax", ["f"], ["y"]),
    ]
    file = graph(nodes, {"x": ("f", [None, 3, 8, 8])}, {"y": ("f", [None, 4])}, {"w": _numbers(4, 3, 3, 3)})
    return Case(file, {"x": _numbers(2, 3, 8, 8)})


def _lstm() -> Case:
    nodes = [_NODE("LSTM", ["x", "w", "r"], ["y", "h"], hidden_size=3)]
    constants = {"w": _numbers(1, 12, 2), "r": _numbers(1, 12, 3)}
    file = graph(nodes, {"x": ("f", [5, None, 2])}, {"y": ("f", [5, 1, None, 3]), "h": ("f", [1, None, 3])}, constants)
    return Case(file, {"x": _numbers(5, 2, 2)})


def _embedding() -> Case:
    nodes = [_NODE("Gather", ["table", "ids"], ["e"]), _NODE("ReduceMean", ["e", "axis"], ["y"], keepdims=0)]
    constants = {"table": _numbers(10, 4), "axis": np.array([1])}
    return Case(
        graph(nodes, {"ids": ("i", [None, None])}, {"y": ("f", [None, 4])}, constants),
        {"ids": np.array([[1, 2, 9], [0, 0, 3]])},
    )


def _dynamic_quantized() -> Case:
    nodes = [
        _NODE("DynamicQuantizeLinear", ["x"], ["q", "s", "z"]),
        _NODE("MatMulInteger", ["q", "w", "z"], ["i"]),
        _NODE("Cast", ["i"], ["f"], to=TensorProto.FLOAT),
        _NODE("Mul", ["f", "s"], ["y"]),
    ]
    weights = np.arange(12, dtype=np.uint8).reshape(4, 3)
    return Case(graph(nodes, {"x": ("f", [None, 4])}, {"y": ("f", [None, 3])}, {"w": weights}), {"x": _numbers(2, 4)})


def _optimized(name: str) -> Case:
    """A file that ONNX Runtime's own optimizer wrote, with fused operators of com.microsoft."""
    case = _image() if name == "FusedConv" else _gelu()
    with tempfile.TemporaryDirectory() as folder:
        options = ort.SessionOptions()
        options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
        options.optimized_model_filepath = str(Path(folder) / "model.onnx")
        ort.InferenceSession(case.file, options, providers=["CPUExecutionProvider"])
        file = Path(options.optimized_model_filepath).read_bytes()
    assert name.encode() in file
    return Case(file, case.inputs)


def _gelu() -> Case:
    """x / 2 * (1 + erf(x / sqrt 2)), as PyTorch's exporter writes it."""
    nodes = [
        _NODE("Div", ["x", "root"], ["d"]),
        _NODE("Erf", ["d"], ["e"]),
        _NODE("Add", ["e", "one"], ["a"]),
        _NODE("Mul", ["x", "a"], ["m"]),
        _NODE("Mul", ["m", "half"], ["y"]),
    ]
    constants = {name: np.array(number, np.float32) for name, number in [("root", 2**0.5), ("one", 1), ("half", 0.5)]}
    return Case(graph(nodes, {"x": ("f", [None, 4])}, {"y": ("f", [None, 4])}, constants), {"x": _numbers(2, 4)})


def _loop() -> Case:
    body = helper.make_graph(
        [_NODE("Identity", ["go"], ["on"]), _NODE("Mul", ["before", "two"], ["after"])],
        "body",
        [
            helper.make_tensor_value_info("i", TensorProto.INT64, []),
            helper.make_tensor_value_info("go", TensorProto.BOOL, []),
            helper.make_tensor_value_info("before", TensorProto.FLOAT, [None]),
        ],
        [
            helper.make_tensor_value_info("on", TensorProto.BOOL, []),
            helper.make_tensor_value_info("after", TensorProto.FLOAT, [None]),
        ],
    )
    nodes = [_NODE("Loop", ["times", "yes", "x"], ["y"], body=body)]
    constants = {"yes": np.array(True), "two": np.array(2, np.float32)}
    inputs = {"times": ("i", []), "x": ("f", [None])}
    return Case(
        graph(nodes, inputs, {"y": ("f", [None])}, constants), {"times": np.array(5), "x": np.array([1, 3], np.float32)}
    )


def _same(kind: str, values: Array) -> Case:
    return Case(graph([_NODE("Identity", ["x"], ["y"])], {"x": (kind, [None])}, {"y": (kind, [None])}), {"x": values})


GRAPHS: Mapping[str, Callable[[], Case]] = {
    "image network": _image,
    "recurrent network": _lstm,
    "embedding": _embedding,
    "loop with a scalar": _loop,
    "quantized while running": _dynamic_quantized,
    "fused convolution": lambda: _optimized("FusedConv"),
    "fused gelu": lambda: _optimized("Gelu"),
    "contributed gelu": lambda: Case(
        graph([_NODE("Gelu", ["x"], ["y"], domain="com.microsoft")], {"x": ("f", [None])}, {"y": ("f", [None])}, ms=1),
        {"x": np.array([-1, 0, 2], np.float32)},
    ),
    "best two of a row": lambda: Case(
        graph(
            [_NODE("TopK", ["x", "k"], ["v", "i"])],
            {"x": ("f", [None, None])},
            {"v": ("f", [None, 2]), "i": ("i", [None, 2])},
            {"k": np.array([2])},
        ),
        {"x": np.array([[1, 5, 3], [9, 7, 8]], np.float32)},
    ),
    "positions of numbers": lambda: Case(
        graph([_NODE("NonZero", ["x"], ["y"])], {"x": ("f", [None])}, {"y": ("i", [1, None])}),
        {"x": np.array([0, 1, 0, 2], np.float32)},
    ),
    "words put together": lambda: Case(
        graph(
            [_NODE("StringConcat", ["a", "b"], ["y"])],
            {"a": ("s", [None]), "b": ("s", [None])},
            {"y": ("s", [None])},
        ),
        {"a": np.array(["é", ""], object), "b": np.array(["x", "日本"], object)},
    ),
    "logarithm below zero": lambda: Case(
        graph([_NODE("Log", ["x"], ["y"])], {"x": ("f", [None])}, {"y": ("f", [None])}),
        {"x": np.array([1, 0, -1], np.float32)},
    ),
    "double numbers": lambda: _same("d", np.array([0.1, 1e300])),
    "half numbers": lambda: _same("h", np.array([0.1, 65504], np.float16)),
    "small integers": lambda: _same("b", np.array([-128, 127], np.int8)),
    "bytes": lambda: _same("B", np.array([0, 255], np.uint8)),
    "large integers": lambda: _same("Q", np.array([0, 2**64 - 1], np.uint64)),
    "truths": lambda: _same("?", np.array([True, False])),
}
