"""Warm-up calls of functions, against a fake gateway."""

import asyncio
from dataclasses import dataclass

import pytest

from local.errors import StackError
from local.sam import warm_up
from local.template.specs import Application, RouteSpec

ROUTES = tuple(RouteSpec("GET", f"/{number}", f"Function{number}") for number in range(6))


@dataclass
class Gateway:
    """Returns each status in turn and repeats the last one. `most` is the maximum of concurrent calls."""

    statuses: list[int]
    most: int = 0
    concurrent: int = 0

    async def respond(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        self.concurrent += 1
        self.most = max(self.most, self.concurrent)
        await asyncio.sleep(0.02)
        self.concurrent -= 1
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        writer.write(f"HTTP/1.1 {status} so\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".encode())
        writer.close()

    async def warm(self) -> None:
        async with await asyncio.start_server(self.respond, "127.0.0.1", 0) as server:
            address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            await warm_up.warm_up(Application({}, ROUTES, (), (), (), None), address, {})


def test_the_number_of_concurrent_starts_is_limited() -> None:
    gateway = Gateway([401])
    asyncio.run(gateway.warm())
    assert gateway.most == warm_up.MAX_CONCURRENT


def test_a_function_that_does_not_start_is_reported() -> None:
    with pytest.raises(StackError, match=r"Function\d does not start"):
        asyncio.run(Gateway([502]).warm())


def test_a_function_that_starts_at_the_second_attempt_is_accepted() -> None:
    gateway = Gateway([502, 502, 401])
    asyncio.run(gateway.warm())
    assert gateway.statuses == [401]
