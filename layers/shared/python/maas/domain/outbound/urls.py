"""URLs that a customer gives for requests of ours: https, a plain DNS name, port 443.

One expression takes a URL apart, and whatever it does not describe is refused. So no two parsers can disagree about the
host.
"""

import re
from dataclasses import dataclass

from maas.domain.errors import InvalidInput, Rule

URL_MAX = 2048
_NAME_MAX = 253
_PARTS = re.compile(
    r"(?P<scheme>https?)://(?P<host>[A-Za-z0-9.-]+|\[::1\])(?::(?P<port>[0-9]{1,5}))?(?P<target>(?:[/?][!-~]*)?)"
)
_PORTS = {"https": 443, "http": 80}
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
# Never a name of the public internet (RFC 6761, RFC 6762, RFC 7686, and ICANN's reserved `internal`).
_SPECIAL_NAMES = frozenset({"localhost", "local", "internal", "arpa", "onion", "invalid", "test"})
_LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "[::1]"})
_RULE = (
    "must be a URL such as https://example.com/path: https, a public DNS name in ASCII and no address, port 443, "
    f"no user, no fragment, at most {URL_MAX} visible ASCII characters"
)
_RULE_WITH_LOOPBACK = f"{_RULE}; or one of this machine: http or https, localhost, 127.0.0.1 or [::1], any port"


@dataclass(frozen=True, slots=True)
class OutboundUrl:
    """A URL in parts. `target` is its path with the query; `loopback` says that only this machine is meant."""

    scheme: str
    host: str
    port: int
    target: str
    loopback: bool = False

    @property
    def authority(self) -> str:
        """The host, and the port unless it is that of the scheme."""
        return self.host if self.port == _PORTS[self.scheme] else f"{self.host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}{self.target}"


def outbound_url(text: str, field: str = "url", *, loopback: bool = False) -> OutboundUrl:
    """The URL in parts. With `loopback` one of this machine is taken too: localhost, 127.0.0.1, [::1], any port, http.

    Raises:
        InvalidInput
    """
    broken = _RULE_WITH_LOOPBACK if loopback else _RULE
    parts = _PARTS.fullmatch(text) if len(text) <= URL_MAX else None
    if parts is None or any(c in parts["target"] for c in '#\\"<>^`{|}'):
        raise InvalidInput.of(field, Rule.URL, broken)
    scheme, host = parts["scheme"], parts["host"].lower()
    port = int(parts["port"] or _PORTS[scheme])
    target = parts["target"] if parts["target"].startswith("/") else f"/{parts['target']}"
    if loopback and host in _LOOPBACK_HOSTS and 0 < port < 65536:
        return OutboundUrl(scheme, host, port, target, loopback=True)
    if scheme != "https" or port != 443 or not _is_public_name(host):
        raise InvalidInput.of(field, Rule.URL, broken)
    return OutboundUrl(scheme, host, port, target)


def _is_public_name(host: str) -> bool:
    """Returns whether `host` is a name with two labels or more, without a dot at its end.

    The last label has a letter, so no spelling of an address is a name: resolvers read 127.1 and 0x7f.1 as addresses.
    """
    labels = host.split(".")
    if len(host) > _NAME_MAX or len(labels) < 2 or not all(_LABEL.fullmatch(label) for label in labels):
        return False
    last = labels[-1]
    return last not in _SPECIAL_NAMES and not last[0].isdecimal() and last.replace("-", "").isalnum()
