"""Issuers that rotate keys, hang, are down, or answer badly; and how often each is asked."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from maas.adapters.oidc import documents
from maas.adapters.oidc.documents import DOCUMENT_MAX
from maas.adapters.oidc.id_tokens import AGAIN, ISSUERS_MAX, STALE_MAX, TTL, SignedIdTokens
from maas.adapters.oidc.key_sets import KEYS_MAX
from maas.domain.errors import IssuerUnreachable
from maas.domain.outbound.exchange import Fault, OutboundAnswer, OutboundFailed, OutboundLimits, OutboundRequest
from tests.support.exchange_world import ExchangeWorld
from tests.support.oidc_issuer import DESCRIPTION, KEYS, Handle, OidcIssuer, answer, jwk, oidc_issuer, private_key

READ = [DESCRIPTION, KEYS]  # the requests of one read


@pytest.fixture
def issuer() -> Iterator[OidcIssuer]:
    with oidc_issuer("RS256", "ES256") as found:
        yield found


@pytest.fixture
def world(issuer: OidcIssuer) -> ExchangeWorld:
    return ExchangeWorld(issuer, failures=0)


def test_keys_are_read_once_for_many_exchanges(world: ExchangeWorld) -> None:
    assert {world.post().status for _ in range(5)} == {200}
    assert world.issuer.fetched == READ
    world.seconds = TTL
    assert world.post().status == 200
    assert world.issuer.fetched == READ * 2


def test_fifty_exchanges_at_once_read_the_keys_once(world: ExchangeWorld) -> None:
    def slow(request: BaseHTTPRequestHandler) -> None:
        time.sleep(0.2)
        answer(request, world.issuer.document(request.path))

    world.issuer.handle = slow
    tokens, results = [world.issuer.token("ES256") for _ in range(50)], list[bool]()
    start = threading.Barrier(50)

    def verify(text: str) -> None:
        token = world.id_tokens.read(text, world.trusted.created_at)
        start.wait()
        results.append(world.id_tokens.is_signed(token))

    threads = [threading.Thread(target=verify, args=(text,)) for text in tokens]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [True] * 50
    assert world.issuer.fetched == READ


def test_a_key_that_the_issuer_rotates_in_is_found(world: ExchangeWorld) -> None:
    assert world.post().status == 200
    world.issuer.key_set[:] = [jwk("RS256", private_key("RSA", 2), kid="next")]
    rotated = world.issuer.token(header={"kid": "next"}, key=private_key("RSA", 2))
    assert world.post(rotated).status == 400  # the keys were read just now
    world.seconds = AGAIN
    assert world.post(rotated).status == 200
    assert world.post().status == 400  # the key before is gone
    assert world.issuer.fetched == READ * 2


def test_a_flood_of_unknown_keys_asks_the_issuer_rarely(world: ExchangeWorld) -> None:
    assert world.post().status == 200
    for n in range(300):
        world.seconds = n / 3  # 100 seconds in all
        assert world.post(world.issuer.token(header={"kid": f"unknown {n}"})).status == 400
    assert len(world.issuer.fetched) <= len(READ) * (1 + 100 / AGAIN)
    assert world.post().status == 200


def test_an_issuer_that_is_down_is_asked_again_after_a_while(world: ExchangeWorld) -> None:
    world.issuer.handle = lambda request: answer(request, {}, 500)
    for _ in range(5):
        reply = world.post()
        assert (reply.status, reply.json["code"]) == (503, "issuer_unreachable")
        assert (reply.json["error"], reply.headers["retry-after"]) == ("temporarily_unavailable", "1")
    assert world.issuer.fetched == READ[:1]
    world.issuer.handle, world.seconds = None, AGAIN
    assert world.post().status == 200


def test_known_keys_outlive_an_outage_of_an_hour(world: ExchangeWorld) -> None:
    assert world.post().status == 200
    world.issuer.handle = lambda request: answer(request, {}, 503)
    for seconds, status in ((TTL, 200), (STALE_MAX, 200), (STALE_MAX + AGAIN, 503)):
        world.seconds = seconds
        assert world.post().status == status, seconds


def _redirected(request: BaseHTTPRequestHandler) -> None:
    answer(request, b"", 302, location=KEYS)


def _endless(request: BaseHTTPRequestHandler) -> None:
    answer(request, b"{" + b" " * 10_000_000)


def _hanging(request: BaseHTTPRequestHandler) -> None:
    time.sleep(3)


def _dripping(request: BaseHTTPRequestHandler) -> None:
    request.send_response(200)
    request.end_headers()
    for _ in range(30):
        request.wfile.write(b" ")
        time.sleep(0.1)


BAD: dict[str, Handle] = {
    "redirects": _redirected,
    "answers 10 MB": _endless,
    "hangs": _hanging,
    "drips": _dripping,
    "is not found": lambda request: answer(request, {}, 404),
    "answers a page": lambda request: answer(request, b"<html>"),
    "answers a list": lambda request: answer(request, []),
    "repeats a name": lambda request: answer(request, b'{"issuer":"a","issuer":"b"}'),
    "nests without end": lambda request: answer(request, b"[" * 100_000),
    "answers nothing": lambda request: None,
}


@pytest.mark.parametrize("path", READ)
@pytest.mark.parametrize("name", BAD)
def test_a_bad_answer_is_503_soon(world: ExchangeWorld, monkeypatch: pytest.MonkeyPatch, name: str, path: str) -> None:
    monkeypatch.setattr(documents, "_LIMITS", OutboundLimits(0.5, 0.7, DOCUMENT_MAX))

    def handle(request: BaseHTTPRequestHandler) -> None:
        if request.path == path:
            BAD[name](request)
        else:
            answer(request, world.issuer.document(request.path))

    world.issuer.handle, started = handle, time.monotonic()
    reply = world.post()
    assert (reply.status, reply.json["error"]) == (503, "temporarily_unavailable")
    assert time.monotonic() - started < 2
    assert world.issuer.url not in reply.text


@pytest.mark.parametrize(
    "description",
    [
        {"issuer": "https://other.example.com"},
        {"issuer": None},
        {"jwks_uri": None},
        {"jwks_uri": ["https://other.example.com"]},
        {"jwks_uri": "https://169.254.169.254/latest/meta-data"},
        {"jwks_uri": "http://ci.example.com/keys"},
        {"jwks_uri": "file:///etc/passwd"},
        {"jwks_uri": "https://10.0.0.1/keys"},
        {"jwks_uri": "https://ci.example.com:6379/keys"},
    ],
)
def test_a_description_of_another_issuer_or_address_is_refused(
    world: ExchangeWorld, description: dict[str, Any]
) -> None:
    world.issuer.description.update(description)
    assert world.post().status == 503
    assert world.issuer.fetched == READ[:1]


@pytest.mark.parametrize("key_set", [None, {}, "keys", [{}] * (KEYS_MAX + 1)])
def test_a_key_set_without_a_short_list_is_503(world: ExchangeWorld, key_set: Any) -> None:
    world.issuer.key_set = key_set
    assert world.post().status == 503


def test_a_closed_port_is_503(world: ExchangeWorld) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    world.trust(issuer=f"http://127.0.0.1:{port}")
    assert world.post(world.issuer.token(iss=f"http://127.0.0.1:{port}")).status == 503


def test_the_path_of_an_issuer_is_kept() -> None:
    sent: list[str] = []

    def send(request: OutboundRequest, _limits: OutboundLimits) -> OutboundAnswer:
        sent.append(request.url)
        raise OutboundFailed(Fault.NAME)

    for issuer in ("https://ci.example.com/tenant/1", "https://ci.example.com/tenant/1/"):
        with pytest.raises(IssuerUnreachable) as error:
            documents.keys_of(issuer, send)
        assert error.value.reason == f"the issuer's description: {Fault.NAME}"
    assert sent == [f"https://ci.example.com/tenant/1{DESCRIPTION}"] * 2


def test_a_process_keeps_the_keys_of_a_bounded_number_of_issuers(world: ExchangeWorld, issuer: OidcIssuer) -> None:
    unreachable: Callable[..., OutboundAnswer] = lambda *_: OutboundAnswer(500, {}, b"")  # noqa: E731
    tokens = SignedIdTokens(unreachable)
    for n in range(ISSUERS_MAX + 5):
        text = issuer.token("ES256", iss=f"https://ci{n}.example.com")
        with pytest.raises(IssuerUnreachable):
            tokens.is_signed(tokens.read(text, world.trusted.created_at))
    assert len(tokens._issuers) == ISSUERS_MAX
