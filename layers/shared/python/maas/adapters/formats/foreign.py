"""Files of no format of the table: what they are, and what to do instead."""

import bz2
import codecs
import contextlib
import lzma
import re
import tarfile
import zlib
from collections.abc import Callable, Mapping
from typing import Protocol

from maas.adapters.formats import pickles
from maas.adapters.formats.findings import Found
from maas.adapters.formats.refusals import RefusedError
from maas.adapters.formats.source import Source
from maas.domain.catalog.formats import SKLEARN_TO_ONNX

TORCH = (
    "torch.onnx.export(model, (example,), 'model.onnx', external_data=False), or keep its weights with "
    "safetensors.torch.save_file(model.state_dict(), 'model.safetensors')"
)
KERAS = "convert the model with model.export('model.onnx', format='onnx')"
ARRAYS = "keep arrays with safetensors.numpy.save_file, or tables as Parquet"
CODE = "which can run code when it is loaded"
PICKLE = (
    f"convert the model with {SKLEARN_TO_ONNX}, or keep it with skops.io.dump; client.push(model, example=X) of the "
    "Python package maas-client converts a model object itself"
)


class _Unpacker(Protocol):
    """The classes of the standard library have this method."""

    def decompress(self, data: bytes, max_length: int = ..., /) -> bytes: ...


# The first bytes of formats outside the table. Longer beginnings come first.
_FORMATS: Mapping[bytes, str] = {
    b"version https://git-lfs": "a pointer of Git LFS; fetch the file itself with git lfs pull",
    b"binf": "an XGBoost model in its old binary form; save it again with model.save_model('model.ubj')",
    b"CBM1": "a CatBoost model; save it with model.save_model('model.onnx', format='onnx')",
    b"\x93NUMPY": f"a NumPy array, which is no model; {ARRAYS}",
    b"\x89HDF": f"an HDF5 file (Keras writes these, and its Lambda layers hold code); {KERAS}",
    b"\x04\x22\x4d\x18": f"an lz4 file (joblib writes these around a pickle, {CODE}); {PICKLE}",
    b"\x28\xb5\x2f\xfd": "a zstd file; unpack it",
    b"7z\xbc\xaf": "a 7z archive; unpack it",
    b"Rar!": "a RAR archive; unpack it",
    b"\xff\xfe": "text in UTF-16, as PowerShell's > writes it; copy the model's file as binary",
    b"\xfe\xff": "text in UTF-16; copy the model's file as binary",
    b"\xef\xbb\xbf": "text in UTF-8 with a byte order mark; copy the model's file as binary",
}
_ORT = (4, b"ORTM", "in ONNX Runtime's own format; upload the .onnx file that it was made from")
_TORCH_LEGACY = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19"
_PACKED: tuple[tuple[tuple[bytes, ...], str, Callable[[], "_Unpacker"]], ...] = (
    ((b"\x1f\x8b",), "a gzip file", lambda: zlib.decompressobj(31)),
    ((b"BZh",), "a bzip2 file", bz2.BZ2Decompressor),
    ((b"\xfd7zXZ",), "an xz file", lzma.LZMADecompressor),
    ((b"\x5d\x00\x00",), "an lzma file", lzma.LZMADecompressor),
    ((b"x\x01", b"x\x5e", b"x\x9c", b"x\xda"), "a zlib file", zlib.decompressobj),
)
_PEEKED, _PEEKED_AS_TEXT = 1 << 20, 1 << 16
CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")


def is_foreign(head: bytes, size: int) -> bool:
    """Returns whether a file with these first bytes has a known format outside the table."""
    return (
        head.startswith(tuple(_FORMATS))
        or (head[:1] == b"\x80" and head[1:2] <= b"\x05" and size > 1)
        or head[_ORT[0] :].startswith(_ORT[1])
        or (any(head.startswith(starts) for starts, _, _ in _PACKED) and not is_text(head, size))
        or is_tar(head)
    )


def is_tar(head: bytes) -> bool:
    """Returns whether the file begins with the header of a tar archive, whose sum is right.

    Numbers there have more forms than octal digits, so Python's own reader is asked. It reads these bytes alone.
    """
    if len(head) < 512:
        return False
    text = head[148:156].strip(b"\x00 ")
    if text.isdigit() and int(text) and not text.strip(b"01234567"):
        return int(text, 8) == sum(head[:148]) + 8 * 32 + sum(head[156:512])
    with contextlib.suppress(tarfile.HeaderError, ValueError):
        tarfile.TarInfo.frombuf(head[:512], "utf-8", "surrogateescape")
        return True
    return False


def is_text(head: bytes, size: int) -> bool:
    """Returns whether the first bytes are text."""
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(head, final=len(head) == size)
    except UnicodeDecodeError:
        return False
    return bool(head) and not CONTROL.search(text)


def packed_pickle(file: Source) -> str:
    """The name of a compressed pickle in characters, which joblib unpacks and loads; empty if the file is none."""
    head = file.head(_PEEKED_AS_TEXT)
    for starts, kind, unpacker in _PACKED:
        if head.startswith(starts) and (found := pickles.scan(Source.of(_unpacked(unpacker(), head)))).is_pickle:
            return f"{kind} around {pickle_of(found)}"
    return ""


def _unpacked(unpacker: _Unpacker, data: bytes) -> bytes:
    """Returns what comes out before the data ends or the first byte is damaged: about _PEEKED bytes at most."""
    found = bytearray()
    with contextlib.suppress(OSError, EOFError, ValueError, zlib.error, lzma.LZMAError):
        for byte in data:
            found += unpacker.decompress(bytes([byte]), _PEEKED)
            if len(found) > _PEEKED:
                break
    return bytes(found)


def read(file: Source) -> Found:
    """Refuses the file with its name and the way out."""
    raise RefusedError(f"the file is {_name(file)}")


def _name(file: Source) -> str:
    head = file.head(512)
    if head.startswith(_TORCH_LEGACY):
        return f"a PyTorch file, a pickle {CODE}; convert the model with {TORCH}"
    for starts, kind, unpacker in _PACKED:
        if head.startswith(starts):
            return _packed(file, kind, unpacker)
    if is_tar(head):
        return "a tar archive; unpack it, and upload its files as a set"
    if head.startswith(b"\x93NUMPY") and b"|O" in head[:128]:
        return f"a NumPy array of Python objects, which NumPy keeps as a pickle, {CODE}; {ARRAYS}"
    for start, kind in _FORMATS.items():
        if head.startswith(start):
            return kind
    if head[_ORT[0] :].startswith(_ORT[1]):
        return _ORT[2]
    return pickle_of(pickles.scan(file))


def pickle_of(found: pickles.Scan) -> str:
    """The name of a pickle, and what to do instead."""
    return f"a Python pickle (joblib writes these too){found.imports()}, {CODE}; {PICKLE}"


def _packed(file: Source, kind: str, unpacker: Callable[[], "_Unpacker"]) -> str:
    """Names a compressed file by the first bytes in it."""
    try:
        inner = unpacker().decompress(file.head(_PEEKED), _PEEKED)
    except (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError):
        return f"{kind} that is damaged"
    found = pickles.scan(Source.of(inner))
    if found.is_pickle or (inner[:1] == b"\x80" and inner[1:2] <= b"\x05"):
        return f"{kind} around {pickle_of(found)}"
    return f"{kind} around a tar archive; unpack it" if is_tar(inner[:512]) else f"{kind}; unpack it"
