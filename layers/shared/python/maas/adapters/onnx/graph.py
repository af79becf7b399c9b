"""What an ONNX graph is made of, so that two versions can be compared without their files.

child.py runs this; like that program it knows nothing of maas. A file may have millions of names, so everything
that comes out of here is bounded, and says how much there would have been.
"""

import hashlib
import heapq
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import onnx
from onnx import numpy_helper

# Above real models: large exports have some thousands of tensors, with names of some 60 characters.
TENSORS_MAX, OPERATORS_MAX = 10_000, 1_000
# Of JSON, operators and tensors each.
BYTES_MAX = 2 * 1024 * 1024
NAME_MAX = 256

_AnyTensor = onnx.TensorProto | onnx.SparseTensorProto


def summary(model: onnx.ModelProto) -> dict[str, Any]:
    """JSON: operators in the order of (domain, name), tensors in that of (scope, name); past a limit the rest is left
    out, while `operator_count` and `tensor_count` count all. `content` differs where values do; it is empty where
    they can't be read.
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
    """The graph, its functions, and all graphs in them, each with the names on the way to it."""
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
    """How often each is there, and a `content` for the attributes of all its nodes, whatever their order."""
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
    """Without the graphs among them, which are summed up on their own."""
    plain = [each for each in node.attribute if not each.HasField("g") and not each.graphs]
    return sorted(each.SerializeToString(deterministic=True) for each in plain)


def _tensors(model: onnx.ModelProto) -> list[tuple[str, str, _AnyTensor]]:
    """The initializers of every graph, by scope and name."""
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
    except (KeyError, TypeError, ValueError):  # numpy's, for a type it has not or a shape that does not fit
        content = ""
    return {"scope": scope, "name": name, "dtype": _dtype(parts[0]), "shape": list(tensor.dims), "content": content}


def _values(tensor: onnx.TensorProto) -> bytes:
    """The same bytes for the same values, in whichever of its fields the tensor has them."""
    if tensor.HasField("raw_data"):
        return bytes(tensor.raw_data)
    if tensor.data_type == onnx.TensorProto.STRING:
        return json.dumps([each.hex() for each in tensor.string_data]).encode()
    return bytes(numpy_helper.to_array(tensor).tobytes())


def _dtype(tensor: onnx.TensorProto) -> str:
    """As ONNX Runtime names it in a signature."""
    names = onnx.TensorProto.DataType
    return names.Name(tensor.data_type).lower() if tensor.data_type in names.values() else str(tensor.data_type)


def _digest(parts: Iterable[bytes]) -> str:
    """128 bits: these are told apart, not trusted."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8))
        digest.update(part)
    return digest.hexdigest()[:32]


def _domain(holder: onnx.NodeProto | onnx.OperatorSetIdProto) -> str:
    return _short(_text(holder.domain)) or "ai.onnx"


def _text(name: str | bytes) -> str:
    """ONNX's own parser does not insist on UTF-8; what is none comes as bytes."""
    return name.decode(errors="replace") if isinstance(name, bytes) else name


def _short(name: str) -> str:
    """At most 256 characters, and still another name for another name."""
    if len(name) <= NAME_MAX:
        return name
    return f"{name[: NAME_MAX - 17]}…{_digest([name.encode()])[:16]}"


def _bounded(items: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """As many as fit into BYTES_MAX."""
    kept: list[dict[str, Any]] = []
    left = BYTES_MAX
    for item in items:
        left -= len(json.dumps(item))
        if left < 0:
            break
        kept.append(item)
    return kept
