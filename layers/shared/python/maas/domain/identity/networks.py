"""Networks from which a credential may be used: CIDR blocks (RFC 4632, RFC 4291) of IPv4 and IPv6."""

import ipaddress
from collections.abc import Iterable, Sequence

from maas.domain.errors import FieldError, InvalidInput, PermissionDenied, Rule

NETWORKS_MAX = 20
# The longest text of a network has 43 characters; a longer one is not parsed.
_TEXT_MAX = 64
_WIDE = {4: 24, 6: 48}
_OUTSIDE = "the credential may not be used from this address"

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def networks(values: Sequence[str]) -> tuple[str, ...]:
    """At most 20 networks in canonical form, without repeats. An address alone is a network of one."""
    if len(values) > NETWORKS_MAX:
        raise InvalidInput.of("networks", Rule.MAX_ITEMS, f"must have at most {NETWORKS_MAX} networks")
    return tuple(dict.fromkeys(str(_network(f"networks[{i}]", value)) for i, value in enumerate(values)))


def check_source(allowed: Iterable[str], address: str) -> None:
    """Raises PermissionDenied if `allowed` has networks and the address is in none of them."""
    if not is_allowed(allowed, address):
        raise PermissionDenied(_OUTSIDE, [FieldError("authorization", Rule.SOURCE, _OUTSIDE)])


def wide_network(address: str) -> str:
    """The network by which uses of a key are told apart: a /24 of IPv4, a /48 of IPv6; empty for another text.

    Addresses of one place change within it, so a single address would be new all the time.
    """
    try:
        found = _plain(ipaddress.ip_network(address))
    except ValueError:
        return ""
    prefix = _WIDE[found.version]
    return str(found.supernet(new_prefix=prefix)) if found.prefixlen >= prefix else str(found)


def is_allowed(allowed: Iterable[str], address: str) -> bool:
    """Returns whether the address is in one of the networks, or there are none."""
    blocks = [ipaddress.ip_network(block) for block in allowed]
    return not blocks or _is_in(blocks, address)


def is_within(inner: Iterable[str], outer: Iterable[str]) -> bool:
    """Returns whether `inner` allows no address that `outer` does not allow; no network at all allows every one."""
    narrow, wide = ([ipaddress.ip_network(block) for block in blocks] for blocks in (inner, outer))
    return not wide or (bool(narrow) and all(any(_is_subnet(n, w) for w in wide) for n in narrow))


def _network(field: str, text: str) -> Network:
    try:
        if len(text) <= _TEXT_MAX and text.isascii() and "%" not in text:
            return _plain(ipaddress.ip_network(text))
    except ValueError:
        pass
    message = "must be a network such as 203.0.113.0/24 or 2001:db8::/32, without bits after its prefix"
    raise InvalidInput.of(field, Rule.NETWORK, message)


def _plain(network: Network) -> Network:
    """The network of IPv4 that is written in IPv6's form (RFC 4291, 2.5.5.2); others as they are."""
    mapped = network.network_address.ipv4_mapped if isinstance(network, ipaddress.IPv6Network) else None
    return ipaddress.IPv4Network((mapped, network.prefixlen - 96)) if mapped and network.prefixlen >= 96 else network


def _is_in(blocks: Iterable[Network], address: str) -> bool:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    plain = (found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None) or found
    return any(plain in block for block in blocks)


def _is_subnet(inner: Network, outer: Network) -> bool:
    if isinstance(inner, ipaddress.IPv4Network) and isinstance(outer, ipaddress.IPv4Network):
        return inner.subnet_of(outer)
    if isinstance(inner, ipaddress.IPv6Network) and isinstance(outer, ipaddress.IPv6Network):
        return inner.subnet_of(outer)
    return False
