"""Bytes of a file to an ONNX model, or the true reason why they are none.

Files of other formats do not come here (maas/adapters/formats/sniffing.py).
"""

import onnx
from google.protobuf.message import DecodeError

from maas.adapters.formats.refusals import OUT_OF_MEMORY, RefusedError
from maas.adapters.onnx.text_damage import text_damage

# Every library writes the fields in the order of their numbers, so the IR version is first.
_IR_VERSION = b"\x08"
_LENGTH_DELIMITED = 2
# Of the top level: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
_FIELDS = {field.number: field for field in onnx.ModelProto.DESCRIPTOR.fields}


def decoded(data: bytes) -> onnx.ModelProto:
    """Parses a file. Raises RefusedError with the cause if it is not ONNX, cut off, damaged, or too large to parse."""
    if not data:
        raise RefusedError("the file is empty")
    try:
        model = onnx.ModelProto.FromString(data)
    except DecodeError as error:
        raise _undecodable(data, str(error)) from None
    if not model.ir_version or not model.HasField("graph"):
        raise RefusedError("the file is not ONNX: it has no graph or no IR version")
    return model


def _undecodable(data: bytes, cause: str) -> RefusedError:
    if "alloc" in cause:
        return RefusedError(OUT_OF_MEMORY)
    if "MaxDepth" in cause:
        return RefusedError("its graphs are nested too deeply to be parsed")
    if not data.startswith(_IR_VERSION):
        return RefusedError("the file is not ONNX, nor of a format that is kept (docs/formats.md)")
    if damage := text_damage(data):
        return RefusedError(damage)
    if missing := _missing(data):
        return RefusedError(f"the file is cut off, or damaged: its {missing[0]} needs {missing[1]} more bytes")
    return RefusedError("the file is damaged: it begins as ONNX, but its parts can't be read")


def _missing(data: bytes) -> tuple[str, int] | None:
    """The field of ModelProto that goes on past the end of the file, and by how many bytes. None if none does."""
    position = 0
    while position < len(data):
        tag, position = _varint(data, position)
        size, position = _varint(data, position)
        field = _FIELDS.get(tag >> 3)
        if field is None:
            return None
        if tag & 7 == _LENGTH_DELIMITED:
            position += size
        if position > len(data):
            return field.name, position - len(data)
    return None


def _varint(data: bytes, position: int) -> tuple[int, int]:
    """The number at `position`, and the position after it. A number cut off by the end counts as what is there."""
    value = shift = 0
    while position < len(data):
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80 or shift > 63:
            break
    return value, position
