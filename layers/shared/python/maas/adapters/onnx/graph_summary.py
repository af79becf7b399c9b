"""Summaries of ONNX graphs, from which two versions can be compared without their files.

The validator's child process runs this module. A file may have millions of names, so every list in a summary is
bounded and comes with the full count.
"""

import heapq
import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import onnx
from onnx import numpy_helper

from maas.adapters.formats.findings import OPERATORS_MAX, TENSORS_MAX, bounded, digest, short

_AnyTensor = onnx.TensorProto | onnx.SparseTensorProto


def summary(model: onnx.ModelProto) -> dict[str, Any]:
    """A JSON object with the model's operators by (domain, name) and its tensors by (scope, name).

    Lists are cut off at their limits; `operator_count` and `tensor_count` count all items. `content` is a digest of
    the values, empty if they can't be read.
    """
    operators, tensors = _operators(model), _tensors(model)
    domains = {operator["domain"] for operator in operators}
    first = heapq.nsmallest(TENSORS_MAX, tensors, key=lambda tensor: tensor[:2])
    return {
        "opsets": {domain: opset.version for opset in model.opset_import if (domain := _domain(opset)) in domains},
        "operators": bounded(operators[:OPERATORS_MAX]),
        "operator_count": len(operators),
        "tensors": bounded(_tensor(*tensor) for tensor in first),
        "tensor_count": len(tensors),
    }


def _graphs(model: onnx.ModelProto) -> Iterator[tuple[str, onnx.GraphProto | onnx.FunctionProto]]:
    """Yields the graph, its functions and all graphs nested in them, each with the path of names that leads to it."""
    todo: list[tuple[str, Any]] = [("", model.graph)]
    todo += [(short(f"function {_text(function.name)}"), function) for function in model.functions]
    while todo:
        scope, graph = todo.pop()
        yield scope, graph
        for node in graph.node:
            for attribute in node.attribute:
                inner = ([attribute.g] if attribute.HasField("g") else []) + list(attribute.graphs)
                step = f"{scope}/" * bool(scope) + f"{_text(node.name or node.op_type)}.{_text(attribute.name)}"
                todo += [(short(step), graph) for graph in inner]


def _operators(model: onnx.ModelProto) -> list[dict[str, Any]]:
    """Each operator's count of nodes, and a digest of their attributes that does not depend on the nodes' order."""
    counts: Counter[tuple[str, str]] = Counter()
    contents: Counter[tuple[str, str]] = Counter()
    for _, graph in _graphs(model):
        for node in graph.node:
            key = _domain(node), short(_text(node.op_type))
            counts[key] += 1
            contents[key] += int(digest(_attributes(node)), 16)
    return [
        {"domain": key[0], "name": key[1], "count": counts[key], "content": f"{contents[key] % 2**128:032x}"}
        for key in sorted(counts)
    ]


def _attributes(node: onnx.NodeProto) -> list[bytes]:
    """The serialized attributes, except graphs, which are summarized separately."""
    attributes = [each for each in node.attribute if not each.HasField("g") and not each.graphs]
    return sorted(each.SerializeToString(deterministic=True) for each in attributes)


def _tensors(model: onnx.ModelProto) -> list[tuple[str, str, _AnyTensor]]:
    """The initializers of all graphs, as (scope, name, tensor)."""
    found: list[tuple[str, str, _AnyTensor]] = []
    for scope, graph in _graphs(model):
        if isinstance(graph, onnx.GraphProto):
            found += [(scope, short(_text(each.name)), each) for each in graph.initializer]
            found += [(scope, short(_text(each.values.name)), each) for each in graph.sparse_initializer]
    return found


def _tensor(scope: str, name: str, tensor: _AnyTensor) -> dict[str, Any]:
    parts = (tensor.values, tensor.indices) if isinstance(tensor, onnx.SparseTensorProto) else (tensor,)
    try:
        content = digest(_values(part) for part in parts)
    except (KeyError, TypeError, ValueError):  # numpy raises these for unknown types and for shapes that do not fit
        content = ""
    return {"scope": scope, "name": name, "dtype": _dtype(parts[0]), "shape": list(tensor.dims), "content": content}


def _values(tensor: onnx.TensorProto) -> bytes:
    """The tensor's values as bytes, which do not depend on the field that the tensor stores them in."""
    if tensor.HasField("raw_data"):
        return bytes(tensor.raw_data)
    if tensor.data_type == onnx.TensorProto.STRING:
        return json.dumps([each.hex() for each in tensor.string_data]).encode()
    return bytes(numpy_helper.to_array(tensor).tobytes())


def _dtype(tensor: onnx.TensorProto) -> str:
    """The element type, named as ONNX Runtime does in a signature."""
    names = onnx.TensorProto.DataType
    return names.Name(tensor.data_type).lower() if tensor.data_type in names.values() else str(tensor.data_type)


def _domain(holder: onnx.NodeProto | onnx.OperatorSetIdProto) -> str:
    return short(_text(holder.domain)) or "ai.onnx"


def _text(name: str | bytes) -> str:
    """Decodes a name. ONNX's parser accepts names that are not UTF-8, and returns them as bytes."""
    return name.decode(errors="replace") if isinstance(name, bytes) else name
