"""The registry's process, `python -m functions.registry`: start, signals, exit status."""

import asyncio
import signal
import sys

from functions.registry.container import Registry
from functions.registry.settings import Settings
from maas.domain.errors import Unavailable
from maas.grpc_server.buffered_log import buffer_log
from maas.platform.environment import SettingsError, read
from maas.platform.observability import logger
from maas.platform.settings.registry import CacheSettings


async def serve(settings: Settings) -> None:
    """Serves until SIGTERM or SIGINT. Raises SettingsError or Unavailable if it can't start."""
    stopped = asyncio.Event()
    # First of all: the kernel ignores a signal to process 1 that has no handler.
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    buffer_log()
    registry = Registry(settings, read(CacheSettings))
    await registry.start()
    logger.info("registry serves", listen=settings.listen, port=registry.server.port, auth=settings.auth)
    await stopped.wait()
    await registry.stop()
    logger.info("registry stopped")


def main() -> int:
    """The exit status: 2 for a wrong setting, 1 if the keys can't be read."""
    try:
        asyncio.run(serve(read(Settings)))
    except SettingsError as error:
        sys.stderr.write(f"registry: {error}\n")
        return 2
    except Unavailable as error:
        sys.stderr.write(f"registry: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
