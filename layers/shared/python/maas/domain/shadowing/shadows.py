"""A shadow of a call: what its candidate needs to compute it once more, and the answer that the caller got."""

from collections.abc import Mapping
from dataclasses import dataclass

from maas.domain.inference.outputs import Form, Output
from maas.domain.inference.tensors import Values
from maas.domain.rollouts.tolerances import DEFAULT_TOLERANCE, Tolerance

# Bytes of the values and of the answer together. In base64 they fit into a message of SQS, which has 256 KiB.
SHADOW_MAX = 128 * 1024


@dataclass(frozen=True, slots=True)
class Answered:
    """An output as the caller got it."""

    form: Form
    output: Output


@dataclass(frozen=True, slots=True, kw_only=True)
class Shadow:
    """An answered call of an alias under a rollout of the plan `shadow`, whose `candidate` is a version's number.

    `prediction_id` is that of the live answer. `at` is in seconds since 1970. Numbers within
    `tolerance` agree.
    """

    tenant_id: str
    model_id: str
    rollout_id: str
    candidate: str
    prediction_id: str
    values: tuple[Values, ...]
    answer: Mapping[str, Answered]
    at: float
    tolerance: Tolerance = DEFAULT_TOLERANCE

    @property
    def size(self) -> int:
        """The bytes of the values and of the answer."""
        return sum(len(each.data) for each in self.values) + sum(
            len(each.output.content) for each in self.answer.values()
        )
