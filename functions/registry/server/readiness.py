"""What health says (grpc.health.v1): whether calls can be answered, which is whether the table can be read.

Not Redis: the registry does without it. The empty name and the services' names are for load balancers and callers.
LIVE is for whoever would restart this process: a new one could not read the table either.
"""

import asyncio
from collections.abc import Awaitable, Callable

from grpc_health.v1 import health
from grpc_health.v1.health_pb2 import HealthCheckResponse

from functions.registry.settings import LIVE
from maas.platform.observability import logger

Probe = Callable[[], Awaitable[object]]

# Seconds between two looks, and that one may take; that many in a row must fail before health says so.
PERIOD, LIMIT, FAILURES = 1.0, 1.5, 2


class Readiness:
    """Speaks for `services`, and for the server as a whole."""

    def __init__(self, services: tuple[str, ...]) -> None:
        self.servicer = health.aio.HealthServicer()
        self._services = ("", *services)
        self._failures = 0

    async def start(self) -> None:
        """From here on it serves, until a look says otherwise."""
        await self.servicer.set(LIVE, HealthCheckResponse.SERVING)
        await self._say(HealthCheckResponse.SERVING)

    async def watch(self, probe: Probe, period: float = PERIOD) -> None:
        """Runs until it is cancelled. `probe` reads the table; any error means that it can't be read."""
        while True:
            await asyncio.sleep(period)
            await self._look(probe)

    async def stop(self) -> None:
        """Says for good that it does not serve."""
        await self.servicer.enter_graceful_shutdown()

    async def _look(self, probe: Probe) -> None:
        failed = self._failures
        try:
            await asyncio.wait_for(probe(), LIMIT)
            self._failures = 0
        except Exception as error:  # noqa: BLE001 - whatever it is, the table can't be read
            self._failures += 1
            if self._failures == FAILURES:
                logger.error("the table can't be read: unhealthy", reason=type(error).__name__)
                await self._say(HealthCheckResponse.NOT_SERVING)
        if failed >= FAILURES and not self._failures:
            logger.info("the table can be read again: healthy")
            await self._say(HealthCheckResponse.SERVING)

    async def _say(self, status: HealthCheckResponse.ServingStatus) -> None:
        for service in self._services:
            await self.servicer.set(service, status)
