"""Bytes of a file to an ONNX model, or the true reason why they are none.

The formats are those that people have before the conversion. docs/convert.md has the conversions.
"""

from collections.abc import Mapping

import onnx
from google.protobuf.message import DecodeError

from maas.adapters.formats.refusals import OUT_OF_MEMORY, RefusedError
from maas.adapters.onnx.text_damage import is_base64, text_damage

_SKLEARN = "skl2onnx.to_onnx(model, X[:1].astype(numpy.float32), options={'zipmap': False})"
_TORCH = "torch.onnx.export(model, (example,), 'model.onnx', external_data=False)"
_XGBOOST = "onnxmltools.convert_xgboost(model, initial_types=[('X', FloatTensorType([None, features]))])"
_LIGHTGBM = (
    "onnxmltools.convert_lightgbm(model, initial_types=[('X', FloatTensorType([None, features]))], zipmap=False)"
)
_PICKLE = f"a Python pickle (joblib writes these too); convert the model with {_SKLEARN}"
_KERAS = "convert the model with model.export('model.onnx', format='onnx')"

# The first bytes of other formats. None of them can begin an ONNX file: each would be a field that ModelProto lacks,
# or a field with the wrong wire type. Longer beginnings come first.
_FORMATS: Mapping[bytes, str] = {
    b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19": f"a PyTorch file; convert the model with {_TORCH}",
    b"version https://git-lfs": "a pointer of Git LFS; fetch the file itself with git lfs pull",
    b'{"learner"': f"an XGBoost model; convert it with {_XGBOOST}",
    b"{L": f"an XGBoost model; convert it with {_XGBOOST}",
    b"binf": f"an XGBoost model; convert it with {_XGBOOST}",
    b"tree\nversion": f"a LightGBM model; convert it with {_LIGHTGBM}",
    b"CBM1": "a CatBoost model; save it with model.save_model('model.onnx', format='onnx')",
    b"\x89HDF": f"an HDF5 file (Keras writes these); {_KERAS}",
    b"\x93NUMPY": "a NumPy array, which has no computation",
    b"PAR1": "a Parquet file, which is data and no model",
    b"GGUF": "a GGUF file (llama.cpp); language models of this kind are not served",
    b"\x1f\x8b": "a gzip file; unpack it",
    b"\xfd7zXZ": "an xz file; unpack it",
    b"BZh": "a bzip2 file; unpack it",
    b"x\x9c": _PICKLE,
    b"x^": _PICKLE,
    b"\x80\x02": _PICKLE,
    b"\x80\x03": _PICKLE,
    b"\x80\x04": _PICKLE,
    b"\x80\x05": _PICKLE,
    b"\xff\xfe": "text in UTF-16, as PowerShell's > writes it; copy the model's file as binary",
    b"\xfe\xff": "text in UTF-16; copy the model's file as binary",
    b"\xef\xbb\xbf": "text in UTF-8 with a byte order mark; copy the model's file as binary",
    b"{": "JSON, not ONNX",
    b"<": "XML or HTML, not ONNX",
}
# Formats whose mark comes later, with its position.
_LATER: Mapping[tuple[int, bytes], str] = {
    (4, b"ORTM"): "in ONNX Runtime's own format; upload the .onnx file that it was made from",
    (4, b"TFL3"): "a TensorFlow Lite model; convert it with tf2onnx",
}
_ZIPS: Mapping[str, str] = {
    ".pkl": f"a PyTorch file; convert the model with {_TORCH}",
    ".json": f"a Keras file; {_KERAS}",
    ".npy": "a file of NumPy arrays, which has no computation",
    ".onnx": "a zip archive with an ONNX file; unpack it",
}
# Every library writes the fields in the order of their numbers, so the IR version is first.
_IR_VERSION = b"\x08"
_LENGTH_DELIMITED = 2
# Of the top level: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
_FIELDS = {field.number: field for field in onnx.ModelProto.DESCRIPTOR.fields}


def decoded(data: bytes) -> onnx.ModelProto:
    """Parses a file. Raises RefusedError with the cause if it is not ONNX, cut off, damaged, or too large to parse."""
    if not data:
        raise RefusedError("the file is empty")
    if kind := _other_format(data):
        raise RefusedError(f"the file is {kind}")
    try:
        model = onnx.ModelProto.FromString(data)
    except DecodeError as error:
        raise _undecodable(data, str(error)) from None
    if not model.ir_version or not model.HasField("graph"):
        raise RefusedError("the file is not ONNX: it has no graph or no IR version")
    return model


def _other_format(data: bytes) -> str | None:
    if data.startswith(b"PK\x03\x04"):
        name = data[30 : 30 + int.from_bytes(data[26:28], "little")].decode(errors="replace")
        return next((kind for end, kind in _ZIPS.items() if name.endswith(end)), "a zip archive; ONNX is one file")
    first = next((kind for magic, kind in _FORMATS.items() if data.startswith(magic)), None)
    return first or next((kind for (at, magic), kind in _LATER.items() if data.startswith(magic, at)), None)


def _undecodable(data: bytes, cause: str) -> RefusedError:
    if "alloc" in cause:
        return RefusedError(OUT_OF_MEMORY)
    if "MaxDepth" in cause:
        return RefusedError("its graphs are nested too deeply to be parsed")
    if is_base64(data, _IR_VERSION):
        return RefusedError("the file is an ONNX file as base64 text: decode it")
    if not data.startswith(_IR_VERSION):
        return RefusedError("the file is not ONNX")
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
