"""Rules of a validation's outcome."""

from dataclasses import replace
from datetime import timedelta

from maas.domain import value_rules
from maas.domain.catalog.formats import FORMATS
from maas.domain.catalog.versions import WARNING_MAX, WARNINGS_MAX, Artifact, Tensor, checked_metadata
from maas.domain.errors import InvalidInput, Rule
from maas.domain.tensor_rules import RANK_MAX, TENSOR_NAME_MAX, TENSORS_MAX
from maas.domain.uploads.sessions import Upload

OBJECT_VERSION_MAX = 1024
FAILURE_MAX = 2048
DTYPE_MAX = 64
TENSOR_NAMES_BYTES_MAX = 128 * 1024
# Longer than three checks whose process is killed (1.5 h) together with an outage of two hours.
VALIDATING_MAX = timedelta(hours=4)
OVERDUE = f"the file was not checked within {VALIDATING_MAX // timedelta(hours=1)} hours; upload it again"


def checked_outcome(outcome: Artifact | str, upload: Upload) -> Artifact | str:
    """`outcome` in stored form: an artifact, or the reason for a failure.

    Raises:
        InvalidInput: a field breaks its rule, or the artifact is not the upload's file.
    """
    if isinstance(outcome, str):
        return value_rules.text("failure.reason", outcome, minimum=1, maximum=FAILURE_MAX, multiline=True)
    found = replace(
        outcome,
        sha256=value_rules.sha256(outcome.sha256, "artifact.sha256"),
        object_version=value_rules.text("artifact.object_version", outcome.object_version, maximum=OBJECT_VERSION_MAX),
        warnings=_checked_warnings("artifact.warnings", outcome.warnings),
        details=checked_metadata(outcome.details, "artifact.details"),
    )
    if found.format not in FORMATS:
        raise InvalidInput.of("artifact.format", Rule.ENUM, "must be the name of a format")
    uploaded = {"storage_key": upload.file_key, "size": upload.size, "sha256": upload.sha256}
    for name, value in uploaded.items():
        if getattr(found, name) != value:
            raise InvalidInput.of(f"artifact.{name}", Rule.UPLOADED, "must be that of the uploaded file")
    for side in ("inputs", "outputs"):
        _check_tensors(f"artifact.signature.{side}", getattr(found.signature, side))
    named = (*found.signature.inputs, *found.signature.outputs)
    if sum(len(tensor.name.encode()) for tensor in named) > TENSOR_NAMES_BYTES_MAX:
        message = f"must have names of at most {TENSOR_NAMES_BYTES_MAX} bytes together"
        raise InvalidInput.of("artifact.signature", Rule.MAX_BYTES, message)
    return found


def _checked_warnings(field: str, warnings: tuple[str, ...]) -> tuple[str, ...]:
    if len(warnings) > WARNINGS_MAX:
        raise InvalidInput.of(field, Rule.MAX_ITEMS, f"must have at most {WARNINGS_MAX} texts")
    return tuple(
        value_rules.text(f"{field}[{number}]", warning, minimum=1, maximum=WARNING_MAX)
        for number, warning in enumerate(warnings)
    )


def _check_tensors(field: str, tensors: tuple[Tensor, ...]) -> None:
    if len(tensors) > TENSORS_MAX:
        raise InvalidInput.of(field, Rule.MAX_ITEMS, f"must have at most {TENSORS_MAX} tensors")
    for number, tensor in enumerate(tensors):
        _check_tensor(f"{field}[{number}]", tensor)


def _check_tensor(field: str, tensor: Tensor) -> None:
    value_rules.text(f"{field}.name", tensor.name, minimum=1, maximum=TENSOR_NAME_MAX)
    value_rules.text(f"{field}.dtype", tensor.dtype, minimum=1, maximum=DTYPE_MAX)
    if len(tensor.shape) > RANK_MAX:
        raise InvalidInput.of(f"{field}.shape", Rule.MAX_ITEMS, f"must have at most {RANK_MAX} dimensions")
    if any(size < -1 for size in tensor.shape):
        raise InvalidInput.of(f"{field}.shape", Rule.RANGE, "must not be below -1, which means a free dimension")
