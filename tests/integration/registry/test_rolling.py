"""Two real registries, restarted in turn under load: no call that may be repeated is lost."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from local.servers.ports import free_port
from tests.support.aws import Aws
from tests.support.redis_server import redis_server
from tests.support.registry_client import GrpcRegistry
from tests.support.registry_process import enrolled_at, environment, ready, service_keys
from tests.support.registry_server import make_model, make_published
from tests.support.rounds import FULL

RESTARTS, CALLERS = 20 if FULL else 8, 16
# Seconds between the start of one instance and the stop of the other, which on AWS the load balancer waits (20 s).
# They are longer than the functions' longest pause between two attempts to connect.
HEALTHY = 1.5


class Instance:
    """A registry that keeps its port through restarts."""

    def __init__(self, aws: Aws, redis: str) -> None:
        self.address = f"127.0.0.1:{free_port()}"
        self._environment = environment(aws, MAAS_REGISTRY_LISTEN=self.address, MAAS_REDIS_URL=redis, LOG_LEVEL="ERROR")

    async def start(self) -> None:
        self._process = subprocess.Popen(  # noqa: ASYNC220 - returns at once
            [sys.executable, "-m", "functions.registry"], env=self._environment, stdout=subprocess.DEVNULL
        )
        await ready(self.address)

    async def restart(self) -> None:
        self._process.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(self._process.wait, 25) == 0
        await self.start()
        await asyncio.sleep(HEALTHY)

    def end(self) -> None:
        self._process.kill()
        self._process.wait()


@asynccontextmanager
async def two(aws: Aws) -> AsyncIterator[tuple[Instance, Instance]]:
    with redis_server() as redis:
        first, second = Instance(aws, redis.url), Instance(aws, redis.url)
        await asyncio.gather(first.start(), second.start())
        try:
            yield first, second
        finally:
            first.end()
            second.end()


@pytest.mark.timeout(600)
async def test_rolling_restarts_lose_no_repeatable_call(aws: Aws) -> None:
    async with two(aws) as instances:
        name = f"ipv4:{','.join(instance.address for instance in instances)}"
        registry, by = GrpcRegistry(name, service_keys(aws)), enrolled_at(aws)
        model = await make_model(registry, by)
        version = await make_published(registry, by, model)
        answered, failed, over = 0, [], asyncio.Event()

        async def caller(number: int) -> None:
            nonlocal answered
            while not over.is_set():
                try:
                    if number % 2:
                        assert (await registry.get_model(by, model.id)).id == model.id
                    else:
                        assert await registry.get_version(by, model.id, "1.0.0") == version
                    answered += 1
                except Exception as error:  # noqa: BLE001 - every error is a lost call
                    failed.append(error)
                await asyncio.sleep(0.1)  # leaves the machine time for the restarts

        callers = [asyncio.create_task(caller(number)) for number in range(CALLERS)]
        for number in range(RESTARTS):
            before = answered
            await instances[number % 2].restart()
            assert answered > before  # the other instance answered
        over.set()
        await asyncio.gather(*callers)
        await registry.close()
    assert failed == [], f"{len(failed)} of {answered + len(failed)} calls lost"
    assert answered > RESTARTS * CALLERS
