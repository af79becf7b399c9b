"""What both wires of the Open Inference Protocol tell and refuse alike."""

from collections.abc import Collection

from maas.domain.errors import InvalidInput, Rule

# The server's name, the protocol's version, and the extension of it that clients look for.
NAME, VERSION, EXTENSIONS = "maas", "2", ("binary_tensor_data",)
PLATFORM = "onnxruntime_onnx"
MICROSECONDS = 1_000_000
# Parameters of other servers that change what an answer means, so they can't be ignored.
_UNSUPPORTED = ("classification", "shared_memory_region")


def refuse_unsupported(field: str, parameters: Collection[str]) -> None:
    """Raises InvalidInput if a parameter asks for an extension that this server lacks."""
    for name in _UNSUPPORTED:
        if name in parameters:
            message = "this server does not have this extension"
            raise InvalidInput.of(f"{field}.{name}", Rule.UNKNOWN, message)
