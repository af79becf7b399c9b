"""Requests to real servers on loopback, with TLS and bad manners. A public name is led to them."""

import socket
import ssl
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import trustme

from maas.adapters.outbound.requests import HttpOutbound
from maas.adapters.outbound.resolver import resolve
from maas.domain.outbound.exchange import Fault, OutboundAnswer, OutboundFailed, OutboundLimits, OutboundRequest
from tests.support.raw_server import OK, answers, raw_server

NAME, ADDRESS = "hooks.example.com", "93.184.216.34"
Send = Callable[..., OutboundAnswer]
LIMITS = OutboundLimits()
SHORT = OutboundLimits(connect_seconds=0.5, seconds=0.6)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def server_tls(authority: trustme.CA, *names: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names).configure_cert(context)
    return context


@pytest.fixture
def to_name(authority: trustme.CA, monkeypatch: pytest.MonkeyPatch) -> Send:
    """Sends a request to https://hooks.example.com, whose address leads to a port of this machine."""
    connect = socket.create_connection

    def send(
        port: int,
        method: str = "GET",
        body: bytes = b"",
        limits: OutboundLimits = LIMITS,
        trusted: trustme.CA = authority,
    ) -> OutboundAnswer:
        def led(address: tuple[str, int], *args: Any, **kwargs: Any) -> socket.socket:
            assert address == (ADDRESS, 443)
            return connect(("127.0.0.1", port), *args, **kwargs)

        monkeypatch.setattr(socket, "create_connection", led)
        tls = ssl.create_default_context()
        trusted.configure_trust(tls)
        sender = HttpOutbound(resolver=lambda *_: [ADDRESS], tls=tls)
        return sender.send(OutboundRequest(method, f"https://{NAME}/a?b=c", {"X-Mine": "1"}, body), limits)

    return send


def failed(send: Callable[..., object], *args: Any, **kwargs: Any) -> Fault:
    with pytest.raises(OutboundFailed) as error:
        send(*args, **kwargs)
    return error.value.fault


def test_a_post_arrives_under_the_name_and_is_answered(authority: trustme.CA, to_name: Send) -> None:
    seen: list[bytes] = []
    names: list[str] = []
    tls = server_tls(authority, NAME)
    tls.sni_callback = lambda _socket, name, _context: names.append(name)
    with raw_server(partial(answers, OK, seen), tls) as port:
        answer = to_name(port, "POST", b'{"a":1}')
    head, _, body = seen[0].partition(b"\r\n\r\n")
    assert (answer.status, answer.body, answer.cut, names) == (200, b"ok", False, [NAME])
    assert head.split(b"\r\n")[0] == b"POST /a?b=c HTTP/1.1"
    assert {b"host: hooks.example.com", b"x-mine: 1", b"accept-encoding: identity"} <= set(head.split(b"\r\n"))
    assert body == b'{"a":1}'


@pytest.mark.parametrize("name", ["other.example.com", "*.com", ADDRESS, "127.0.0.1"])
def test_a_certificate_of_another_name_is_refused(authority: trustme.CA, to_name: Send, name: str) -> None:
    seen: list[bytes] = []
    with raw_server(partial(answers, OK, seen), server_tls(authority, name)) as port:
        assert failed(to_name, port) is Fault.TLS
    assert seen == []


def test_a_certificate_of_an_unknown_authority_is_refused(authority: trustme.CA, to_name: Send) -> None:
    with raw_server(partial(answers, OK, []), server_tls(authority, NAME)) as port:
        assert failed(to_name, port, trusted=trustme.CA()) is Fault.TLS


def test_a_server_without_tls_is_refused(to_name: Send) -> None:
    with raw_server(partial(answers, OK, []), talks_first=True) as port:
        assert failed(to_name, port) is Fault.TLS


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_an_answer_and_is_not_followed(authority: trustme.CA, to_name: Send, status: int) -> None:
    seen: list[bytes] = []
    data = f"HTTP/1.1 {status} Moved\r\nlocation: https://{NAME}/b\r\ncontent-length: 0\r\n\r\n".encode()
    with raw_server(partial(answers, data, seen), server_tls(authority, NAME)) as port:
        answer = to_name(port)
    assert (answer.status, answer.headers["location"], len(seen)) == (status, f"https://{NAME}/b", 1)


