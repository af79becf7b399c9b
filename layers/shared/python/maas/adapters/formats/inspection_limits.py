"""Memory and time limits of the process that inspects an uploaded ONNX file."""

from dataclasses import dataclass
from typing import Self

from maas.domain.model_memory import for_models

# What stands for the exit code of a process that was killed after its `wall`.
TIMEOUT = "timeout"


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of the child: `memory` is bytes of address space, `cpu` and `wall` are seconds.

    `served` is the most bytes that loading the file and calling it once may take, beside the file's own.
    A file of the largest size takes 8 s of processor time; `wall` is for a busy machine, and fits with the
    download into the validator's time.
    """

    memory: int = for_models(3008)
    served: int = for_models(2048)
    cpu: int = 30
    wall: int = 50

    @classmethod
    def of(cls, inference: int, validator: int) -> Self:
        """The limits for the memory of both functions, in MB."""
        return cls(memory=for_models(validator), served=for_models(inference))
