"""The calls of the registry about the use of quotas and of its cache."""

from collections.abc import Sequence

from maas.adapters.registry.calls import RegistryCalls
from maas.domain.identity.principals import Principal
from maas.domain.inference.statistics import CacheUse
from maas.domain.quotas import Usage
from maas.rpc.registry.v1 import registry_pb2 as pb
from maas.wire.usage import from_usage


class UsageCalls(RegistryCalls):
    """Implements maas.services.ports.usage.UsageRegistry."""

    async def usage(self, by: Principal) -> Sequence[Usage]:
        return [from_usage(usage) for usage in (await self._call(by, "GetUsage", pb.GetUsageRequest)).usages]

    async def cache_use(self, by: Principal) -> CacheUse:
        found = await self._call(by, "GetCacheUse", pb.GetCacheUseRequest)
        return CacheUse(found.hits, found.misses)
