"""Tensors of the programs as arrays, and back. Uses numpy alone, and nothing of ours: the environment lacks it."""

import base64
import json
import struct
import sys
from typing import Any

import numpy as np

Array = Any


def read() -> dict[str, Any]:
    """The input of the program, with an `array` in each tensor."""
    given: dict[str, Any] = json.load(sys.stdin)
    for tensor in given["tensors"]:
        tensor["array"] = _array(tensor["datatype"], tensor["shape"], base64.b64decode(tensor["data"]))
    return given


def _array(datatype: str, shape: list[int], data: bytes) -> Array:
    if datatype != "BYTES":
        return np.frombuffer(data, _dtype(datatype)).reshape(shape)
    texts = []
    while data:
        (length,) = struct.unpack_from("<I", data)
        texts.append(data[4 : 4 + length])
        data = data[4 + length :]
    return np.array(texts, object).reshape(shape)


def _dtype(datatype: str) -> str:
    return datatype.lower().replace("fp", "float")


def shown(datatype: str, array: Array) -> list[Any]:
    """An output as the program prints it."""
    if datatype == "BYTES":
        texts = [text if isinstance(text, bytes) else str(text).encode() for text in array.reshape(-1)]
        data = b"".join(struct.pack("<I", len(text)) + text for text in texts)
    else:
        data = np.ascontiguousarray(array, _dtype(datatype)).tobytes()
    return [datatype, list(array.shape), base64.b64encode(data).decode()]
