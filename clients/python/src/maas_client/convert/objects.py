"""One call from a trained object to a file that answers alike."""

import json
import sys
from collections.abc import Sequence
from typing import Any

from maas_client.convert.converted import Converted
from maas_client.errors import ConversionError
from maas_client.values import plain
from maas_client.version import VERSION

_EXAMPLE_ROWS, _EXAMPLE_MAX = 2, 2048  # rows and bytes of the example that the version keeps
_FRAMEWORKS = {"sklearn": "sklearn", "xgboost": "xgboost"}
# What to do with objects that skl2onnx does not convert, by the library that they come from.
_ADVICE = {
    "torch": "give the torch.nn.Module itself, with its weights loaded",
    "keras": "export it with model.export('model.onnx', format='onnx'), then push the file",
    "tensorflow": "convert it with python -m tf2onnx.convert --saved-model, then push the file",
    "catboost": "save it with model.save_model('model.onnx', format='onnx'), then push the file",
}
_OF_SCIKIT = "use estimators that skl2onnx supports (skl2onnx.supported_converters()), or compute this part before"


def to_onnx(
    model: Any, example: Any, *, class_names: Sequence[str] | None = None, tolerance: float | None = None
) -> Converted:
    """Converts a fitted estimator or pipeline of scikit-learn, XGBoost or LightGBM, or a module of PyTorch.

    Both run on `example`, some rows of the data, and have to answer alike: numbers within `tolerance` (1e-4) or a
    thousandth of themselves. A frame with columns of several types becomes one input for each column. A module takes a
    tensor or array of the shape [rows, ...], a tuple of these, or a mapping by the names of forward's arguments.
    `class_names` are the words for the classes 0, 1, ...; words in the training data need none.

    Raises:
        ConversionError: the object can't be converted, or answers otherwise. The message has advice.
    """
    if _is_module(model):
        return _of_module(model, example, class_names, tolerance)
    library = type(model).__module__.partition(".")[0]
    if library in _ADVICE:
        raise ConversionError(f"objects of {library} are not converted here: {_ADVICE[library]}")
    if not (hasattr(model, "predict") or hasattr(model, "transform")) or isinstance(model, type):
        raise ConversionError(f"a {type(model).__name__} is neither a file nor a model that can be converted to ONNX")
    _require_libraries()
    return _converted(model, example, class_names, tolerance)


def _is_module(model: Any) -> bool:
    """Returns whether the object is a module of PyTorch, which is imported if there is one."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(model, torch.nn.Module)


def _of_module(model: Any, example: Any, class_names: Sequence[str] | None, tolerance: float | None) -> Converted:
    from maas_client.convert import scikit

    for module in ("numpy", "onnx", "onnxscript", "onnxruntime"):
        scikit.needed(module, "torch")
    from maas_client.convert import comparison, torch_modules

    torch = scikit.needed("torch", "torch")
    if example is None:
        raise ConversionError("a module needs an example: a tensor or array with some rows")
    made, allowed = torch_modules.ModuleExport(torch, model, example).run(), tolerance or comparison.ABSOLUTE
    worst = comparison.compared(made.expected, made.content, made.layout, allowed)
    if made.one:
        layout, expected = made.one
        worst = max(worst, comparison.compared(expected, made.content, layout, allowed))
    versions = {name: scikit.needed(name, "torch").__version__ for name in ("onnx", "onnxscript", "torch")}
    metadata = {"framework": "torch", "libraries": versions, "converted_by": f"maas-client {VERSION}"}
    return Converted(made.content, "pytorch", {**metadata, **_classes(model, class_names), **_kept(made.layout)}, worst)


def _require_libraries() -> None:
    """Raises ConversionError unless the extra is installed."""
    from maas_client.convert import scikit

    for module in ("numpy", "skl2onnx", "onnxruntime"):
        scikit.needed(module)


def _converted(model: Any, example: Any, class_names: Sequence[str] | None, tolerance: float | None) -> Converted:
    """Tries one layout of the inputs after another. The reason of the last one is shown."""
    from maas_client.convert import comparison, examples, scikit

    allowed = comparison.ABSOLUTE if tolerance is None else tolerance
    failures: list[ConversionError] = []
    for layout in examples.layouts(example):
        try:
            content = scikit.convert(model, layout)
            worst = comparison.difference(model, example, content, layout, allowed)
        except ConversionError as error:
            failures.append(error)
            continue
        library = type([*scikit.steps(model)][-1]).__module__.partition(".")[0]
        metadata = {
            "framework": library,
            "libraries": scikit.libraries(model),
            "converted_by": f"maas-client {VERSION}",
            **_classes(model, class_names),
            **({"feature_names": layout.columns} if layout.wide else {}),
            **_kept(layout),
        }
        return Converted(content, _FRAMEWORKS.get(library, "custom"), metadata, worst)
    raise ConversionError(f"{type(model).__name__} can't be converted: {failures[-1]}; {_OF_SCIKIT}") from failures[-1]


def _classes(model: Any, class_names: Sequence[str] | None) -> dict[str, Any]:
    """Returns the words for classes, from the caller or from words in the training data."""
    known = getattr(model, "classes_", None)
    if class_names is not None:
        _require_names_of(known, len(class_names))
        return {"class_names": [str(name) for name in class_names]}
    if (
        known is None
        or isinstance(known, list)
        or getattr(known, "dtype", None) is None
        or known.dtype.kind not in "OUS"
    ):
        return {}
    return {"class_names": [str(name) for name in known]}


def _require_names_of(classes: Any, names: int) -> None:
    """Raises ConversionError unless the names are those of the classes 0, 1, ... of the object, if it tells them."""
    if classes is None or isinstance(classes, list):
        return
    if [*classes] != [*range(names)]:
        shown = ", ".join(str(each) for each in [*classes][:5])
        text = f"class_names has {names} words for the classes 0, 1, ..., and the classes of the object are {shown}"
        raise ConversionError(f"{text}: leave it out for classes that are words, or train with numbers from 0")


def _kept(layout: Any) -> dict[str, Any]:
    """Returns the first rows of the example, if they are small: something to try the version with."""
    rows = {name: plain(array[:_EXAMPLE_ROWS]) for name, array in layout.inputs.items()}
    try:
        text = json.dumps(rows, allow_nan=False)
    except ValueError:
        return {}
    return {"example": {"inputs": rows}} if len(text) <= _EXAMPLE_MAX else {}
