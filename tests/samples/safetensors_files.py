"""Files of safetensors, made by the rules of the format: https://github.com/huggingface/safetensors#format"""

import json
from typing import Any

HEADER = {"w": {"dtype": "F32", "shape": [2, 2], "data_offsets": [0, 16]}}


def packed(header: Any, data: bytes = b"") -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + data


def tensor(begin: int, end: int, shape: list[int] | None = None, dtype: str = "U8") -> dict[str, Any]:
    return {"dtype": dtype, "shape": [end - begin] if shape is None else shape, "data_offsets": [begin, end]}


def whole() -> bytes:
    """Three tensors and metadata."""
    header = {
        "__metadata__": {"format": "pt"},
        "layer.weight": tensor(0, 16, [2, 2], "F32"),
        "layer.bias": tensor(16, 20, [2], "F16"),
        "empty": tensor(20, 20, [0, 3], "I64"),
    }
    return packed(header, bytes(range(20)))


HOSTILE: dict[str, tuple[bytes, str]] = {
    "cut in its tensors": (whole()[:-1], "its last tensor needs 1 more bytes"),
    "cut in its header": (whole()[:60], "its header needs"),
    "bytes after the end": (whole() + b"x", "1 bytes follow the last tensor"),
    "a gap": (packed({"a": tensor(1, 2)}, b"xx"), "tensor a leaves a gap"),
    "an overlap": (packed({"a": tensor(0, 2), "b": tensor(1, 3)}, b"xxx"), "tensor b overlaps"),
    "a wrong size": (packed({"a": tensor(0, 2, [3])}, b"xx"), "as many bytes as its shape and type need"),
    "a huge shape": (packed({"a": tensor(0, 2, [2**62] * 60)}, b"xx"), "as many bytes as its shape and type need"),
    "a product of 0 after a huge size": (packed({"a": tensor(0, 2, [2**62, 0])}, b"xx"), "as many bytes"),
    "a negative size": (packed({"a": tensor(0, 2, [-2])}, b"xx"), "a shape or offsets that are none"),
    "a size with a fraction": (packed({"a": tensor(0, 2, [2.0])}, b"xx"), "a shape or offsets that are none"),  # type: ignore[list-item]
    "a truth as a size": (packed({"a": tensor(0, 1, [True])}, b"x"), "a shape or offsets that are none"),
    "an unknown type": (packed({"a": tensor(0, 2, dtype="U3")}, b"xx"), "an element type that safetensors does not"),
    "a type that is a list": (packed({"a": {**tensor(0, 2), "dtype": []}}, b"xx"), "an element type"),
    "half a byte": (packed({"a": tensor(0, 1, [1], "F4")}, b"x"), "as many bytes as its shape and type need"),
    "another key": (packed({"a": {**tensor(0, 2), "x": 1}}, b"xx"), "exactly dtype, shape and data_offsets"),
    "a missing key": (packed({"a": {"dtype": "U8"}}), "exactly dtype, shape and data_offsets"),
    "a name twice": (packed(b'{"a":{"dtype":"U8"},"a":{}}'), "names a key twice"),
    "metadata of numbers": (packed({"__metadata__": {"a": 1}}), "__metadata__ is not an object of texts"),
    "a deep header": (packed(b'{"a":' + b"[" * 100_000), "nested deeper"),
    "a header that is no JSON": (packed(b'{"a" 1}'), "its header is not JSON"),
    "a header of Latin-1": (packed('{"é": 1}'.encode("latin-1")), "its header is not UTF-8"),
    "not a number": (packed(b'{"a":NaN}'), "its header has NaN"),
    "a huge number": (packed(b'{"a":' + b"9" * 5000 + b"}"), "its header is not JSON"),
    "an announced header of 1 GiB": ((1 << 30).to_bytes(8, "little") + b'{"a', "at most 16777216 are read"),
}
