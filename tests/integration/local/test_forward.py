"""The way from a Docker network to a server on loopback; here both ends are on loopback."""

import asyncio
from collections.abc import AsyncIterator
from ipaddress import IPv4Network

import pytest

from local.sam.forward import Forwarder
from local.servers.ports import free_port

HERE, ELSEWHERE = IPv4Network("127.0.0.0/8"), IPv4Network("192.0.2.0/24")
BODY = bytes(range(256)) * 8192  # 2 MB: more than one chunk, more than any socket's buffer


@pytest.fixture
async def echo() -> AsyncIterator[int]:
    """Answers only when all has come, as a server does that is sent a file and then the end."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.read())
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()


async def _ask(port: int) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(BODY)
    writer.write_eof()
    answer = await asyncio.wait_for(reader.read(), 10)
    writer.close()
    return answer


async def test_all_bytes_go_there_and_back_for_many_at_once(echo: int) -> None:
    forwarder = Forwarder(HERE, echo)
    port = await forwarder.start("127.0.0.1")

    assert set(await asyncio.gather(*(_ask(port) for _ in range(8)))) == {BODY}
    await forwarder.stop()


async def test_who_is_not_of_the_network_is_turned_away(echo: int) -> None:
    forwarder = Forwarder(ELSEWHERE, echo)
    reader, writer = await asyncio.open_connection("127.0.0.1", await forwarder.start("127.0.0.1"))

    assert await asyncio.wait_for(reader.read(), 10) == b""
    writer.close()
    await forwarder.stop()


async def test_a_connection_ends_when_nobody_listens_behind_or_the_forwarder_stops(echo: int) -> None:
    nobody, working = Forwarder(HERE, free_port()), Forwarder(HERE, echo)
    refused, refused_writer = await asyncio.open_connection("127.0.0.1", await nobody.start("127.0.0.1"))
    held, held_writer = await asyncio.open_connection("127.0.0.1", await working.start("127.0.0.1"))

    assert await asyncio.wait_for(refused.read(), 10) == b""
    await working.stop()
    assert await asyncio.wait_for(held.read(), 10) == b""
    for writer in (refused_writer, held_writer):
        writer.close()
    await nobody.stop()


async def test_an_address_of_another_machine_is_an_error(echo: int) -> None:
    with pytest.raises(OSError, match="assign"):
        await Forwarder(HERE, echo).start("192.0.2.1")
