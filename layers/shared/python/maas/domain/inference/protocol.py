"""The terms and refusals that both wires of the Open Inference Protocol share."""

from collections.abc import Collection

from maas.domain.errors import InvalidInput, Rule

# The server's name, the protocol's version, and the extension of it that clients look for.
NAME, VERSION, EXTENSIONS = "maas", "2", ("binary_tensor_data",)
PLATFORM = "onnxruntime_onnx"
# Seconds that a caller may ask for. An HTTP API waits 30 for a function.
TIMEOUT_MAX = 29
_MICROSECONDS = 1_000_000
# Parameters of a request, an input or an output, and characters of a request's id.
PARAMETERS_MAX, ID_MAX = 64, 256
# Parameters of other servers that change what an answer means, so they can't be ignored.
_UNSUPPORTED = (
    "classification",
    "sequence_end",
    "sequence_id",
    "sequence_start",
    "shared_memory_region",
)


def timeout_seconds(microseconds: object) -> float:
    """Seconds of the parameter `timeout`, which is in microseconds. Raises InvalidInput (parameters.timeout)."""
    field = "parameters.timeout"
    if type(microseconds) is not int:
        raise InvalidInput.of(field, Rule.TYPE, "must be a whole number of microseconds")
    if not 0 < microseconds <= TIMEOUT_MAX * _MICROSECONDS:
        message = f"must be more than 0 and at most {TIMEOUT_MAX * _MICROSECONDS} microseconds"
        raise InvalidInput.of(field, Rule.RANGE, message)
    return microseconds / _MICROSECONDS


def refuse_unsupported(field: str, parameters: Collection[str]) -> None:
    """Raises InvalidInput if a parameter asks for an extension that this server lacks, or if there are too many."""
    if len(parameters) > PARAMETERS_MAX:
        raise InvalidInput.of(field, Rule.MAX_ITEMS, f"must have at most {PARAMETERS_MAX} item(s)")
    for name in _UNSUPPORTED:
        if name in parameters:
            message = "this server does not have this extension"
            raise InvalidInput.of(f"{field}.{name}", Rule.UNKNOWN, message)
