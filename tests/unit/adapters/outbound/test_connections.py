"""The check of addresses, without a network: `create_connection` is recorded instead."""

import socket

import pytest

from maas.adapters.outbound.requests import HttpOutbound
from maas.domain.outbound.exchange import Fault, OutboundFailed, OutboundRequest

PUBLIC, OTHER = "93.184.216.34", "2606:4700::1111"
Tried = list[tuple[str, int]]
GET = OutboundRequest("GET", "https://hooks.example.com/hook")


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> Tried:
    """The addresses to which a connection was tried."""
    tried: Tried = []

    def refused(address: tuple[str, int], *_args: object, **_kwargs: object) -> None:
        tried.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", refused)
    return tried


class Names:
    """A resolver that answers each look-up with the next list."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    def __call__(self, host: str, port: int, seconds: float) -> list[str]:
        self.asked.append(host)
        return self.answers[len(self.asked) - 1]


def fault(sender: HttpOutbound, request: OutboundRequest = GET) -> Fault:
    with pytest.raises(OutboundFailed) as failed:
        sender.send(request)
    return failed.value.fault


def test_a_name_is_resolved_once_so_rebinding_has_no_effect(connected: Tried) -> None:
    names = Names([PUBLIC], ["127.0.0.1"])
    assert fault(HttpOutbound(resolver=names)) is Fault.CONNECTION
    assert (names.asked, connected) == (["hooks.example.com"], [(PUBLIC, 443)])


@pytest.mark.parametrize(
    "inside", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::ffff:10.0.0.1", "fd00:ec2::254", "64:ff9b::a00:1"]
)
def test_one_private_address_among_public_ones_refuses_the_name(connected: Tried, inside: str) -> None:
    for addresses in ([inside], [PUBLIC, inside], [inside, PUBLIC]):
        assert fault(HttpOutbound(resolver=Names(addresses))) is Fault.ADDRESS
    assert connected == []


def test_a_name_without_addresses_is_refused(connected: Tried) -> None:
    assert fault(HttpOutbound(resolver=Names([]))) is Fault.ADDRESS
    assert connected == []


def test_the_next_address_is_tried_after_a_refused_one(connected: Tried) -> None:
    assert fault(HttpOutbound(resolver=Names([PUBLIC, OTHER]))) is Fault.CONNECTION
    assert connected == [(PUBLIC, 443), (OTHER, 443)]


def test_many_addresses_are_not_all_tried(connected: Tried) -> None:
    assert fault(HttpOutbound(resolver=Names([f"8.8.8.{n}" for n in range(100)]))) is Fault.CONNECTION
    assert len(connected) == 4


def test_the_flag_does_not_open_private_addresses_to_names(connected: Tried) -> None:
    sender = HttpOutbound(resolver=Names(["127.0.0.1"]), loopback=True)
    assert fault(sender) is Fault.ADDRESS
    assert connected == []


def test_localhost_that_resolves_to_another_machine_is_refused(connected: Tried) -> None:
    sender = HttpOutbound(resolver=Names(["10.0.0.1"]), loopback=True)
    assert fault(sender, OutboundRequest("GET", "http://localhost:8080/")) is Fault.ADDRESS
    assert connected == []


@pytest.mark.parametrize(
    "url", ["http://hooks.example.com/", "https://localhost/", "https://127.1/", "https://a@example.com/", "x"]
)
def test_a_refused_url_is_not_even_resolved(connected: Tried, url: str) -> None:
    names = Names([PUBLIC])
    assert fault(HttpOutbound(resolver=names), OutboundRequest("GET", url)) is Fault.URL
    assert (names.asked, connected) == ([], [])


def test_proxies_of_the_environment_are_not_used(connected: Tried, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:3128")
    assert fault(HttpOutbound(resolver=Names([PUBLIC]))) is Fault.CONNECTION
    assert connected == [(PUBLIC, 443)]
