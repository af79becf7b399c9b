"""Wiring of the registry container: `python -m functions.registry`."""

import asyncio
import signal
import sys

from functions.registry.cache import LocalCache, SharedCache
from functions.registry.cached import CachedRepository
from functions.registry.repository import DynamoRepository
from functions.registry.server import RegistryServer
from functions.registry.settings import Settings
from functions.registry.table import Table, connect
from maas.observability import logger
from maas.secrets import secret_text
from maas.settings import SettingsError, read
from maas.tokens import Key


async def serve(settings: Settings) -> None:
    """Serves until SIGTERM or SIGINT."""
    key = Key.derive(secret_text(settings.secret, settings.endpoint))
    local = LocalCache()
    shared = SharedCache(settings.redis_url, f"maas:1:{settings.table}", local) if settings.redis_url else None
    store = DynamoRepository(Table(settings.table, connect(settings.endpoint)))
    repository = CachedRepository(store, local, shared)
    server = RegistryServer(repository, key, listen=settings.listen, auth=settings.auth == "on")
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    listening = shared and asyncio.create_task(shared.listen())
    await server.start()
    logger.info("registry serves", listen=settings.listen, port=server.port, auth=settings.auth)
    await stopped.wait()
    await server.stop()
    if shared and listening:
        listening.cancel()
        await shared.close()
    logger.info("registry stopped")


def main() -> int:
    try:
        settings = read(Settings)
    except SettingsError as error:
        sys.stderr.write(f"registry: {error}\n")
        return 2
    asyncio.run(serve(settings))
    return 0


if __name__ == "__main__":
    sys.exit(main())
