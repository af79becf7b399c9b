"""What the cache does beside the calls: it warms itself at the start, and tells what it did."""

import asyncio

from functions.registry.cache.counters import Counters
from functions.registry.cache.two_level import Cache
from maas.platform.observability import publish

PERIOD = 30.0  # seconds


async def upkeep(cache: Cache, counters: Counters) -> None:
    """Runs until it is cancelled. The metrics are in the log, as EMF: RegistryCacheLocalHits and so on."""
    await cache.warm()
    told: dict[str, int] = {}
    while True:
        await asyncio.sleep(PERIOD)
        cache.tell_reads()
        publish({f"RegistryCache{_title(name)}": value for name, value in counters.since(told).items()})
        told = counters.snapshot()


def _title(name: str) -> str:
    return name.title().replace("_", "")
