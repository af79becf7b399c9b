"""Forwarding from a Docker network to a server on loopback; in these tests both are on loopback."""

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
    """A server that responds only after the end of the request, as servers of uploads do."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.read())
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()


async def _send(port: int) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(BODY)
    writer.write_eof()
    response = await asyncio.wait_for(reader.read(), 10)
    writer.close()
    return response


async def test_concurrent_connections_transfer_all_bytes_in_both_directions(echo: int) -> None:
    forwarder = Forwarder(HERE, echo)
    port = await forwarder.start("127.0.0.1")

    assert set(await asyncio.gather(*(_send(port) for _ in range(8)))) == {BODY}
    await forwarder.stop()


async def test_a_connection_from_outside_the_network_is_closed(echo: int) -> None:
    forwarder = Forwarder(ELSEWHERE, echo)
    reader, writer = await asyncio.open_connection("127.0.0.1", await forwarder.start("127.0.0.1"))

    assert await asyncio.wait_for(reader.read(), 10) == b""
    writer.close()
    await forwarder.stop()


async def test_a_connection_ends_without_a_target_and_when_the_forwarder_stops(echo: int) -> None:
    without_target, working = Forwarder(HERE, free_port()), Forwarder(HERE, echo)
    refused, refused_writer = await asyncio.open_connection("127.0.0.1", await without_target.start("127.0.0.1"))
    held, held_writer = await asyncio.open_connection("127.0.0.1", await working.start("127.0.0.1"))

    assert await asyncio.wait_for(refused.read(), 10) == b""
    await working.stop()
    assert await asyncio.wait_for(held.read(), 10) == b""
    for writer in (refused_writer, held_writer):
        writer.close()
    await without_target.stop()


async def test_an_address_of_another_machine_is_rejected(echo: int) -> None:
    with pytest.raises(OSError, match="assign"):
        await Forwarder(HERE, echo).start("192.0.2.1")
