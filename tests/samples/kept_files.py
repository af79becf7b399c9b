"""Valid files of every format that is kept and of every companion, made by the real libraries where they are here."""

import io
import json
import struct
import zlib
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import lightgbm
import numpy as np
import safetensors.numpy
import skops.io
import xgboost
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from tests.samples import flatbuffer_files, parquet_files

X, Y = load_iris(return_X_y=True)


def _xgboost(kind: str, **options: object) -> bytes:
    model = xgboost.XGBClassifier(n_estimators=2, **options).fit(X, Y)
    return bytes(model.get_booster().save_raw(kind))


def xgboost_of(booster: str, kind: str) -> bytes:
    return _xgboost(kind, booster=booster)


def lightgbm_text() -> bytes:
    model = lightgbm.LGBMClassifier(n_estimators=2, num_leaves=4, verbose=-1).fit(X, Y)
    return str(model.booster_.model_to_string()).encode()


def skops_pipeline() -> bytes:
    steps = FunctionTransformer(np.log1p), StandardScaler(), LogisticRegression()
    return bytes(skops.io.dumps(make_pipeline(*steps).fit(X, Y)))


def skops_forest() -> bytes:
    return bytes(skops.io.dumps(RandomForestClassifier(2, random_state=0).fit(X, Y)))


def gguf(dtype: int = 8) -> bytes:
    """Two tensors, by the rules of the format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md"""

    def text(value: str) -> bytes:
        return struct.pack("<Q", len(value)) + value.encode()

    pairs = text("general.architecture") + struct.pack("<I", 8) + text("llama")
    pairs += text("tokens") + struct.pack("<IIQ", 9, 8, 2) + text("a") + text("b")
    pairs += text("scores") + struct.pack("<IIQff", 9, 6, 2, 0.5, 1.5) + text("big") + struct.pack("<I?", 7, True)
    infos = text("w") + struct.pack("<IQQIQ", 2, 32, 2, dtype, 0) + text("b") + struct.pack("<IQIQ", 1, 3, 0, 96)
    head = b"GGUF" + struct.pack("<IQQ", 3, 2, 4) + pairs + infos
    return head.ljust(-(-len(head) // 32) * 32, b"\0") + bytes(68).ljust(96, b"\0") + bytes(12).ljust(32, b"\0")


def png() -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", 2, 1, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"\0" + bytes(6))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def jpeg() -> bytes:
    frame = b"\xff\xc0" + struct.pack(">HBHHB", 11, 8, 3, 4, 1) + b"\x01\x11\x00"
    scan = b"\xff\xda" + struct.pack(">H", 8) + b"\x01\x01\x00\x00\x3f\x00" + b"\x12\xff\x00\x34\xff\xd0\x56"
    return b"\xff\xd8\xff\xe0" + struct.pack(">H", 4) + b"xx" + frame + scan + b"\xff\xd9"


def safetensors_file() -> bytes:
    arrays: dict[str, np.ndarray] = {"w": np.ones((2, 3), np.float32), "b": np.zeros(3, np.int8)}
    return bytes(safetensors.numpy.save(arrays, {"format": "np"}))


@cache
def files() -> dict[str, tuple[str, bytes]]:
    """The format and the content of each file, by a name for people."""
    return {
        "safetensors": ("safetensors", safetensors_file()),
        "XGBoost JSON": ("xgboost_json", xgboost_of("gbtree", "json")),
        "XGBoost UBJ": ("xgboost_ubj", xgboost_of("gbtree", "ubj")),
        "XGBoost dart": ("xgboost_ubj", xgboost_of("dart", "ubj")),
        "XGBoost linear": ("xgboost_json", xgboost_of("gblinear", "json")),
        "LightGBM": ("lightgbm", lightgbm_text()),
        "skops pipeline": ("skops", skops_pipeline()),
        "skops forest": ("skops", skops_forest()),
        "GGUF": ("gguf", gguf()),
        "TFLite": ("tflite", flatbuffer_files.model()),
        "Parquet": ("parquet", parquet_files.table()),
        "PNG": ("png", png()),
        "JPEG": ("jpeg", jpeg()),
        "JSON": ("json", json.dumps({"a": [1, None]}).encode()),
        "JSON list": ("json", b"[1, 2]"),
        "CSV": ("csv", b'a,b\r\n1,"x, y"\r\n3,4\r\n'),
        "CSV with tabs": ("csv", b"a\tb\n1\t2\n"),
        "YAML": ("yaml", b"name: iris\ntags: [a, b]\n"),
        "Markdown": ("markdown", b"---\ntitle: x\n---\n# Iris\n\nThree species.\n"),
        "text": ("text", "Blüte\n".encode()),
    }


def saved_again(data: bytes, kind: str) -> bytes:
    """What XGBoost itself saves after it has loaded the file."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"model.{kind}"
        path.write_bytes(data)
        booster = xgboost.Booster(model_file=str(path))
    return bytes(io.BytesIO(booster.save_raw(kind)).getvalue())