def floods(head: bytes, sent: list[int], connection: socket.socket, request: bytes) -> None:
    connection.sendall(head)
    for _ in range(100):
        connection.sendall(b"x" * 2**20)
        sent.append(2**20)


def test_an_answer_of_100_megabytes_is_cut(authority: trustme.CA, to_name: Send) -> None:
    sent: list[int] = []
    head = b"HTTP/1.1 200 OK\r\ncontent-length: 104857600\r\n\r\n"
    with raw_server(partial(floods, head, sent), server_tls(authority, NAME)) as port:
        answer = to_name(port, limits=OutboundLimits(answer_bytes=1000))
    assert (answer.status, answer.body, answer.cut) == (200, b"x" * 1000, True)
    assert sum(sent) < 30 * 2**20


def test_a_head_without_end_is_refused(authority: trustme.CA, to_name: Send) -> None:
    with raw_server(partial(floods, b"HTTP/1.1 200 OK\r\nx: ", []), server_tls(authority, NAME)) as port:
        assert failed(to_name, port) is Fault.PROTOCOL


def test_a_compressed_answer_stays_as_it_came(authority: trustme.CA, to_name: Send) -> None:
    bomb = b"\x1f\x8b\x08\x00bomb"
    data = b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 8\r\n\r\n" + bomb
    with raw_server(partial(answers, data, []), server_tls(authority, NAME)) as port:
        assert to_name(port).body == bomb


def drips(head: bytes, connection: socket.socket, request: bytes) -> None:
    connection.sendall(head)
    while True:
        time.sleep(0.05)
        connection.sendall(b"x")


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nx: ",
        b"HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n",
    ],
)
def test_an_answer_in_drips_ends_at_the_time_limit(authority: trustme.CA, to_name: Send, head: bytes) -> None:
    with raw_server(partial(drips, head), server_tls(authority, NAME)) as port:
        started = time.monotonic()
        assert failed(to_name, port, limits=SHORT) is Fault.TIMEOUT
        assert time.monotonic() - started < 2


def hangs(connection: socket.socket, request: bytes) -> None:
    connection.recv(1)


def test_a_server_that_hangs_ends_at_the_time_limit(authority: trustme.CA, to_name: Send) -> None:
    with raw_server(hangs, server_tls(authority, NAME)) as port:
        assert failed(to_name, port, limits=SHORT) is Fault.TIMEOUT


def reads_on(connection: socket.socket, request: bytes) -> None:
    while connection.recv(65536):
        pass


def test_a_hanging_handshake_ends_at_the_time_limit(to_name: Send) -> None:
    with raw_server(reads_on, talks_first=True) as port:
        assert failed(to_name, port, limits=SHORT) is Fault.TIMEOUT


@pytest.mark.parametrize(
    "data", [b"", b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nx", b"HTTP/9 x\r\n\r\n"]
)
def test_an_answer_that_is_not_http_is_a_fault_of_its_own(authority: trustme.CA, to_name: Send, data: bytes) -> None:
    with raw_server(partial(answers, data, []), server_tls(authority, NAME)) as port:
        assert failed(to_name, port) is Fault.PROTOCOL


def test_the_flag_reaches_this_machine_over_http() -> None:
    with raw_server(partial(answers, OK, [])) as port:
        request = OutboundRequest("POST", f"http://localhost:{port}/hook", {}, b"{}")
        assert HttpOutbound(loopback=True).send(request).body == b"ok"
        assert failed(HttpOutbound().send, request) is Fault.URL


def test_a_closed_port_is_a_fault_of_the_connection() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert (
        failed(HttpOutbound(loopback=True).send, OutboundRequest("GET", f"http://127.0.0.1:{port}/"))
        is Fault.CONNECTION
    )


def test_a_name_that_does_not_exist_is_a_fault_of_its_own() -> None:
    assert failed(resolve, "no-such-name.invalid", 443, 5.0) is Fault.NAME


def test_a_resolver_that_hangs_ends_at_the_time_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    def waits(*_args: object, **_kwargs: object) -> list[object]:
        time.sleep(0.5)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", waits)
    assert failed(resolve, "hooks.example.com", 443, 0.2) is Fault.TIMEOUT
