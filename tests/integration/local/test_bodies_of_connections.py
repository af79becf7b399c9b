"""Bodies between the gateway and its clients, and what comes around them."""

import asyncio
import tracemalloc
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from local.gateway.connection import READ_MAX
from local.gateway.reading import MAX_BODY
from tests.support.gateway_connections import Client, Server, serving

_UPGRADE = "Host: h\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMA\r\n"
_INNER = "GET /inner HTTP/1.1\r\nHost: h\r\n\r\n"
_BODIES = (
    f"Content-Length: {len(_INNER)}\r\n\r\n{_INNER}",
    f"Transfer-Encoding: chunked\r\n\r\n{len(_INNER):x}\r\n{_INNER}\r\n0\r\n\r\n",
)


@pytest_asyncio.fixture
async def server() -> AsyncIterator[Server]:
    async with serving() as found:
        yield found


@pytest_asyncio.fixture
async def client(server: Server) -> Client:
    return await server.client()


@pytest.mark.parametrize("body", _BODIES)
@pytest.mark.parametrize("pause", [0.0, 0.05])
async def test_the_body_of_a_request_for_another_protocol_is_a_body(
    server: Server, client: Client, body: str, pause: float
) -> None:
    """Java's HttpClient sends its first request so."""
    for _ in range(2):
        client.send(f"POST /outer HTTP/1.1\r\n{_UPGRADE}")
        await asyncio.sleep(pause)
        head, rest = body.split("\r\n\r\n", 1)
        client.send(f"{head}\r\n\r\n")
        await asyncio.sleep(pause)
        client.send(f"{rest}GET /next HTTP/1.1\r\n{_UPGRADE}\r\n")
        assert [await client.body() for _ in range(2)] == [f"POST /outer? {_INNER}", "GET /next? "]
    assert [each.path for each in server.echo.received] == ["/outer", "/next"] * 2
    assert "upgrade" not in dict(server.echo.received[0].headers)


async def test_trailers_are_no_headers(server: Server, client: Client) -> None:
    client.send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n")
    client.send("authorization: Bearer late\r\nhost: other\r\n\r\n")
    assert await client.body() == "POST /? ok"
    assert server.echo.received[0].headers == [("host", "h"), ("transfer-encoding", "chunked")]


@pytest.mark.parametrize(
    ("start", "piece"),
    [("0\r\n", "many: x\r\n" * 100), ("0\r\nlong: ", "x" * 900), ("1;", "x" * 900)],  # the last one is behind a size
)
async def test_what_has_no_end_behind_a_body_ends_the_connection(
    server: Server, client: Client, start: str, piece: str
) -> None:
    client.send(f"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n{start}")
    for _ in range(READ_MAX // 900 + 2):
        await asyncio.sleep(0.001)
        client.send(piece)
    assert (await client.response())[0] == "HTTP/1.1 431 Request Header Fields Too Large"
    assert await client.rest() == b""
    assert not server.echo.received


async def test_a_body_in_tiny_chunks_takes_its_own_size(client: Client) -> None:
    tracemalloc.start()
    try:
        client.send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in range(100):
            client.send("2\r\nab\r\n" * 1000)
            await asyncio.sleep(0)
        client.send("0\r\n\r\n")
        assert len(await client.body()) == 200_000 + len("POST /? ")
        assert tracemalloc.get_traced_memory()[1] < 100_000 * 30
    finally:
        tracemalloc.stop()


async def test_the_rest_of_an_answered_request_gets_no_second_answer(client: Client) -> None:
    client.send(f"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n{MAX_BODY + 1:x}\r\n")
    client.send("x" * (MAX_BODY + 1))
    assert await client.body() == "POST /? too large"
    client.send("nonsense")
    assert await client.rest() == b""
