"""What a reference stands for when it is called."""

from dataclasses import dataclass

from maas.domain.capturing.captures import Capture
from maas.domain.catalog.versions import Version
from maas.domain.rollouts.rollouts import Rollout


@dataclass(frozen=True, slots=True)
class Routed:
    """The version of a reference, and the last rollout of the alias that it is; None for other references.

    `capture` is set for callers of the model's organization, if its owner wants inputs to be stored.
    """

    version: Version
    rollout: Rollout | None = None
    capture: Capture | None = None
