"""The plan of a push from its arguments: files are taken as they are, objects are converted first."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypedDict

from typing_extensions import Unpack

from maas_client.convert.objects import to_onnx
from maas_client.errors import FileError
from maas_client.local_files import writable
from maas_client.pickled import refuse_pickle
from maas_client.progress import ProgressCallback
from maas_client.transfer.folders import LocalFile, files_of, main_of
from maas_client.transfer.versions import Plan

# The framework of a model that is new, by the name of its main file; that of all other names is onnx.
_FRAMEWORKS = {
    ".gguf": "custom",
    ".json": "xgboost",
    ".pt2": "pytorch",
    ".safetensors": "custom",
    ".skops": "sklearn",
    ".tflite": "tensorflow",
    ".ubj": "xgboost",
}
_OF_VERSION = ("changelog", "metadata", "metrics", "model_card", "parent")
_OF_CONVERSION = ("example", "class_names", "tolerance")


class PushOptions(TypedDict, total=False):
    """The options of a push, beside the source and the model.

    `version` is a number, and `bump` (major, minor, patch, prerelease) takes the next one: exactly one is needed.
    `changelog`, `metadata`, `metrics`, `model_card` and `parent` describe a version that is new, and `framework` a
    model that is new. `replace` gives up another upload, or a file that is not published. `publish` publishes the
    version once it is checked; with `force_reason` also if it breaks callers. `parallel` parts are sent at once.
    `main` is the path of the file of a folder that is served; the only file of a model if it is left out.
    A version by `bump` takes over `class_names` and `feature_names` of the version before, unless the inputs or
    outputs of the file are others, or `metadata` has them.
    `baseline` are rows of data with the version's columns, such as those of its training: a data frame, a mapping of
    columns, records, or an array [rows, n]. Only what they come to is sent, and drift of predictions is told from it.
    `timeout` is in seconds for all of it; by default there is none. `progress` is called as bytes go.

    An object needs an `example`, some rows of data: an array [rows, n], a frame, or texts [rows]; for a module of
    PyTorch a tensor [rows, ...], a tuple of these, or a mapping by names of arguments.
    `class_names` and `tolerance` are those of `convert.to_onnx`.
    """

    version: str | None
    bump: str | None
    framework: str | None
    changelog: str | None
    metadata: dict[str, Any] | None
    metrics: dict[str, float] | None
    model_card: str | None
    parent: str | None
    replace: bool
    publish: bool
    force_reason: str | None
    main: str | None
    parallel: int
    timeout: float | None
    progress: ProgressCallback | None
    baseline: Any
    example: Any
    class_names: Sequence[str] | None
    tolerance: float | None


@contextmanager
def planned(source: Any, model: str, **options: Unpack[PushOptions]) -> Iterator[Plan]:
    """Yields the plan, whose file may be one that is removed afterwards. Raises ConversionError, FileError."""
    given: dict[str, Any] = {name: value for name, value in options.items() if value is not None}
    fields = {name: given.pop(name) for name in _OF_VERSION if name in given}
    conversion = {name: given.pop(name) for name in _OF_CONVERSION if name in given}
    if isinstance(source, str | PathLike):
        yield _plan_of_files(Path(source), model=model, fields=fields, **given)
        return
    converted = to_onnx(source, conversion.pop("example", None), **conversion)
    fields["metadata"] = {**converted.metadata, **fields.get("metadata", {})}
    with TemporaryDirectory(prefix="maas-") as folder:
        path = Path(folder) / "model.onnx"
        with writable(path):
            path.write_bytes(converted.content)
        yield Plan(path=path, model=model, fields=fields, inherits=False, **{"framework": converted.framework, **given})


def _plan_of_files(path: Path, **given: Any) -> Plan:
    """Returns the plan of a file or folder without any pickle. Raises RefusedFile, FileError."""
    files: Sequence[LocalFile] = ()
    if path.is_dir():
        files = files_of(path)
        given["main"] = main_of(files, given.get("main"))
    elif given.get("main") not in (None, path.name):
        raise FileError(f"{path} is one file: {given['main']!r} can't be the main one")
    for source in [file.source for file in files] or [path]:
        refuse_pickle(source)
    framework = _FRAMEWORKS.get(Path(given["main"] if files else path).suffix, "onnx")
    return Plan(path=path, files=files, **{"framework": framework, **given})
