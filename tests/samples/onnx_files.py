"""Small valid ONNX files, each with one simple computation."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from local.events.model import largest_of_four as largest_of_four
from maas.domain.tensor_rules import DTYPES

_TYPES = {
    "float16": TensorProto.FLOAT16,
    "float": TensorProto.FLOAT,
    "double": TensorProto.DOUBLE,
    "int64": TensorProto.INT64,
    "string": TensorProto.STRING,
    "bool": TensorProto.BOOL,
}


def make_info(name: str, dtype: str, shape: Sequence[int | None]) -> Any:
    """Returns an input or output of a file."""
    return helper.make_tensor_value_info(name, _TYPES[dtype], list(shape))


def make_file(
    nodes: Sequence[Any],
    inputs: Sequence[Any],
    outputs: Sequence[Any],
    constants: Sequence[Any] = (),
    opset: int = 17,
) -> bytes:
    """Returns a file with these nodes."""
    graph = helper.make_graph(list(nodes), "graph", list(inputs), list(outputs), list(constants))
    opsets = [helper.make_opsetid("", opset)]
    return bytes(helper.make_model(graph, opset_imports=opsets, ir_version=8).SerializeToString())


def same(dtype: str) -> bytes:
    """x[n] -> y[n], equal to x."""
    node = helper.make_node("Identity", ["x"], ["y"])
    return make_file([node], [make_info("x", dtype, [None])], [make_info("y", dtype, [None])])


def every_type() -> bytes:
    """x_<dtype>[n, 2] -> y_<dtype>[n, 2], equal to it, for every element type that predictions support."""
    types = {each: getattr(TensorProto, each.upper()) for each in DTYPES}
    nodes = [helper.make_node("Identity", [f"x_{each}"], [f"y_{each}"]) for each in types]
    inputs = [helper.make_tensor_value_info(f"x_{each}", kind, [None, 2]) for each, kind in types.items()]
    outputs = [helper.make_tensor_value_info(f"y_{each}", kind, [None, 2]) for each, kind in types.items()]
    return make_file(nodes, inputs, outputs)


def logarithm() -> bytes:
    """x: float[n] -> y: float[n]; the logarithm of 0 is -inf and of -1 NaN."""
    node = helper.make_node("Log", ["x"], ["y"])
    return make_file([node], [make_info("x", "float", [None])], [make_info("y", "float", [None])])


def zeros() -> bytes:
    """x: int64[1] -> y: float[x], all zeros."""
    node = helper.make_node("ConstantOfShape", ["x"], ["y"])
    return make_file([node], [make_info("x", "int64", [1])], [make_info("y", "float", [None])])


def zeros_of(length: int) -> bytes:
    """x: float[1] -> y: float[1] = x, after `length` zeros were made and summed up."""
    nodes = [
        helper.make_node("Shape", ["x"], ["one"]),
        helper.make_node("Mul", ["one", "length"], ["shape"]),
        helper.make_node("ConstantOfShape", ["shape"], ["zeros"]),
        helper.make_node("ReduceSum", ["zeros"], ["sum"], keepdims=1),
        helper.make_node("Add", ["x", "sum"], ["y"]),
    ]
    constants = [numpy_helper.from_array(np.array([length], np.int64), "length")]
    return make_file(nodes, [make_info("x", "float", [None])], [make_info("y", "float", [1])], constants)


def counter() -> bytes:
    """x: int64[1] -> y: float[1], counted up to x one by one."""
    body = helper.make_graph(
        [helper.make_node("Identity", ["go_on"], ["still"]), helper.make_node("Add", ["before", "one"], ["after"])],
        "body",
        [make_info("round", "int64", []), make_info("go_on", "bool", []), make_info("before", "float", [1])],
        [make_info("still", "bool", []), make_info("after", "float", [1])],
    )
    nodes = [
        helper.make_node("Squeeze", ["x"], ["rounds"]),
        helper.make_node("Loop", ["rounds", "go", "start"], ["y"], body=body),
    ]
    constants = [
        numpy_helper.from_array(np.ones(1, np.float32), "one"),
        numpy_helper.from_array(np.array(True), "go"),
        numpy_helper.from_array(np.zeros(1, np.float32), "start"),
    ]
    return make_file(nodes, [make_info("x", "int64", [1])], [make_info("y", "float", [1])], constants)


def reads_beside_it(location: str) -> bytes:
    """x: float[1] -> y: float[1] = x plus a weight in the file `location`. The weight is hidden in a branch, which
    checkers do not look into.
    """
    weight = TensorProto(name="weight", data_type=TensorProto.FLOAT, dims=[1], data_location=TensorProto.EXTERNAL)
    weight.external_data.add(key="location", value=location)
    branch = helper.make_graph(
        [helper.make_node("Add", ["x", "weight"], ["sum"])], "branch", [], [make_info("sum", "float", [1])], [weight]
    )
    nodes = [helper.make_node("If", ["yes"], ["y"], then_branch=branch, else_branch=branch)]
    yes = numpy_helper.from_array(np.array(True), "yes")
    return make_file(nodes, [make_info("x", "float", [1])], [make_info("y", "float", [1])], [yes])


def smallest_of_four() -> bytes:
    """As largest_of_four, with the index of the smallest number."""
    return _of_four([helper.make_node("ArgMin", ["x"], ["label"], axis=1, keepdims=0)])


def failing_of_four() -> bytes:
    """As largest_of_four, and fails with all values: it looks up a position that its table lacks."""
    constants = [numpy_helper.from_array(np.array(each, np.int64), name) for name, each in (("far", 9), ("table", [0]))]
    nodes = [
        helper.make_node("ArgMax", ["x"], ["largest"], axis=1, keepdims=0),
        helper.make_node("Add", ["largest", "far"], ["place"]),
        helper.make_node("Gather", ["table", "place"], ["label"]),
    ]
    return _of_four(nodes, constants)


def crashing_of_four() -> bytes:
    """As largest_of_four, and ends its process if a number is positive: no integer is the quotient that it computes."""
    nodes = [
        helper.make_node("ReduceMax", ["x"], ["most"], keepdims=0),
        helper.make_node("Greater", ["most", "little"], ["is_bad"]),
        helper.make_node("Where", ["is_bad", "minus", "plus"], ["divisor"]),
        helper.make_node("ArgMax", ["x"], ["largest"], axis=1, keepdims=0),
        helper.make_node("Where", ["is_bad", "lowest", "largest"], ["dividend"]),
        helper.make_node("Div", ["dividend", "divisor"], ["label"]),
    ]
    whole = {"minus": -1, "plus": 1, "lowest": -(2**63)}
    constants = [numpy_helper.from_array(np.array(number, np.int64), name) for name, number in whole.items()]
    return _of_four(nodes, [*constants, numpy_helper.from_array(np.array(1e-6, np.float32), "little")])


def hanging_of_four() -> bytes:
    """As largest_of_four, and goes on for years if a number is positive."""
    body = helper.make_graph(
        [helper.make_node("Identity", ["go_on"], ["still"]), helper.make_node("Identity", ["before"], ["after"])],
        "body",
        [make_info("round", "int64", []), make_info("go_on", "bool", []), make_info("before", "int64", [None])],
        [make_info("still", "bool", []), make_info("after", "int64", [None])],
    )
    nodes = [
        helper.make_node("ReduceMax", ["x"], ["most"], keepdims=0),
        helper.make_node("Mul", ["most", "many"], ["times"]),
        helper.make_node("Cast", ["times"], ["rounds"], to=TensorProto.INT64),
        helper.make_node("ArgMax", ["x"], ["largest"], axis=1, keepdims=0),
        helper.make_node("Loop", ["rounds", "go", "largest"], ["label"], body=body),
    ]
    constants = [
        numpy_helper.from_array(np.array(1e15, np.float32), "many"),
        numpy_helper.from_array(np.array(True), "go"),
    ]
    return _of_four(nodes, constants)


def huge_of_four() -> bytes:
    """As largest_of_four, and answers at least 50 MB if a number is at least 1: it repeats `values`."""
    nodes = [
        helper.make_node("ReduceMax", ["x"], ["most"], keepdims=0),
        helper.make_node("Min", ["most", "one"], ["part"]),
        helper.make_node("Mul", ["part", "rows"], ["number"]),
        helper.make_node("Cast", ["number"], ["repeats"], to=TensorProto.INT64),
        helper.make_node("Max", ["repeats", "once"], ["both"]),
        helper.make_node("Tile", ["x", "both"], ["values"]),
        helper.make_node("ArgMax", ["x"], ["label"], axis=1, keepdims=0),
    ]
    constants = [
        numpy_helper.from_array(np.array(1, np.float32), "one"),
        numpy_helper.from_array(np.array([3.2e6, 0], np.float32), "rows"),
        numpy_helper.from_array(np.array([1, 1], np.int64), "once"),
    ]
    return _of_four(nodes, constants)


def _of_four(nodes: Sequence[Any], constants: Sequence[Any] = ()) -> bytes:
    made = {name for node in nodes for name in node.output}
    copies = [] if "values" in made else [helper.make_node("Identity", ["x"], ["values"])]
    return make_file(
        [*nodes, *copies],
        [make_info("x", "float", [None, 4])],
        [make_info("label", "int64", [None]), make_info("values", "float", [None, 4])],
        constants,
    )


def lookup(table: Sequence[float]) -> bytes:
    """x: int64[n] -> y: float[n], the numbers of `table` at the positions x. The file's size grows with the table."""
    numbers = numpy_helper.from_array(np.array(table, np.float32), "table")
    node = helper.make_node("Gather", ["table", "x"], ["y"])
    return make_file([node], [make_info("x", "int64", [None])], [make_info("y", "float", [None])], [numbers])


