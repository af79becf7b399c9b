"""Where the gateway and the S3 server listen, and under which names clients reach them."""

from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address
from urllib.parse import urlsplit

from local.public.certificates import Pair

LOOPBACK = "127.0.0.1"
Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class Public:
    """Addresses and names for clients.

    `host` is the address to listen on. `url` and `s3_url` are the names of the gateway and of the S3 server; an empty
    one is made of `host` and the port. `proxies` are the peers whose X-Forwarded-* headers are believed.
    """

    host: str = LOOPBACK
    url: str = ""
    s3_url: str = ""
    pair: Pair | None = None
    proxies: tuple[Network, ...] = ()
    plain_http: bool = False

    @property
    def scheme(self) -> str:
        """The scheme that the gateway and the S3 server speak."""
        return "https" if self.pair else "http"

    @property
    def is_direct(self) -> bool:
        """Returns whether clients use the same ports of loopback as the stack itself."""
        return self.host == LOOPBACK and self.pair is None

    @property
    def is_open(self) -> bool:
        """Returns whether clients on other machines are expected."""
        return not ip_address(self.host).is_loopback or bool(self.url or self.s3_url or self.proxies)

    def gateway(self, port: int) -> str:
        """The gateway's URL for clients."""
        return self.url or f"{self.scheme}://{_literal(self.host)}:{port}"

    def s3(self, port: int) -> str:
        """The URL of the S3 server that presigned URLs begin with."""
        return self.s3_url or f"{self.scheme}://{_literal(urlsplit(self.url).hostname or self.host)}:{port}"


def inside(host: str) -> str:
    """The address under which this machine reaches a server that listens on `host`."""
    address = ip_address(host)
    if not address.is_unspecified:
        return host
    return LOOPBACK if address.version == 4 else "::1"


def _literal(host: str) -> str:
    return f"[{host}]" if ":" in host else host
