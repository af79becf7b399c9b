"""Summaries of ONNX graphs, from which two versions can be compared without their files.

inspection_process.py runs this module in the validator's child process, so it imports nothing of maas. A file may
have millions of names, so every list in a summary is bounded and comes with the full count.
"""

import hashlib
import heapq
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import onnx
from onnx import numpy_helper

# Above real models: large exports have a few thousand tensors, with names of about 60 characters.
TENSORS_MAX, OPERATORS_MAX = 10_000, 1_000
# The maximum size of the list of operators, and of the list of tensors, as JSON.
BYTES_MAX = 2 * 1024 * 1024
NAME_MAX = 256

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
        "operators": _bounded(operators[:OPERATORS_MAX]),
        "operator_count": len(operators),
        "tensors": _bounded(_tensor(*tensor) for tensor in first),
        "tensor_count": len(tensors),
    }


def _graphs(model: onnx.ModelProto) -> Iterator[tuple[str, onnx.GraphProto | onnx.FunctionProto]]:
    """Yields the graph, its functions and all graphs nested in them, each with the path of names that leads to it."""
    todo: list[tuple[str, Any]] = [("", model.graph)]
    todo += [(_short(f"function {_text(function.name)}"), function) for function in model.functions]
    while todo:
        scope, graph = todo.pop()
        yield scope, graph
        for node in graph.node:
            for attribute in node.attribute:
                inner = ([attribute.g] if attribute.HasField("g") else []) + list(attribute.graphs)
                step = f"{scope}/" * bool(scope) + f"{_text(node.name or node.op_type)}.{_text(attribute.name)}"
                todo += [(_short(step), graph) for graph in inner]


def _operators(model: onnx.ModelProto) -> list[dict[str, Any]]:
    """Each operator's count of nodes, and a digest of their attributes that does not depend on the nodes' order."""
    counts: Counter[tuple[str, str]] = Counter()
    contents: Counter[tuple[str, str]] = Counter()
    for _, graph in _graphs(model):
        for node in graph.node:
            key = _domain(node), _short(_text(node.op_type))
            counts[key] += 1
            contents[key] += int(_digest(_attributes(node)), 16)
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
            found += [(scope, _short(_text(each.name)), each) for each in graph.initializer]
            found += [(scope, _short(_text(each.values.name)), each) for each in graph.sparse_initializer]
    return found


def _tensor(scope: str, name: str, tensor: _AnyTensor) -> dict[str, Any]:
    parts = (tensor.values, tensor.indices) if isinstance(tensor, onnx.SparseTensorProto) else (tensor,)
    try:
        content = _digest(_values(part) for part in parts)
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


def _digest(parts: Iterable[bytes]) -> str:
    """A digest of 128 bits: it detects differences, and does not protect against forgery."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8))
        digest.update(part)
    return digest.hexdigest()[:32]


def _domain(holder: onnx.NodeProto | onnx.OperatorSetIdProto) -> str:
    return _short(_text(holder.domain)) or "ai.onnx"


def _text(name: str | bytes) -> str:
    """Decodes a name. ONNX's parser accepts names that are not UTF-8, and returns them as bytes."""
    return name.decode(errors="replace") if isinstance(name, bytes) else name


def _short(name: str) -> str:
    """Shortens a name to at most NAME_MAX characters; different names stay different."""
    if len(name) <= NAME_MAX:
        return name
    return f"{name[: NAME_MAX - 17]}…{_digest([name.encode()])[:16]}"


def _bounded(items: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The first items, as many as fit into BYTES_MAX."""
    kept: list[dict[str, Any]] = []
    left = BYTES_MAX
    for item in items:
        left -= len(json.dumps(item))
        if left < 0:
            break
        kept.append(item)
    return kept
