"""Wiring of the registry container: `python -m functions.registry`."""

import asyncio
import signal
import sys
from functools import partial

from functions.registry.cache.counters import Counters
from functions.registry.cache.maintenance import upkeep
from functions.registry.cache.memory import LocalCache
from functions.registry.cache.redis_store import RedisStore
from functions.registry.cache.repository import CachedRepository
from functions.registry.cache.shared import SharedCache
from functions.registry.server.buffered_log import gather
from functions.registry.server.server import RegistryServer
from functions.registry.server.service_keys import keep_fresh
from functions.registry.server.tls import Certificates
from functions.registry.settings import Settings
from functions.registry.store.client import Table, connect
from functions.registry.store.repository import DynamoRepository
from maas.domain.errors import Unavailable
from maas.domain.ids import new_id
from maas.platform.observability import logger
from maas.platform.settings import CacheSettings, SettingsError, read
from maas.security.keyring import Keys
from maas.security.redis_url import url_of


async def serve(settings: Settings) -> None:
    """Serves until SIGTERM or SIGINT. Raises SettingsError and Unavailable when it can't begin."""
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):  # first: the kernel keeps from process 1 what it has no handler for
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    gather()
    certificates = Certificates(settings) if settings.tls_cert else None
    keys = Keys.of(settings.secret, settings.endpoint)
    await asyncio.to_thread(keys.renew)
    counters = Counters()
    redis_url = url_of(read(CacheSettings), settings.endpoint)
    shared = SharedCache(RedisStore(redis_url, f"maas:1:{settings.table}"), counters) if redis_url else None
    store = DynamoRepository(Table(settings.table, connect(settings.endpoint)))
    repository = CachedRepository(store, LocalCache(), shared, counters)
    server = RegistryServer(
        repository,
        keys,
        listen=settings.listen,
        auth=settings.auth == "on",
        certificates=certificates,
        calls_max=settings.calls_max,
        counters=counters,
        probe=partial(store.model, new_id()),  # a read that finds nothing, past the cache
    )
    if settings.metrics:
        server.metrics.serve(settings.metrics)
    if shared:
        shared.start(repository.cache.heard)
    beside = [asyncio.create_task(work) for work in (keep_fresh(keys), upkeep(repository.cache, counters))]
    await server.start()
    logger.info("registry serves", listen=settings.listen, port=server.port, auth=settings.auth)
    await stopped.wait()
    await server.stop()
    for task in beside:
        task.cancel()
    await repository.cache.close()
    logger.info("registry stopped")


def main() -> int:
    try:
        asyncio.run(serve(read(Settings)))
    except SettingsError as error:
        sys.stderr.write(f"registry: {error}\n")
        return 2
    except Unavailable as error:  # with keys that can't be read it would refuse every call
        sys.stderr.write(f"registry: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
