"""The uses that the registry counts; see services.ports.registry for what every method raises."""

from collections.abc import Sequence
from typing import Protocol

from maas.domain.identity.principals import Principal
from maas.domain.inference.statistics import CacheUse
from maas.domain.quotas import Usage


class UsageRegistry(Protocol):
    """The use of organizations' quotas, and of the registry's cache."""

    async def usage(self, by: Principal) -> Sequence[Usage]:
        """The limit and the use of each quota of the caller's organization."""
        ...

    async def cache_use(self, by: Principal) -> CacheUse:
        """Reads of the registry's cache by all organizations, since the registry that answers was started."""
        ...
