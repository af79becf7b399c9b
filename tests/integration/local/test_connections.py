"""HTTP/1.1 between the gateway and its clients, byte by byte."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from local.gateway.connection import GONE, HEAD_MAX, READ_MAX
from local.gateway.reading import MAX_BODY
from tests.support.gateway_connections import Client, Server, serving


@pytest_asyncio.fixture
async def server() -> AsyncIterator[Server]:
    async with serving() as found:
        yield found


@pytest_asyncio.fixture
async def client(server: Server) -> Client:
    return await server.client()


async def test_requests_of_one_connection_are_answered_in_turn(client: Client) -> None:
    for number in range(3):
        client.send(f"POST /a%20b?x={number} HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n")
        client.send(f"{number}!")
        status, headers, body = await client.response()
        assert (status, body) == ("HTTP/1.1 200 OK", f"POST /a b?x={number} {number}!")
        assert headers["x-one"] == "1"
        assert headers["date"].endswith("GMT")
        assert "connection" not in headers


async def test_requests_sent_ahead_are_answered_in_order(server: Server, client: Client) -> None:
    client.send("GET /held HTTP/1.1\r\nHost: h\r\n\r\n")
    client.send("".join(f"GET /{number} HTTP/1.1\r\nHost: h\r\n\r\n" for number in range(100)))
    await asyncio.sleep(0.05)
    assert [each.path for each in server.echo.received] == ["/held"]
    server.echo.released.set()
    assert [await client.body() for _ in range(101)] == ["GET /held? ", *(f"GET /{n}? " for n in range(100))]


async def test_a_request_may_arrive_byte_by_byte(client: Client) -> None:
    for byte in "PUT /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n":
        client.send(byte)
        await asyncio.sleep(0)
    assert await client.body() == "PUT /x? abcde"


async def test_a_client_that_asks_may_continue(client: Client) -> None:
    client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
    assert (await client.head())[0] == "HTTP/1.1 100 Continue"
    client.send("ok")
    assert await client.body() == "POST /? ok"


async def test_a_body_that_is_declared_too_large_is_answered_at_once(client: Client) -> None:
    size = MAX_BODY + 1
    client.send(f"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: {size}\r\nExpect: 100-continue\r\n\r\n")
    assert await client.body() == "POST /? too large"


async def test_a_body_that_becomes_too_large_is_answered_once(client: Client) -> None:
    client.send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n")
    chunk = f"100000\r\n{'x' * 0x100000}\r\n"
    for _ in range(12):
        client.send(chunk)
    assert await client.body() == "POST /? too large"
    client.send("0\r\n\r\nGET /next HTTP/1.1\r\nHost: h\r\n\r\n")
    assert await client.body() == "GET /next? "


@pytest.mark.parametrize("request_line", ["GET / HTTP/1.0\r\n", "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n"])
async def test_the_last_request_ends_the_connection(client: Client, request_line: str) -> None:
    client.send(f"{request_line}\r\n")
    _, headers, _ = await client.response()
    assert headers["connection"] == "close"
    assert await client.rest() == b""


async def test_what_follows_the_last_request_is_ignored(server: Server, client: Client) -> None:
    client.send("GET /held HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\nGET /more HTTP/1.1\r\nHost: h\r\n\r\n")
    await asyncio.sleep(0.05)
    server.echo.released.set()
    assert await client.body() == "GET /held? "
    assert await client.rest() == b""
    assert len(server.echo.received) == 1


@pytest.mark.parametrize(
    "text",
    [
        "nonsense\r\n\r\n",
        "GET /\xe9 HTTP/1.1\r\nHost: h\r\n\r\n",
        "CONNECT example.com:443 HTTP/1.1\r\nHost: h\r\n\r\n",
        "CONNECT /v2 HTTP/1.1\r\nHost: h\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
        "GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
)
async def test_a_malformed_request_is_refused_and_ends_the_connection(
    server: Server, client: Client, text: str
) -> None:
    client.send(text)
    status, headers, body = await client.response()
    assert (status, body) == ("HTTP/1.1 400 Bad Request", "Invalid HTTP request received.")
    assert headers["connection"] == "close"
    assert await client.rest() == b""
    assert not server.echo.received


@pytest.mark.parametrize(
    "text",
    [
        "GET / HTTP/1.1\r\nhost: x\r\nlong: " + "x" * READ_MAX,  # without an end
        "GET / HTTP/1.1\r\n" + "many: x\r\n" * (READ_MAX // 8),
        "GET /" + "x" * HEAD_MAX + " HTTP/1.1\r\nhost: x\r\n\r\nGET / HTTP/1.1\r\nhost: x\r\n\r\n",
        "GET / HTTP/1.1\r\nhost: x\r\n" + ("many: " + "x" * 99 + "\r\n") * 120 + "\r\n",
    ],
    ids=["a header without an end", "headers without an end", "a path", "headers"],
)
async def test_a_head_that_is_too_large_is_refused_and_ends_the_connection(
    server: Server, client: Client, text: str
) -> None:
    client.send(text)
    status, headers, body = await client.response()
    assert (status, headers["connection"]) == ("HTTP/1.1 431 Request Header Fields Too Large", "close")
    problem = json.loads(body)
    assert (problem["message"], problem["status"]) == ("Request Header Fields Too Large", 431)
    assert problem["request_id"] == headers["x-request-id"] == headers["apigw-requestid"]
    assert await client.rest() == b""
    assert not server.echo.received


@pytest.mark.parametrize("line", ["GET / HTTP/1.1\r\n", "DELETE /v2/models?x=1 HTTP/1.1\r\n"])
@pytest.mark.parametrize("pause", [0.0, 0.01])
async def test_the_line_and_the_values_of_headers_have_so_many_bytes(
    client: Client, server: Server, line: str, pause: float
) -> None:
    """As an HTTP API counts: names of headers do not."""
    room = HEAD_MAX - len(line) - len("localhost")
    for values, is_taken in (([room - 1000, 1000], True), ([room - 1000, 1001], False)):
        client.send(f"{line}Host: localhost\r\n")
        for number, size in enumerate(values):
            await asyncio.sleep(pause)
            client.send(f"x-header-{number}: {'x' * size}\r\n")
        client.send("\r\n")
        status, _, body = await client.response()
        assert status.split()[1] == ("200" if is_taken else "431")
    assert len(server.echo.received) == 1
    assert ("error" in json.loads(body)) == ("/v2" in line)


async def test_a_malformed_request_does_not_take_the_response_of_the_one_before(server: Server, client: Client) -> None:
    client.send("GET /held HTTP/1.1\r\nHost: h\r\n\r\nnonsense\r\n\r\n")
    await asyncio.sleep(0.05)
    server.echo.released.set()
    assert await client.body() == "GET /held? "
    assert await client.rest() == b""


async def test_a_response_to_head_or_without_content_has_no_body(client: Client) -> None:
    client.send(
        "HEAD /x HTTP/1.1\r\nHost: h\r\n\r\nGET /empty HTTP/1.1\r\nHost: h\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n"
    )
    status, headers = await client.head()
    assert (status, headers["content-length"]) == ("HTTP/1.1 200 OK", str(len("HEAD /x? ")))
    status, headers = await client.head()
    assert (status, "content-length" in headers) == ("HTTP/1.1 204 No Content", False)
    assert await client.body() == "GET /? "


async def test_an_upgrade_is_not_taken(client: Client) -> None:
    client.send("GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n")
    assert await client.body() == "GET /? "


async def test_a_client_that_goes_away_cancels_its_request(server: Server, client: Client) -> None:
    client.send("GET /held HTTP/1.1\r\nHost: h\r\n\r\nGET /more HTTP/1.1\r\nHost: h\r\n\r\n")
    await asyncio.sleep(0.05)
    client.close()
    await asyncio.sleep(0.05)
    assert server.echo.cancelled == [(GONE,)]
    assert len(server.echo.received) == 1


async def test_a_quiet_connection_is_closed() -> None:
    async with serving(keep_alive=0.1) as server:
        assert await (await server.client()).rest() == b""


async def test_a_server_that_stops_answers_what_it_handles(server: Server, client: Client) -> None:
    idle = await server.client()
    idle.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
    await idle.body()
    client.send("GET /held HTTP/1.1\r\nHost: h\r\n\r\n")
    await asyncio.sleep(0.05)
    stop = asyncio.create_task(server.exit_stack.aclose())
    assert await idle.rest() == b""
    server.echo.released.set()
    _, headers, body = await client.response()
    assert (headers["connection"], body) == ("close", "GET /held? ")
    await stop
    with pytest.raises(ConnectionError):
        await server.client()
