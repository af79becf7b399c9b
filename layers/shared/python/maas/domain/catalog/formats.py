"""The formats of files: those that are served, those that are kept, and companions (docs/formats.md)."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """The use that a version makes of a file of a format."""

    SERVED = "served"  # predictions run it
    KEPT = "kept"  # a model that can be published and downloaded
    COMPANION = "companion"  # no model; it may accompany one


@dataclass(frozen=True, slots=True)
class Format:
    """A format.

    `title` is its name for people with an article. A download is saved under a name with `suffix`. `to_onnx` tells
    people how such a model becomes one that is served.
    """

    name: str
    kind: Kind
    title: str
    suffix: str
    to_onnx: str = ""


ONNX = "onnx"
# Lines for people who have only the message: neither documents of ours, nor our client or its command.
SKLEARN_TO_ONNX = "skl2onnx.to_onnx(model, X[:1].astype(numpy.float32), options={'zipmap': False})"
_TYPES = "initial_types=[('X', FloatTensorType([None, X.shape[1]]))]"
_LIGHTGBM = (
    f"onnxmltools.convert_lightgbm(lightgbm.Booster(model_file='model.txt'), {_TYPES}, zipmap=False) converts it"
)
_SKOPS = f"load it with skops.io.load, and convert the model with {SKLEARN_TO_ONNX}"
_XGBOOST = (
    "load it with load_model of xgboost.XGBClassifier or XGBRegressor, and convert that with "
    f"onnxmltools.convert_xgboost(model, {_TYPES})"
)

FORMATS: Mapping[str, Format] = {
    each.name: each
    for each in (
        Format(ONNX, Kind.SERVED, "an ONNX file", ".onnx"),
        Format("gguf", Kind.KEPT, "a GGUF file", ".gguf", "llama.cpp runs it"),
        Format("lightgbm", Kind.KEPT, "a LightGBM model", ".txt", _LIGHTGBM),
        Format("safetensors", Kind.KEPT, "a safetensors file", ".safetensors", "export the model itself to ONNX"),
        Format("skops", Kind.KEPT, "a skops file", ".skops", _SKOPS),
        Format("tflite", Kind.KEPT, "a TensorFlow Lite model", ".tflite", "convert it with tf2onnx"),
        Format("xgboost_json", Kind.KEPT, "an XGBoost model", ".json", _XGBOOST),
        Format("xgboost_ubj", Kind.KEPT, "an XGBoost model", ".ubj", _XGBOOST),
        Format("csv", Kind.COMPANION, "a CSV table", ".csv"),
        Format("jpeg", Kind.COMPANION, "a JPEG image", ".jpg"),
        Format("json", Kind.COMPANION, "a JSON text", ".json"),
        Format("markdown", Kind.COMPANION, "a Markdown text", ".md"),
        Format("parquet", Kind.COMPANION, "a Parquet table", ".parquet"),
        Format("png", Kind.COMPANION, "a PNG image", ".png"),
        Format("text", Kind.COMPANION, "a text", ".txt"),
        Format("yaml", Kind.COMPANION, "a YAML text", ".yaml"),
    )
}


def named(*kinds: Kind) -> str:
    """The names of all formats of some kinds, for people."""
    return ", ".join(each.name for each in FORMATS.values() if each.kind in kinds)


MODELS = named(Kind.SERVED, Kind.KEPT)


def is_served(name: str) -> bool:
    """Returns whether predictions run files of this format."""
    return name in FORMATS and FORMATS[name].kind is Kind.SERVED


def suffix(name: str) -> str:
    """The end of a file name of this format; empty if the format is not known."""
    return FORMATS[name].suffix if name in FORMATS else ""
