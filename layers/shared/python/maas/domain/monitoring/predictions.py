"""Answered predictions, as those who watch models in production see them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from maas.domain.capturing.captures import Capture
from maas.domain.catalog.versions import Version
from maas.domain.identity.principals import Principal
from maas.domain.inference.outputs import Output, Wanted
from maas.domain.inference.tensors import Feed
from maas.domain.rollouts.routing import Assignment


@dataclass(frozen=True, slots=True, kw_only=True)
class Predicted:
    """One answered prediction of the model's own organization.

    `prediction_id` is a UUIDv7, which the caller got with the answer. `outputs` have the forms of `wanted`. `rollout`
    is set if an alias with an active rollout was called, and `capture` if the model's owner wants inputs to be stored.
    `at` is in seconds since 1970.
    """

    prediction_id: str
    by: Principal
    version: Version
    feed: Feed
    wanted: Sequence[Wanted]
    outputs: Mapping[str, Output]
    rollout: Assignment | None
    at: float
    capture: Capture | None = None

    @property
    def size(self) -> int:
        """The bytes of its values: inputs and outputs."""
        return self.feed.size + sum(len(output.content) for output in self.outputs.values())


class PredictionWatcher(Protocol):
    def predicted(self, made: Predicted) -> None:
        """Takes a prediction. It costs some microseconds, never waits, and raises nothing."""
        ...
