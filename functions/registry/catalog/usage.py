"""The use of organizations' quotas, their people's and credentials' included, and of the registry's cache."""

from collections.abc import Callable, Mapping, Sequence

from functions.registry.ports import People, Repository
from maas.domain.identity.principals import Principal
from maas.domain.inference.statistics import CacheUse
from maas.domain.quotas import Usage


class UsageService:
    """Implements maas.services.ports.usage.UsageRegistry."""

    def __init__(self, repository: Repository, people: People, cache_counters: Callable[[], Mapping[str, int]]) -> None:
        self._repository = repository
        self._people = people
        self._cache_counters = cache_counters

    async def usage(self, by: Principal) -> Sequence[Usage]:
        """The use of each quota of the caller's organization. Every member may know it."""
        return [*await self._repository.usage(by.tenant_id), *await self._people.usage(by.tenant_id)]

    async def cache_use(self, _by: Principal) -> CacheUse:
        """Reads of the cache, by all organizations. Early refreshes are reads; waiting for another reader is a hit."""
        counts = self._cache_counters()
        hits = sum(counts.get(f"{level}_hits", 0) for level in ("local", "shared", "absent")) + counts.get("waits", 0)
        return CacheUse(hits, counts.get("loads", 0))
