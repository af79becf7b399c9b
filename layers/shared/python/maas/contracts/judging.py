"""The message to the judge of rollouts."""

from typing import Literal

from maas.contracts.base import Body


class LookMessage(Body):
    """Asks for a look at all active rollouts."""

    look: Literal["all"]
