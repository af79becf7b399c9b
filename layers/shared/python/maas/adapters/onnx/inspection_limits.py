"""Memory and time limits of the process that inspects an uploaded ONNX file."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of the child: `memory` is bytes of address space, `cpu` and `wall` are seconds."""

    memory: int = 2560 * 1024 * 1024
    cpu: int = 30
    wall: int = 40
