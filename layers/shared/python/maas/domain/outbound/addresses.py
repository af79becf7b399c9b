"""Addresses of the public internet, as against those of a machine, a private network or a cloud's inside."""

import ipaddress

# IANA's registries of special-purpose addresses (RFC 6890 and its updates), written out: what `is_global` says differs
# between releases of Python. The last one is the address at which Azure answers its own machines.
_SPECIAL_4 = [
    ipaddress.IPv4Network(block)
    for block in [
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
        "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24",
        "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/4", "240.0.0.0/4", "168.63.129.16/32",
    ]
]  # fmt: skip
# Everything outside of this block is refused: loopback, link-local, unique local (also AWS's fd00:ec2::254), multicast,
# and IPv4 inside of IPv6 (::ffff:0:0/96, 64:ff9b::/96, 64:ff9b:1::/48). Inside of it are Teredo and ORCHID (2001::/23),
# 6to4 (2002::/16), AS112 and documentation.
_UNICAST_6 = ipaddress.IPv6Network("2000::/3")
_SPECIAL_6 = [
    ipaddress.IPv6Network(block)
    for block in ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20")
]


def is_public(address: str) -> bool:
    """Returns whether `address`, as a resolver gives it, is one of the public internet."""
    found = _parsed(address)
    if isinstance(found, ipaddress.IPv4Address):
        return found.is_global and not any(found in block for block in _SPECIAL_4)
    if isinstance(found, ipaddress.IPv6Address):
        return found.is_global and found in _UNICAST_6 and not any(found in block for block in _SPECIAL_6)
    return False


def is_loopback(address: str) -> bool:
    """Returns whether `address` is one of this machine alone."""
    found = _parsed(address)
    return found is not None and found.is_loopback


def _parsed(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(address)  # a zone ("fe80::1%eth0") is parsed too
    except ValueError:
        return None
