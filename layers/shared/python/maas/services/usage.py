"""The room that a caller still has: the quotas of its organization, and the limits of its requests."""

from collections.abc import Sequence
from dataclasses import dataclass

from maas.domain.identity.principals import Principal
from maas.domain.identity.quotas import RequestsLeft
from maas.domain.quotas import Usage
from maas.services.ports.usage import UsageRegistry
from maas.services.request_limits import RequestLimits


@dataclass(frozen=True, slots=True)
class Room:
    """The quotas of the caller's organization, and what is left of the requests of this minute."""

    quotas: Sequence[Usage]
    requests: Sequence[RequestsLeft]


class UsageService:
    def __init__(self, registry: UsageRegistry, limits: RequestLimits) -> None:
        self._registry, self._limits = registry, limits

    async def room(self, by: Principal) -> Room:
        """Every member may know it. Raises Unavailable."""
        return Room(await self._registry.usage(by), self._limits.left(by))