def weighted_lookup(table: Sequence[float], weight: float) -> bytes:
    """x: int64[n] -> y: float[n], the numbers of `table` at the positions x, times `weight`."""
    nodes = [helper.make_node("Gather", ["table", "x"], ["found"]), helper.make_node("Mul", ["found", "weight"], ["y"])]
    constants = [
        numpy_helper.from_array(np.array(table, np.float32), "table"),
        numpy_helper.from_array(np.array([weight], np.float32), "weight"),
    ]
    return make_file(nodes, [make_info("x", "int64", [None])], [make_info("y", "float", [None])], constants)


def normalizer(action: str, locale: str | None = None) -> bytes:
    """x: string[n] -> y: string[n], in lower or upper case."""
    attributes = {} if locale is None else {"locale": locale}
    node = helper.make_node("StringNormalizer", ["x"], ["y"], case_change_action=action, **attributes)
    return make_file([node], [make_info("x", "string", [None])], [make_info("y", "string", [None])])


def detector() -> bytes:
    """image: float[1, 3, 640, 640] -> boxes: float[1, 84, 8400], the square roots of the first values; best: int64[1].

    It has the shapes of a common detector of objects, and a file of a few hundred bytes.
    """
    nodes = [
        helper.make_node("Reshape", ["image", "flat"], ["all"]),
        helper.make_node("Slice", ["all", "start", "end"], ["some"]),
        helper.make_node("Reshape", ["some", "boxes_shape"], ["squares"]),
        helper.make_node("Sqrt", ["squares"], ["boxes"]),
        helper.make_node("ArgMax", ["some"], ["best"], axis=0, keepdims=1),
    ]
    constants = [
        numpy_helper.from_array(np.array([-1], np.int64), "flat"),
        numpy_helper.from_array(np.array([0], np.int64), "start"),
        numpy_helper.from_array(np.array([84 * 8400], np.int64), "end"),
        numpy_helper.from_array(np.array([1, 84, 8400], np.int64), "boxes_shape"),
    ]
    outputs = [make_info("boxes", "float", [1, 84, 8400]), make_info("best", "int64", [1])]
    return make_file(nodes, [make_info("image", "float", [1, 3, 640, 640])], outputs, constants)


