"""Parts for tests of the registry's cache: a manual clock, a store that counts its loads, and one process's cache."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from functions.registry.cache.counters import Counters
from functions.registry.cache.keys import Key, ModelKey
from functions.registry.cache.memory import LocalCache
from functions.registry.cache.ports import Store
from functions.registry.cache.serialization import Cached
from functions.registry.cache.shared import SharedCache
from functions.registry.cache.two_level import Cache
from functions.registry.stored import StoredModel
from maas.domain.catalog.models import Framework, ModelStatus

AT = datetime(2026, 1, 1, tzinfo=UTC)
KEY = ModelKey("00")


class Clock:
    """A clock that the test sets, in seconds."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def a_model(model_id: str = "00", revision: int = 1) -> StoredModel:
    return StoredModel(
        id=model_id,
        tenant_id="t",
        owner_id="o",
        name="iris",
        framework=Framework.ONNX,
        status=ModelStatus.READY,
        description="",
        tags=(),
        metadata={},
        is_public=False,
        created_at=AT,
        updated_at=AT,
        revision=revision,
    )


class CountedStore:
    """A store that counts its loads.

    Clearing `open` holds the answers back. A set `error` is raised instead of an answer.
    """

    def __init__(self, *models: StoredModel) -> None:
        self.records: dict[Key, Cached] = {ModelKey(model.id): model for model in models}
        self.loads = 0
        self.open = asyncio.Event()
        self.open.set()
        self.error: Exception | None = None

    async def load(self, key: Key) -> Cached | None:
        self.loads += 1
        found = self.records.get(key)
        await self.open.wait()
        if self.error is not None:
            raise self.error
        return found


@dataclass
class Process:
    cache: Cache
    counters: Counters
    shared: SharedCache | None
    store: CountedStore

    async def write(self, model: StoredModel) -> None:
        self.store.records[ModelKey(model.id)] = model
        await self.cache.changed(ModelKey(model.id), model.revision, model)


@asynccontextmanager
async def process(
    store: CountedStore,
    clock: Callable[[], float],
    redis: Store | None = None,
    *,
    budget: float = 1.0,
    wait: bool = True,
) -> AsyncIterator[Process]:
    """Yields a registry's cache over `store`; with `redis`, it waits until Redis answers unless `wait` is False."""
    counters = Counters()
    shared = SharedCache(redis, counters, budget=budget, pause=0.01) if redis else None
    cache = Cache(store.load, LocalCache(clock), shared, counters)
    try:
        if shared:
            shared.start(cache.invalidate)
            if wait:
                await asyncio.wait_for(shared.up(), 5)
        yield Process(cache, counters, shared, store)
    finally:
        await cache.close()


async def soon(holds: Callable[[], bool], seconds: float = 5.0) -> None:
    """Waits until `holds` returns true; raises TimeoutError after `seconds`."""
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110 - any condition, so there is no event to wait for
            await asyncio.sleep(0.005)
