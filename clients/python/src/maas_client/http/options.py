"""Settings of a client."""

import platform
import ssl
from dataclasses import dataclass, field, replace
from functools import lru_cache
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx2

from maas_client.errors import MaasError
from maas_client.http.calls import require_seconds
from maas_client.http.retries import Retries
from maas_client.version import VERSION

_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")

USER_AGENT = f"maas-client/{VERSION} python/{platform.python_version()} httpx2/{httpx2.__version__}"


class BadAddress(MaasError, ValueError):
    """The address is not one of an HTTP server."""


class BadOption(MaasError, ValueError):
    """An option of the client has no meaning."""


@dataclass(frozen=True)
class Options:
    """`timeout` bounds one call with all its retries. `concurrency` bounds the requests that are under way at once."""

    url: str
    timeout: float = 60.0
    concurrency: int = 64
    connect_timeout: float = 10.0
    retries: Retries = field(default_factory=Retries)
    http2: bool = False
    transport: httpx2.AsyncBaseTransport | None = None

    def __post_init__(self) -> None:
        require_seconds(self.timeout, "timeout", BadOption)
        require_seconds(self.connect_timeout, "connect_timeout", BadOption)
        if self.concurrency < 1:
            raise BadOption("concurrency must be at least 1")

    def client(self) -> httpx2.AsyncClient:
        """Returns the HTTP client. Requests to this machine never go through a proxy. Raises BadAddress."""
        try:
            return self._client()
        except (ValueError, ImportError, OSError, httpx2.InvalidURL) as error:  # of variables of this shell, or HTTP/2
            raise BadAddress(f"no connection can be made with these settings: {error}") from error

    def _client(self) -> httpx2.AsyncClient:
        for proxy in getproxies().values():
            _ = urlsplit(proxy).port  # raises ValueError
        return httpx2.AsyncClient(
            verify=_tls(self.http2),
            http2=self.http2,
            transport=self.transport,
            # The deadline of a call covers reading and writing; a connection alone has a limit of its own.
            timeout=httpx2.Timeout(None, connect=self.connect_timeout),
            limits=httpx2.Limits(max_connections=self.concurrency, max_keepalive_connections=self.concurrency),
            mounts=None if self.transport else {f"all://{host}": None for host in _LOOPBACK},
            headers={"user-agent": USER_AGENT},
        )

    def store_client(self) -> httpx2.AsyncClient:
        """Returns a client for the object store, whose connections are not those of the API."""
        return replace(self, http2=False).client()


def proxy_of(url: str) -> str | None:
    """Returns the scheme whose proxy, from this shell's variables, requests to the address go through."""
    parts = urlsplit(url)
    if _is_loopback(parts.hostname) or proxy_bypass(parts.netloc):
        return None
    return next((kind for kind in (parts.scheme, "all") if kind in getproxies()), None)


def is_guarded(url: str) -> bool:
    """Returns whether nothing on the way can change bytes unnoticed: TLS notices it, and a loopback has no way."""
    parts = urlsplit(url)
    return parts.scheme == "https" or _is_loopback(parts.hostname)


def _is_loopback(host: str | None) -> bool:
    return host in _LOOPBACK or f"[{host}]" in _LOOPBACK


@lru_cache(2)
def _tls(_http2: bool) -> ssl.SSLContext:
    """The context of all connections of a protocol: reading the system's certificates takes some time."""
    return httpx2.create_ssl_context()


def checked_url(url: str) -> str:
    """Returns the address without a slash at its end. Raises BadAddress."""
    try:
        parts, _ = urlsplit(url.strip()), httpx2.URL(url.strip())
        _ = parts.port
    except (ValueError, httpx2.InvalidURL) as error:
        raise BadAddress(f"{url!r} is not the address of an API: {error}") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise BadAddress(f"{url!r} is not the address of an API: write http:// or https:// and a host")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise BadAddress("the address of an API has neither a user, nor a query, nor a fragment")
    return url.strip().rstrip("/")
