"""Valid ONNX files that answer small values at once, and take all time or memory for one hostile value.

Each has one input `x`: int64[1].
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from onnx import helper, numpy_helper

from tests.samples.onnx_files import counter, make_file, make_info


@dataclass(frozen=True)
class Hostile:
    """A file, a value that it answers, and one for which it needs more than there is."""

    file: bytes
    harmless: Any
    hostile: Any


def _const(name: str, value: Any) -> Any:
    return numpy_helper.from_array(np.array(value), name)


def _summed(*nodes: Any, constants: tuple[Any, ...] = ()) -> bytes:
    """A file whose last node makes `big`, of which y is the number of elements: the answer itself is small."""
    size = helper.make_node("Size", ["big"], ["y"])
    return make_file([*nodes, size], [make_info("x", "int64", [1])], [make_info("y", "int64", [])], constants)


def _constant_of_shape() -> bytes:
    return _summed(helper.make_node("ConstantOfShape", ["x"], ["big"]))


def _tile() -> bytes:
    return _summed(helper.make_node("Tile", ["one", "x"], ["big"]), constants=(_const("one", np.ones(1, np.float32)),))


def _expand() -> bytes:
    nodes = [helper.make_node("Expand", ["one", "x"], ["big"])]
    return _summed(*nodes, constants=(_const("one", np.ones(1, np.float32)),))


def _range() -> bytes:
    nodes = [helper.make_node("Squeeze", ["x"], ["end"]), helper.make_node("Range", ["zero", "end", "one"], ["big"])]
    return _summed(*nodes, constants=(_const("zero", np.int64(0)), _const("one", np.int64(1))))


def _einsum() -> bytes:
    """The outer product of a vector with itself: n^2 numbers of n."""
    nodes = [
        helper.make_node("ConstantOfShape", ["x"], ["ones"]),
        helper.make_node("Einsum", ["ones", "ones"], ["big"], equation="i,j->ij"),
    ]
    return _summed(*nodes)


def _one_hot() -> bytes:
    nodes = [
        helper.make_node("Squeeze", ["x"], ["depth"]),
        helper.make_node("OneHot", ["indices", "depth", "values"], ["big"]),
    ]
    constants = (_const("indices", np.zeros(4096, np.int64)), _const("values", np.array([0, 1], np.float32)))
    return _summed(*nodes, constants=constants)


def _pad() -> bytes:
    nodes = [
        helper.make_node("Concat", ["zero", "x"], ["pads"], axis=0),
        helper.make_node("Pad", ["one", "pads"], ["big"]),
    ]
    return _summed(*nodes, constants=(_const("zero", np.zeros(1, np.int64)), _const("one", np.ones(1, np.float32))))


def _resize() -> bytes:
    return _summed(
        helper.make_node("Resize", ["one", "", "", "x"], ["big"], mode="nearest"),
        constants=(_const("one", np.ones(1, np.float32)),),
    )


def _square_product() -> bytes:
    """A matrix of x times x multiplied by itself: one kernel that runs for minutes."""
    nodes = [
        helper.make_node("Concat", ["x", "x"], ["shape"], axis=0),
        helper.make_node("ConstantOfShape", ["shape"], ["zeros"]),
        helper.make_node("MatMul", ["zeros", "zeros"], ["big"]),
    ]
    return _summed(*nodes)


def _endless() -> bytes:
    """A loop whose condition comes from the input: it goes on while x is not 0."""
    body = helper.make_graph(
        [helper.make_node("Identity", ["again"], ["still"]), helper.make_node("Add", ["before", "one"], ["after"])],
        "body",
        [make_info("round", "int64", []), make_info("again", "bool", []), make_info("before", "float", [1])],
        [make_info("still", "bool", []), make_info("after", "float", [1])],
    )
    nodes = [
        helper.make_node("Cast", ["x"], ["cast"], to=9),
        helper.make_node("Squeeze", ["cast"], ["go"]),
        helper.make_node("Loop", ["", "go", "start"], ["y"], body=body),
    ]
    constants = [_const("one", np.ones(1, np.float32)), _const("start", np.zeros(1, np.float32))]
    return make_file(nodes, [make_info("x", "int64", [1])], [make_info("y", "float", [1])], constants)


def _doubled_text() -> bytes:
    """A text that is doubled x times."""
    body = helper.make_graph(
        [
            helper.make_node("Identity", ["again"], ["still"]),
            helper.make_node("StringConcat", ["before", "before"], ["after"]),
        ],
        "body",
        [make_info("round", "int64", []), make_info("again", "bool", []), make_info("before", "string", [1])],
        [make_info("still", "bool", []), make_info("after", "string", [1])],
    )
    nodes = [
        helper.make_node("Squeeze", ["x"], ["rounds"]),
        helper.make_node("Loop", ["rounds", "go", "start"], ["text"], body=body),
        helper.make_node("Size", ["text"], ["y"]),
    ]
    constants = [_const("go", True), _const("start", np.array(["text"], object))]
    return make_file(nodes, [make_info("x", "int64", [1])], [make_info("y", "int64", [])], constants, opset=20)


def _grown_sequence() -> bytes:
    """A loop that keeps what each of x rounds has made."""
    body = helper.make_graph(
        [helper.make_node("Identity", ["again"], ["still"]), helper.make_node("Identity", ["block"], ["kept"])],
        "body",
        [make_info("round", "int64", []), make_info("again", "bool", [])],
        [make_info("still", "bool", []), make_info("kept", "float", [65536])],
    )
    nodes = [
        helper.make_node("Squeeze", ["x"], ["rounds"]),
        helper.make_node("ConstantOfShape", ["length"], ["block"]),
        helper.make_node("Loop", ["rounds", "go"], ["all"], body=body),
        helper.make_node("Size", ["all"], ["y"]),
    ]
    constants = [_const("go", True), _const("length", np.array([65536], np.int64))]
    return make_file(nodes, [make_info("x", "int64", [1])], [make_info("y", "int64", [])], constants)


def endless_to_load() -> bytes:
    """x: float[1] -> y: float[1]; the load does not end."""
    return slow_to_load(2**62)


def slow_to_load(count: int) -> bytes:
    """x: float[1] -> y: float[1]; the load folds a constant whose kernel counts to `count`."""
    counts: dict[str, Any] = {
        "min_gram_length": 1,
        "max_gram_length": 2,
        "max_skip_count": count,
        "ngram_counts": [0, 2],
    }
    pool: dict[str, Any] = {"pool_int64s": [1, 2, 1, 2], "ngram_indexes": [0, 1, 2]}
    nodes = [
        helper.make_node("TfIdfVectorizer", ["words"], ["found"], mode="TF", **counts, **pool),
        helper.make_node("ReduceSum", ["found"], ["sum"], keepdims=0),
        helper.make_node("Add", ["sum", "x"], ["y"]),
    ]
    constants = [_const("words", [1])]
    return make_file(nodes, [make_info("x", "float", [1])], [make_info("y", "float", [1])], constants)


HOSTILE: Mapping[str, Callable[[], Hostile]] = {
    "ConstantOfShape": lambda: Hostile(_constant_of_shape(), [3], [2**36]),
    "Tile": lambda: Hostile(_tile(), [3], [2**36]),
    "Expand": lambda: Hostile(_expand(), [3], [2**36]),
    "Range": lambda: Hostile(_range(), [3], [2**40]),
    "Einsum": lambda: Hostile(_einsum(), [3], [2**18]),
    "OneHot": lambda: Hostile(_one_hot(), [3], [2**28]),
    "Pad": lambda: Hostile(_pad(), [3], [2**36]),
    "Resize": lambda: Hostile(_resize(), [3], [2**36]),
    "MatMul": lambda: Hostile(_square_product(), [3], [6000]),
    "Loop that counts": lambda: Hostile(counter(), [3], [2**62]),
    "Loop with a condition from the input": lambda: Hostile(_endless(), [0], [1]),
    "Loop that doubles a text": lambda: Hostile(_doubled_text(), [3], [60]),
    "Loop that keeps all rounds": lambda: Hostile(_grown_sequence(), [3], [2**30]),
}
