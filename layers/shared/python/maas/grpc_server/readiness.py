"""Health of a server (grpc.health.v1): SERVING as long as what is behind it answers.

The empty name and the names of the services are for load balancers and clients. Redis does not count for them, since
the registry works without it; the name CACHE reports on it. LIVE is for supervisors that restart an unhealthy process:
it stays SERVING while the table can't be read, because a new process could not read it either.
"""

import asyncio
from collections.abc import Awaitable, Callable

from grpc_health.v1 import health
from grpc_health.v1.health_pb2 import HealthCheckResponse

from maas.platform.observability import logger

# The name of the health service that reports on the process alone, whatever is behind it.
LIVE = "live"
# The name of the health service that reports on Redis; there is none without Redis.
CACHE = "cache"
# Asks what is behind the server, such as a table.
Probe = Callable[[], Awaitable[object]]
# Returns whether the cache answers.
CacheUp = Callable[[], Awaitable[bool]]

# Seconds between two probes, and the timeout of one. So many in a row must fail before health is NOT_SERVING.
PERIOD, TIMEOUT, FAILURES = 1.0, 1.5, 2


class Readiness:
    """The health of `services`, of the server as a whole, and of the cache if there is one.

    `behind` names what the probe asks.
    """

    def __init__(self, services: tuple[str, ...], cache_up: CacheUp | None = None, behind: str = "table") -> None:
        self.servicer = health.aio.HealthServicer()
        self._cache_up = cache_up
        self._services = ("", *services)
        self._behind = behind
        self._failures = 0

    async def start(self) -> None:
        """Sets SERVING, until a probe fails."""
        await self.servicer.set(LIVE, HealthCheckResponse.SERVING)
        await self._set(HealthCheckResponse.SERVING)

    async def watch(self, probe: Probe, period: float = PERIOD) -> None:
        """Probes every `period` seconds; runs until it is cancelled. Any error of `probe` is a failure."""
        while True:
            await self._report_cache()
            await asyncio.sleep(period)
            await self._check(probe)

    async def stop(self) -> None:
        """Sets NOT_SERVING for good."""
        await self.servicer.enter_graceful_shutdown()

    async def _check(self, probe: Probe) -> None:
        failures_before = self._failures
        try:
            await asyncio.wait_for(probe(), TIMEOUT)
            self._failures = 0
        except Exception as error:  # noqa: BLE001 - any error means that it does not answer
            self._failures += 1
            if self._failures == FAILURES:
                logger.error(f"the {self._behind} does not answer: unhealthy", reason=type(error).__name__)
                await self._set(HealthCheckResponse.NOT_SERVING)
        if failures_before >= FAILURES and not self._failures:
            logger.info(f"the {self._behind} answers again: healthy")
            await self._set(HealthCheckResponse.SERVING)

    async def _report_cache(self) -> None:
        if self._cache_up is not None:
            up = await self._cache_up()
            status = HealthCheckResponse.SERVING if up else HealthCheckResponse.NOT_SERVING
            await self.servicer.set(CACHE, status)

    async def _set(self, status: HealthCheckResponse.ServingStatus) -> None:
        for service in self._services:
            await self.servicer.set(service, status)
