"""The options of `up` that make one value `public`."""

import functools
import re
from collections.abc import Callable
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

from local.public.certificates import Pair
from local.public.names import LOOPBACK, Network, Public

_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")
_FILE = click.Path(path_type=Path, resolve_path=True, readable=False)  # the checks say it in one line


def _address(_context: click.Context, _option: click.Parameter, value: str) -> str:
    try:
        return str(ip_address(value))
    except ValueError as error:
        raise click.BadParameter(f"{value!r} is not an IP address of this machine") from error


def _networks(_context: click.Context, _option: click.Parameter, values: tuple[str, ...]) -> tuple[Network, ...]:
    try:
        return tuple(ip_network(value) for value in values)
    except ValueError as error:
        raise click.BadParameter(f"{error}") from error


def _url(_context: click.Context, _option: click.Parameter, value: str) -> str:
    """Returns the URL without a slash at the end."""
    if value and not _is_origin(value):
        raise click.BadParameter(f"{value!r} is not http(s)://name or http(s)://name:port")
    return value.rstrip("/")


def _is_origin(value: str) -> bool:
    try:
        parts = urlsplit(value)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        return False
    rest = (parts.path.rstrip("/"), parts.query, parts.fragment, parts.username)
    return parts.scheme in ("http", "https") and _NAME.fullmatch(host) is not None and not any(rest)


_OPTIONS = (
    click.option(
        "--host",
        default=LOOPBACK,
        show_default=True,
        metavar="ADDRESS",
        callback=_address,
        help="Address on which the gateway and the S3 server listen for clients. Everything else stays on loopback.",
    ),
    click.option(
        "--public-url",
        default="",
        metavar="URL",
        callback=_url,
        help="URL under which clients reach the gateway, such as https://maas.example.com.",
    ),
    click.option(
        "--public-s3-url",
        default="",
        metavar="URL",
        callback=_url,
        help="URL under which clients reach the S3 server; signed URLs of uploads and downloads begin with it.",
    ),
    click.option("--tls-cert", type=_FILE, metavar="FILE", help="Certificate and its chain, for both; PEM."),
    click.option("--tls-key", type=_FILE, metavar="FILE", help="Private key of the certificate; PEM."),
    click.option(
        "--trusted-proxy",
        multiple=True,
        metavar="CIDR",
        callback=_networks,
        help="Believe X-Forwarded-* headers of these peers alone; may be given more than once.",
    ),
    click.option("--plain-http", is_flag=True, help="Send passwords and files without TLS beyond this machine."),
)


def public_options(command: Callable[..., None]) -> Callable[..., None]:
    """Adds the options. The command gets them as one argument `public`."""

    @functools.wraps(command)
    def bundled(
        *,
        host: str,
        public_url: str,
        public_s3_url: str,
        tls_cert: Path | None,
        tls_key: Path | None,
        trusted_proxy: tuple[Network, ...],
        plain_http: bool,
        **others: Any,
    ) -> None:
        if (tls_cert is None) != (tls_key is None):
            raise click.UsageError("--tls-cert and --tls-key belong together: give both")
        pair = Pair(tls_cert, tls_key) if tls_cert and tls_key else None
        command(public=Public(host, public_url, public_s3_url, pair, trusted_proxy, plain_http), **others)

    for option in reversed(_OPTIONS):
        bundled = option(bundled)
    return bundled
