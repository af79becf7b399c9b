"""The process of a gRPC server: start, signals, exit status."""

import asyncio
import signal
import sys
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from maas.domain.errors import Unavailable
from maas.grpc_server.buffered_log import buffer_log
from maas.grpc_server.server import GrpcServer
from maas.platform.environment import SettingsError
from maas.platform.observability import logger


class Service(Protocol):
    """A server, and what is started and stopped with it."""

    @property
    def server(self) -> GrpcServer: ...

    async def start(self) -> None: ...

    async def stop(self) -> None: ...


async def serve(name: str, make: Callable[[], Service], **shown: Any) -> None:
    """Serves until SIGTERM or SIGINT. `shown` are fields of the line that the log then has.

    Raises SettingsError or Unavailable if it can't start.
    """
    stopped = asyncio.Event()
    # First of all: the kernel ignores a signal to process 1 that has no handler.
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    buffer_log()
    service = make()
    await service.start()
    logger.info(f"{name} serves", port=service.server.port, **shown)
    await stopped.wait()
    await service.stop()
    logger.info(f"{name} stopped")


def exit_status(name: str, serving: Callable[[], Coroutine[Any, Any, None]]) -> int:
    """Serves, and returns the exit status: 2 for a wrong setting, 1 if the keys can't be read."""
    try:
        asyncio.run(serving())
    except SettingsError as error:
        sys.stderr.write(f"{name}: {error}\n")
        return 2
    except Unavailable as error:
        sys.stderr.write(f"{name}: {error}\n")
        return 1
    return 0