def pairs_of_rows() -> bytes:
    """x: float[n, 2] -> y: float[n, 4] for even n; other numbers of rows can't be reshaped."""
    node = helper.make_node("Reshape", ["x", "shape"], ["y"])
    shape = numpy_helper.from_array(np.array([-1, 4], np.int64), "shape")
    return make_file([node], [make_info("x", "float", [None, 2])], [make_info("y", "float", [None, 4])], [shape])


def best_row() -> bytes:
    """x: float[n, 2] -> y: float[1, 2], the largest number of each column; without rows there is none."""
    node = helper.make_node("TopK", ["x", "one"], ["y", "index"], axis=0)
    one = numpy_helper.from_array(np.array([1], np.int64), "one")
    return make_file([node], [make_info("x", "float", [None, 2])], [make_info("y", "float", [1, 2])], [one])


def square_product() -> bytes:
    """x: int64[2] -> y: float[], the sum of a matrix of ones of shape x multiplied by itself: one long kernel."""
    nodes = [
        helper.make_node("ConstantOfShape", ["x"], ["ones"], value=numpy_helper.from_array(np.ones(1, np.float32))),
        helper.make_node("MatMul", ["ones", "ones"], ["product"]),
        helper.make_node("ReduceSum", ["product"], ["y"], keepdims=0),
    ]
    return make_file(nodes, [make_info("x", "int64", [2])], [make_info("y", "float", [])])


def larger_column() -> bytes:
    """x: float[n, 2] -> label: int64[n], the index of the larger number of each row."""
    node = helper.make_node("ArgMax", ["x"], ["label"], axis=1, keepdims=0)
    return make_file([node], [make_info("x", "float", [None, 2])], [make_info("label", "int64", [None])])


def row_sums(columns: int) -> bytes:
    """x: float[n, columns] -> y: float[n, 1], the sum of each row."""
    node = helper.make_node("ReduceSum", ["x", "axis"], ["y"], keepdims=1)
    axis = numpy_helper.from_array(np.array([1], np.int64), "axis")
    return make_file([node], [make_info("x", "float", [None, columns])], [make_info("y", "float", [None, 1])], [axis])
