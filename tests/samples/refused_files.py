"""Files that no version may have, each with words of its reason: wrapped pickles, archives, disguises, bombs."""

import base64
import bz2
import gzip
import io
import lzma
import pickle
import tarfile
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cloudpickle
import joblib
import numpy as np

from tests.samples import hostile_onnx, safetensors_files


class Exploit:
    """An object whose pickle runs a command when it is loaded."""

    def __reduce__(self) -> tuple[Any, ...]:
        import os

        return os.system, ("false",)


PICKLE = pickle.dumps(Exploit())
ONNX = hostile_onnx.iris_model()
# A size of a tensor, which torch.export.load evaluates.
EVALUATED = b'{"sizes": [{"as_expr": {"expr_str": "__import__(\'os\').getpid()"}}]}'


def zipped(members: Mapping[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def tarred(members: Mapping[str, bytes], mode: str = "w") -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode=mode) as archive:  # type: ignore[call-overload]
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return file.getvalue()


def array(values: Any) -> bytes:
    file = io.BytesIO()
    np.save(file, values, allow_pickle=True)
    return file.getvalue()


def joblibs(folder: Path) -> dict[str, tuple[bytes, str]]:
    """What joblib writes for an object with an array, with each of its compressions."""
    found: dict[str, tuple[bytes, str]] = {}
    for method in (0, "zlib", "gzip", "bz2", "xz", "lzma"):
        joblib.dump({"model": Exploit(), "w": np.zeros(3)}, folder / "model", compress=method and (method, 3))
        found[f"joblib {method}"] = (folder / "model").read_bytes(), "a Python pickle"
    return found


def disguised_as_safetensors() -> bytes:
    """A file of safetensors whose bytes are a pickle too, which runs a command.

    The length of the header begins the pickle: `X` and 4 bytes of length skip the zeros and the begin of the header.
    """
    code = b"cos\nsystem\n(S'false'\ntR."
    for length in range(0x58, 1 << 16, 0x100):
        skipped = length >> 8
        head = b'{"a'
        body = b" " * (skipped - 3 - len(head)) if skipped >= 3 + len(head) else None
        if body is None:
            continue
        text = head[:1] + body + b" " * (len(head) - 1) + code
        if len(text) < length:
            return length.to_bytes(8, "little") + text.ljust(length)
    raise AssertionError


FILES: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "the file is empty"),
    **{f"pickle of protocol {number}": (pickle.dumps(Exploit(), number), "that imports") for number in range(6)},
    **{f"plain pickle {number}": (pickle.dumps({"a": [1, 2]}, number), "a Python pickle") for number in range(6)},
    "cloudpickle": (cloudpickle.dumps(lambda x: x), "cloudpickle"),
    "gzip of a pickle": (gzip.compress(PICKLE), "a gzip file around a Python pickle"),
    "bzip2 of a pickle": (bz2.compress(PICKLE), "a bzip2 file around a Python pickle"),
    "xz of a pickle": (lzma.compress(PICKLE), "an xz file around a Python pickle"),
    "zlib of a pickle": (zlib.compress(PICKLE), "a zlib file around a Python pickle"),
    "lz4": (b"\x04\x22\x4d\x18rest", "joblib"),
    "gzip cut off": (gzip.compress(ONNX)[:20], "a gzip file"),
    "gzip damaged": (b"\x1f\x8brest", "a gzip file that is damaged"),
    "PyTorch": (zipped({"archive/data.pkl": PICKLE, "archive/data/0": b"xxxx"}), "a PyTorch file"),
    "PyTorch of before": (b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.", "torch.onnx.export("),
    "TorchScript": (zipped({"a/code/x.py": b"", "a/constants.pkl": PICKLE}), "a zip archive with a pickle"),
    "pt2": (
        zipped({"m/archive_format": b"pt2", "m/data/sample_inputs/model.pt": PICKLE}),
        "model.pt in it is a pickle",
    ),
    "pt2 without a pickle": (zipped({"m/archive_format": b"pt2", "m/models/model.json": EVALUATED}), "as code"),
    "Keras": (zipped({"metadata.json": b"{}", "config.json": b"{}", "model.weights.h5": b""}), "Lambda"),
    "HDF5": (b"\x89HDF\r\n\x1a\nrest", "Lambda"),
    "array": (array(np.zeros(3)), "safetensors.numpy.save_file"),
    "array of objects": (array(np.array([Exploit()], object)), "keeps as a pickle"),
    "npz of objects": (zipped({"a.npy": array(np.array([Exploit()], object))}), "holds Python objects as a pickle"),
    "tar": (tarred({"model.pkl": PICKLE}), "a tar archive"),
    "tar in gzip": (tarred({"model.pkl": PICKLE}, "w:gz"), "a gzip file around a tar archive"),
    "zip of a pickle": (zipped({"model.pkl": PICKLE}), "model.pkl in it is a pickle that imports"),
    "zip of a hidden pickle": (zipped({"notes.txt": PICKLE}), "notes.txt in it is a pickle that imports"),
    "zip in zip": (zipped({"a.zip": zipped({"m.bin": PICKLE})}), "a.zip in it holds the pickle m.bin"),
    "zip of ONNX": (zipped({"model.onnx": ONNX}), "unpack it"),
    "zip without members": (zipped({}), "damaged or cut off"),
    "zip cut off": (zipped({"a": b"x" * 1000})[:-10], "damaged or cut off"),
    "zip bomb": (zipped({"a": bytes(20 << 20)}, zipfile.ZIP_DEFLATED), "more than 200 times its size"),
    "safetensors and a pickle": (disguised_as_safetensors(), "a Python pickle"),
    "safetensors and a zip": (safetensors_files.whole() + zipped({"data.pkl": PICKLE}), "zip archive is appended"),
    "ONNX and a zip": (ONNX + zipped({"data.pkl": PICKLE}), "zip archive is appended"),
    "ONNX and a pickle": (ONNX + PICKLE, "its parts can't be read"),
    "text and HDF5": ((b"text " * 200)[:512] + b"\x89HDF\r\n\x1a\n", "an HDF5 file as well"),
    "CatBoost": (b"CBM1", "CatBoost"),
    "git LFS": (b"version https://git-lfs.github.com/spec/v1\n", "git lfs pull"),
    "old XGBoost": (b"binf\x00", "model.save_model('model.ubj')"),
    "ONNX Runtime": (b"\x1c\x00\x00\x00ORTM", "ONNX Runtime's own format"),
    "UTF-16": (b"\xff\xfe" + ONNX.decode("latin-1").encode("utf-16-le"), "text in UTF-16"),
    "UTF-8 with a mark": (ONNX.decode("latin-1").encode("utf-8-sig"), "with a byte order mark"),
    "ONNX as base64": (base64.b64encode(ONNX), "as base64 text: decode it"),
    "ONNX as base64 in lines": (base64.encodebytes(ONNX), "as base64 text: decode it"),
    "zeros": (bytes(100), "is not ONNX"),
}
