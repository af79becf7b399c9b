"""TensorFlow Lite: a FlatBuffer with operators, tensors and buffers.

https://github.com/tensorflow/tensorflow/blob/master/tensorflow/compiler/mlir/lite/schema/schema.fbs
"""

import hashlib
from collections import Counter
from typing import Any

from maas.adapters.formats.findings import TENSORS_MAX, Found, digest, shown, tensor
from maas.adapters.formats.flatbuffer import Buffer, Table
from maas.adapters.formats.refusals import RefusedError, damaged
from maas.adapters.formats.source import Source

_TYPES = (
    "FLOAT32", "FLOAT16", "INT32", "UINT8", "INT64", "STRING", "BOOL", "INT16", "COMPLEX64", "INT8", "FLOAT64",
    "COMPLEX128", "UINT64", "RESOURCE", "VARIANT", "UINT32", "UINT16", "INT4", "BFLOAT16", "INT2", "UINT4",
)  # fmt: skip
_CUSTOM = 32
# Parts that later schemas add may follow the parts that are known here.
_UNKNOWN_MAX = 4096


def is_tflite(head: bytes, _size: int) -> bool:
    return head[4:8] == b"TFL3"


def read(file: Source) -> Found:
    """Reads all tables that hold names, shapes and values. Raises RefusedError."""
    data = Buffer(file.head(file.size))
    model = data.root()
    codes = [_code(each) for each in model.tables(1)]
    buffers = [_content(each, data) for each in model.tables(4)]
    graphs = model.tables(2)
    if not graphs or not buffers:
        raise damaged("it has no graph, or no buffer")
    tensors = [_tensor(each, buffers, scope) for scope, graph in enumerate(graphs) for each in graph.tables(0)]
    sizes = [len(graph.tables(0)) for graph in graphs]
    operators = [
        _operator(each, codes, size) for graph, size in zip(graphs, sizes, strict=True) for each in graph.tables(3)
    ]
    if data.end + _UNKNOWN_MAX < file.size:
        raise RefusedError(f"{file.size - data.end} bytes follow its last part")
    counts = Counter(operators)
    weights = sorted((each for each in tensors if each["content"]), key=lambda each: str(each["name"]))
    return Found(
        "tflite",
        details={
            "version": model.number(0, "I"),
            "description": model.text(3),
            "graph_count": len(graphs),
            "operator_count": len(operators),
            "tensor_count": len(weights),
            "operators": dict(sorted(counts.items())),
            "inputs": _ends(graphs[0], 1),
            "outputs": _ends(graphs[0], 2),
        },
        operators={("tflite", name): (count, digest([name.encode()])) for name, count in counts.items()},
        tensors=weights[:TENSORS_MAX],
        tensor_count=len(weights),
    )


def _code(table: Table) -> str:
    """The operator's name: its number, or the name of a custom one."""
    number = max(table.number(0, "b"), table.number(3, "i"))
    return f"custom {shown(table.text(1))}" if number == _CUSTOM else f"builtin {number}"


def _content(table: Table, data: Buffer) -> str:
    """A digest of the buffer's bytes; empty if it has none."""
    at, size = table.number(1, "Q"), table.number(2, "Q")
    content = data.bytes_at(at, size) if at > 1 else table.data(0)
    return hashlib.sha256(content).hexdigest()[:32] if content else ""


def _tensor(table: Table, buffers: list[str], scope: int) -> dict[str, Any]:
    kind, buffer = table.number(1, "b"), table.number(2, "I")
    if not 0 <= kind < len(_TYPES) or buffer >= len(buffers):
        raise damaged("a tensor has an unknown type, or no buffer")
    quantization = table.table(4)
    if quantization:
        for field, code in ((0, "f"), (1, "f"), (2, "f"), (3, "q")):
            quantization.numbers(field, code)
    found = tensor(table.text(3), _TYPES[kind], table.numbers(0, "i"), buffers[buffer])
    return {**found, "scope": f"graph {scope}" if scope else ""}


def _operator(table: Table, codes: list[str], count: int) -> str:
    index = table.number(0, "I")
    if index >= len(codes):
        raise damaged("an operator has a code that is none")
    if any(not -1 <= each < count for field in (1, 2) for each in table.numbers(field, "i")):
        raise damaged("an operator has a tensor that is none")
    return codes[index]


def _ends(graph: Table, field: int) -> list[dict[str, Any]]:
    tensors = graph.tables(0)
    if any(not 0 <= index < len(tensors) for index in graph.numbers(field, "i")):
        raise damaged("a graph has an input or output that is none")
    chosen = [tensors[index] for index in graph.numbers(field, "i")]
    return [
        {"name": each.text(3), "dtype": _TYPES[each.number(1, "b")], "shape": list(each.numbers(0, "i"))}
        for each in chosen
    ]
