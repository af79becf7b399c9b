"""scikit-learn's estimators and pipelines, XGBoost's and LightGBM's among them, to ONNX by skl2onnx."""

import importlib
import sys
import warnings
from collections.abc import Iterator
from typing import Any

from maas_client.convert.examples import Layout
from maas_client.errors import ConversionError

# Opsets that the server runs and all converters of the extra write.
OPSETS = {"": 17, "ai.onnx.ml": 3}
_TREES = {
    "xgboost": {
        "XGBClassifier": ("XGBoostXGBClassifier", True),
        "XGBRegressor": ("XGBoostXGBRegressor", False),
    },
    "lightgbm": {
        "LGBMClassifier": ("LightGbmLGBMClassifier", True),
        "LGBMRegressor": ("LightGbmLGBMRegressor", False),
    },
}
_CONVERTERS = {
    "xgboost": ("onnxmltools.convert.xgboost.operator_converters.XGBoost", "convert_xgboost"),
    "lightgbm": ("onnxmltools.convert.lightgbm.operator_converters.LightGbm", "convert_lightgbm"),
}


def convert(model: Any, layout: Layout) -> bytes:
    """Returns the file. Raises ConversionError with the converter's own reason."""
    skl2onnx = needed("skl2onnx")
    _mend_trees()
    _register_trees()
    if not is_classifier(model):
        return _tried(skl2onnx, model, layout, None)
    try:
        return _tried(skl2onnx, model, layout, {id(model): {"zipmap": False}})
    except _NoZipmap:
        # A step that is named gets no option by itself: skl2onnx would turn on the zipmap of a classifier without one.
        return _tried(skl2onnx, model, layout, {id(step): {} for step in steps(model)})


class _NoZipmap(ConversionError):
    """A classifier has no zipmap to turn on or off."""


def _tried(skl2onnx: Any, model: Any, layout: Layout, options: Any) -> bytes:
    """Returns the file. Raises ConversionError, or _NoZipmap among them. skl2onnx adds to the options."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about versions that are newer than the converter
            found = skl2onnx.to_onnx(model, initial_types=[*_types(layout)], options=options, target_opset=OPSETS)
    except Exception as error:
        kind = _NoZipmap if "Option 'zipmap' not in" in str(error) else ConversionError
        raise kind(_first_line(error)) from error
    return bytes(found.SerializeToString())


def needed(module: str, extra: str = "onnx") -> Any:
    """Imports a library of an extra. Raises ConversionError with the line that installs it."""
    try:
        return importlib.import_module(module)
    except ImportError:
        raise ConversionError(f"{module} is not installed: pip install 'maas-client[{extra}]'") from None


def is_classifier(model: Any) -> bool:
    """Returns whether the estimator, or the last one of a pipeline, tells classes apart. Raises ConversionError."""
    try:
        return bool(importlib.import_module("sklearn.base").is_classifier(model))
    except AttributeError:  # of scikit-learn, which asks for tags that its own estimators have
        raise ConversionError(f"a {type(model).__name__} is no estimator of scikit-learn") from None


def libraries(model: Any) -> dict[str, str]:
    """Returns the versions of the libraries that the estimator and its steps come from."""
    roots = {type(step).__module__.partition(".")[0] for step in steps(model)} | {"sklearn", "skl2onnx"}
    found = {root: getattr(sys.modules.get(root), "__version__", "") for root in sorted(roots)}
    return {root: version for root, version in found.items() if version}


def steps(model: Any) -> Iterator[Any]:
    """Yields the estimator and, of a pipeline, its steps."""
    yield model
    for _, step in getattr(model, "steps", ()):
        yield from steps(step)


def _types(layout: Layout) -> Iterator[tuple[str, Any]]:
    kinds = importlib.import_module("skl2onnx.common.data_types")
    classes = {"float": kinds.FloatTensorType, "int64": kinds.Int64TensorType, "string": kinds.StringTensorType}
    for name, array in layout.inputs.items():
        yield name, classes[layout.types[name]]([None, *array.shape[1:]])


def _mend_trees() -> None:
    """Has skl2onnx 1.20 write 0 for False in leaves of HistGradientBoosting: protobuf 7 refuses booleans in numbers."""
    trees: Any = importlib.import_module("skl2onnx.common.tree_ensemble")
    add_node = trees.add_node
    if getattr(add_node, "is_mended", False):
        return

    def mended(*values: Any, nodes_missing_value_tracks_true: Any = 0, **options: Any) -> None:
        add_node(*values, nodes_missing_value_tracks_true=int(nodes_missing_value_tracks_true), **options)

    mended.is_mended = True  # type: ignore[attr-defined]
    trees.add_node = mended


def _register_trees() -> None:
    """Teaches skl2onnx the trees of libraries that are in use here."""
    for library, estimators in _TREES.items():
        if library in sys.modules:
            needed("onnxmltools")
            module, name = _CONVERTERS[library]
            converter = getattr(importlib.import_module(module), name)
            for estimator, (alias, classifies) in estimators.items():
                _register(getattr(sys.modules[library], estimator), alias, converter, classifies=classifies)


def _register(estimator: Any, alias: str, converter: Any, *, classifies: bool) -> None:
    shapes = importlib.import_module("skl2onnx.common.shape_calculator")
    calculate = (
        shapes.calculate_linear_classifier_output_shapes
        if classifies
        else shapes.calculate_linear_regressor_output_shapes
    )
    options = {"nocl": [True, False], "zipmap": [True, False, "columns"]} if classifies else None
    skl2onnx = importlib.import_module("skl2onnx")
    skl2onnx.update_registered_converter(estimator, alias, calculate, converter, options=options)


def _first_line(error: Exception) -> str:
    text = str(error).strip().partition("\n")[0]
    return f"{type(error).__name__}: {text[:300]}" if text else type(error).__name__
