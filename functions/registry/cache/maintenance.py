"""The cache's background task: warm-up at the start, then metrics and the list of most read keys."""

import asyncio

from functions.registry.cache.counters import Counters
from functions.registry.cache.two_level import Cache
from maas.platform.observability import publish

PERIOD = 30.0  # seconds


async def maintain(cache: Cache, counters: Counters) -> None:
    """Runs until it is cancelled. It logs the metrics as EMF, for instance `RegistryCacheLocalHits`."""
    await cache.warm()
    published: dict[str, int] = {}
    while True:
        await asyncio.sleep(PERIOD)
        cache.store_most_read()
        publish({_metric_name(name): value for name, value in counters.since(published).items()})
        published = counters.snapshot()


def _metric_name(counter: str) -> str:
    return f"RegistryCache{counter.title().replace('_', '')}"
