"""X-Forwarded-* headers: believed from named proxies, and dropped from everyone else."""

from ipaddress import ip_network

import pytest

from local.gateway.peers import HOST, Connection, Peers

PEERS = Peers((ip_network("10.0.0.0/8"), ip_network("fd00::/8")))
CLAIMED = {
    "host": "inner:8080",
    "forwarded": "for=192.0.2.1;host=evil.example",
    "x-forwarded-for": "192.0.2.1",
    "x-forwarded-host": "maas.example.com",
    "x-forwarded-port": "1",
    "x-forwarded-proto": "https",
}


def _connection(client: str, scheme: str = "http") -> Connection:
    return Connection(client, "10.0.0.5", "8080", scheme)


@pytest.mark.parametrize("client", ["203.0.113.7", "127.0.0.1", "2001:db8::7", ""])
def test_nothing_is_believed_from_another_peer(client: str) -> None:
    source, headers = PEERS.identify(CLAIMED, _connection(client))
    assert source == client
    assert headers == {
        "host": "inner:8080",
        "x-forwarded-for": client,
        "x-forwarded-port": "8080",
        "x-forwarded-proto": "http",
    }


@pytest.mark.parametrize("client", ["10.0.0.9", "::ffff:10.0.0.9", "fd00::9"])
def test_a_proxy_names_client_scheme_and_host(client: str) -> None:
    source, headers = PEERS.identify(CLAIMED, _connection(client))
    assert source == "192.0.2.1"
    assert headers == {
        "host": "maas.example.com",
        "x-forwarded-for": f"192.0.2.1, {client}",
        "x-forwarded-port": "443",
        "x-forwarded-proto": "https",
    }


@pytest.mark.parametrize(
    ("forwarded", "source", "chain"),
    [
        ("198.51.100.1, 192.0.2.1", "192.0.2.1", "192.0.2.1, 10.0.0.9"),
        ("192.0.2.1, 10.0.0.8", "192.0.2.1", "192.0.2.1, 10.0.0.8, 10.0.0.9"),
        ("10.0.0.7, 192.0.2.1, 10.0.0.8", "192.0.2.1", "192.0.2.1, 10.0.0.8, 10.0.0.9"),
        ("2001:db8::1", "2001:db8::1", "2001:db8::1, 10.0.0.9"),
        ("192.0.2.1, unknown", "10.0.0.9", "10.0.0.9"),
        ("10.0.0.7", "10.0.0.7", "10.0.0.7, 10.0.0.9"),
        ("", "10.0.0.9", "10.0.0.9"),
    ],
)
def test_the_client_is_the_rightmost_address_that_is_no_proxy(forwarded: str, source: str, chain: str) -> None:
    found, headers = PEERS.identify({"x-forwarded-for": forwarded}, _connection("10.0.0.9"))
    assert (found, headers["x-forwarded-for"]) == (source, chain)


@pytest.mark.parametrize(
    ("host", "proto", "port"), [("a.example:8443", "https", "8443"), ("a.example", "http", "80"), ("a", "ws", "80")]
)
def test_the_port_is_that_of_the_name_or_of_the_scheme(host: str, proto: str, port: str) -> None:
    sent = {"x-forwarded-host": host, "x-forwarded-proto": proto}
    assert PEERS.identify(sent, _connection("10.0.0.9"))[1]["x-forwarded-port"] == port


def test_the_scheme_of_the_connection_counts_without_a_proxy() -> None:
    _, headers = Peers().identify({"host": "a", "x-forwarded-proto": "http"}, _connection("10.0.0.9", "https"))
    assert headers["x-forwarded-proto"] == "https"


def test_only_the_connections_own_ipv6_address_is_a_host() -> None:
    six = Connection("2001:db8::7", "2001:db8::1", "8080", "http")
    own = Peers().identify({"host": "[2001:db8::1]:8080"}, six)[1]["host"]
    other = Peers().identify({"host": "[2001:db8::2]:8080"}, six)[1]["host"]
    assert own == "localhost:8080"
    assert HOST.fullmatch(own)
    assert not HOST.fullmatch(other)


def test_a_host_with_other_characters_is_not_believed_from_a_proxy_either() -> None:
    _, headers = PEERS.identify({"x-forwarded-host": "a, b"}, _connection("10.0.0.9"))
    assert not HOST.fullmatch(headers["host"])
