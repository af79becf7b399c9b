"""Large ONNX files of random weights, for the limits of memory."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from onnx import AttributeProto, NodeProto, TensorProto, helper, numpy_helper

# The divisor of the largest size at which a kind still fits: a forest takes about 12 times its size.
KINDS: Mapping[str, int] = {"table": 1, "layers": 1, "convolutions": 1, "forest": 8}
_WIDTH, _CHANNELS, _DEPTH = 1024, 256, 12


def written(path: Path, kind: str, size: int, seed: int) -> Path:
    """Writes a model of about `size` bytes with one input "x" and one output "y"."""
    random = np.random.default_rng(seed)
    nodes, constants, ends = {"table": _table, "layers": _layers, "convolutions": _convolutions, "forest": _forest}[
        kind
    ](size, random)
    graph = helper.make_graph(nodes, "graph", ends[:1], ends[1:], constants)
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("ai.onnx.ml", 3)]
    path.write_bytes(helper.make_model(graph, opset_imports=opsets, ir_version=8).SerializeToString())
    return path


def _ends(shape: list[int | None], dtype: int = TensorProto.FLOAT, output: list[int | None] | None = None) -> list[Any]:
    return [
        helper.make_tensor_value_info("x", dtype, shape),
        helper.make_tensor_value_info("y", TensorProto.FLOAT, output or shape),
    ]


def _weights(random: np.random.Generator, name: str, *shape: int) -> TensorProto:
    return numpy_helper.from_array(random.random(shape, np.float32) / 1000, name)


def _table(size: int, random: np.random.Generator) -> tuple[list[NodeProto], list[TensorProto], list[Any]]:
    table = _weights(random, "table", size // 4 // _WIDTH, _WIDTH)
    return (
        [helper.make_node("Gather", ["table", "x"], ["y"])],
        [table],
        _ends([None], TensorProto.INT64, [None, _WIDTH]),
    )


def _layers(size: int, random: np.random.Generator) -> tuple[list[NodeProto], list[TensorProto], list[Any]]:
    count = size // 4 // _WIDTH**2
    weights = [_weights(random, f"w{number}", _WIDTH, _WIDTH) for number in range(count)]
    names = ["x", *(f"h{number}" for number in range(1, count)), "y"]
    nodes = [helper.make_node("MatMul", [names[n], f"w{n}"], [names[n + 1]]) for n in range(count)]
    return nodes, weights, _ends([None, _WIDTH])


def _convolutions(size: int, random: np.random.Generator) -> tuple[list[NodeProto], list[TensorProto], list[Any]]:
    count = size // 4 // (_CHANNELS**2 * 9)
    weights = [_weights(random, f"w{number}", _CHANNELS, _CHANNELS, 3, 3) for number in range(count)]
    names = ["x", *(f"h{number}" for number in range(1, count)), "y"]
    nodes = [helper.make_node("Conv", [names[n], f"w{n}"], [names[n + 1]], pads=[1, 1, 1, 1]) for n in range(count)]
    return nodes, weights, _ends([None, _CHANNELS, 8, 8])


def _forest(size: int, random: np.random.Generator) -> tuple[list[NodeProto], list[TensorProto], list[Any]]:
    """Perfect trees; a node takes about 33 bytes in the file."""
    nodes, leaves = 2 ** (_DEPTH + 1) - 1, 2**_DEPTH
    trees = size // (nodes * 33)
    ids = np.arange(nodes)
    leaf = ids >= leaves - 1
    values: dict[str, Any] = {
        "nodes_treeids": np.repeat(np.arange(trees), nodes),
        "nodes_nodeids": np.tile(ids, trees),
        "nodes_featureids": np.tile(np.where(leaf, 0, ids % _WIDTH), trees),
        "nodes_values": random.random(nodes * trees, np.float32),
        "nodes_truenodeids": np.tile(np.where(leaf, 0, 2 * ids + 1), trees),
        "nodes_falsenodeids": np.tile(np.where(leaf, 0, 2 * ids + 2), trees),
        "nodes_missing_value_tracks_true": np.zeros(nodes * trees, np.int64),
        "target_treeids": np.repeat(np.arange(trees), leaves),
        "target_nodeids": np.tile(ids[leaf], trees),
        "target_ids": np.zeros(leaves * trees, np.int64),
        "target_weights": random.random(leaves * trees, np.float32),
    }
    node = helper.make_node("TreeEnsembleRegressor", ["x"], ["y"], domain="ai.onnx.ml", n_targets=1)
    modes = node.attribute.add(name="nodes_modes", type=AttributeProto.STRINGS)
    modes.strings.extend([b"LEAF" if each else b"BRANCH_LEQ" for each in leaf] * trees)
    for name, array in values.items():
        if array.dtype == np.float32:
            node.attribute.add(name=name, type=AttributeProto.FLOATS).floats.extend(array.tolist())
        else:
            node.attribute.add(name=name, type=AttributeProto.INTS).ints.extend(array.tolist())
    return [node], [], _ends([None, _WIDTH], output=[None, 1])
