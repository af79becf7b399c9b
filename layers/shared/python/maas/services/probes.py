"""The probes of the readiness report: the registry with what only it can reach, and stores of AWS."""

import asyncio
from collections.abc import Mapping

from maas.domain.errors import Unavailable
from maas.services.ports.readiness import RegistryHealth, Store
from maas.services.readiness import PROBE_TIMEOUT, Probe, State

# Health services of the registry (maas/grpc_server/readiness.py).
_LIVE, _TABLE, _CACHE = "live", "", "cache"
# Seconds. Less than a probe may take, so that a registry which does not answer is not taken for a table that is down.
_LIMIT = 0.8 * PROBE_TIMEOUT
REDIS = "redis"


def probes(registry: RegistryHealth, stores: Mapping[str, Store]) -> dict[str, Probe]:
    """A probe for the registry, its table, its Redis, and each of `stores` by name."""
    return {
        **registry_probe(registry),
        "registry_table": lambda: _behind(registry, _TABLE),
        REDIS: lambda: _behind(registry, _CACHE),
        **{name: _store(store) for name, store in stores.items()},
    }


def registry_probe(registry: RegistryHealth) -> dict[str, Probe]:
    """The probe of the registry's process alone."""
    return {"registry": lambda: _process(registry)}


async def _process(registry: RegistryHealth) -> State:
    return State.UP if await registry.health(_LIVE, _LIMIT) else State.DOWN


async def _behind(registry: RegistryHealth, service: str) -> State:
    try:
        healthy = await registry.health(service, _LIMIT)
    except Unavailable:
        return State.UNKNOWN
    if healthy is None:
        return State.OFF
    return State.UP if healthy else State.DOWN


def _store(store: Store) -> Probe:
    async def probe() -> State:
        await asyncio.to_thread(store.check)
        return State.UP

    return probe
