"""Finds out who sent a request: X-Forwarded-* headers count from named proxies alone, and are dropped from others."""

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

HOST = re.compile(r"[A-Za-z0-9.-]+(:\d+)?|")  # AWS routes by the Host header, so functions never receive other forms
_DROPPED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-port", "x-forwarded-proto")
_PORTS = {"http": "80", "https": "443"}

Address = IPv4Address | IPv6Address


@dataclass(frozen=True, slots=True)
class Connection:
    """The connection as the server sees it: addresses of both ends, the port, and the scheme that it speaks."""

    client: str
    server: str
    port: str
    scheme: str


class Peers:
    """Knows which peers are proxies."""

    def __init__(self, proxies: Sequence[IPv4Network | IPv6Network] = ()) -> None:
        self._proxies = proxies

    def identify(self, headers: dict[str, str], connection: Connection) -> tuple[str, dict[str, str]]:
        """Returns the client's address, and the headers for the function.

        `x-forwarded-for` has the client and the proxies after it, and ends with the peer, which API Gateway appends.
        """
        kept = {name: value for name, value in headers.items() if name not in _DROPPED}
        chain, scheme = [connection.client], connection.scheme
        host, port = _host(headers.get("host", ""), connection), connection.port
        if self._proxies and self._is_proxy(_address(connection.client)):
            chain = self._chain(headers.get("x-forwarded-for", ""), connection.client)
            scheme = _one_of(headers.get("x-forwarded-proto", ""), scheme)
            host = headers.get("x-forwarded-host", host)
            named = host.rpartition(":")[2]
            port = named if named.isdecimal() and ":" in host else _PORTS[scheme]
        forwarded = {"x-forwarded-for": ", ".join(chain), "x-forwarded-port": port, "x-forwarded-proto": scheme}
        return chain[0], kept | {"host": host} | forwarded

    def _chain(self, forwarded: str, peer: str) -> list[str]:
        """The addresses from the rightmost one that is not a proxy to the peer. What is left of it anyone may claim."""
        chain = [peer]
        for entry in reversed(forwarded.split(",")):
            address = _address(entry.strip())
            if address is None or not self._is_proxy(_address(chain[0])):
                break
            chain.insert(0, str(address))
        return chain

    def _is_proxy(self, address: Address | None) -> bool:
        return address is not None and any(address in network for network in self._proxies)


def _address(text: str) -> Address | None:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _one_of(given: str, otherwise: str) -> str:
    return given if given in _PORTS else otherwise


def _host(header: str, connection: Connection) -> str:
    """The Host header. For the connection's own IPv6 address it is a name: functions split it at the colon."""
    literal = f"[{connection.server}]"
    return f"localhost{header.removeprefix(literal)}" if header.startswith(literal) else header
