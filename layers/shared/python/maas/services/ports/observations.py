"""The place where observations are stored until they are published."""

from typing import Protocol

from maas.domain.identity.identity_event import IdentityEvent


class ObservationLog(Protocol):
    def append(self, event: IdentityEvent) -> None:
        """Stores an observation, which is published then. Raises Unavailable.

        One without an organization takes the same time, and is never published.
        """
        ...
