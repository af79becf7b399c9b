"""Refuses what is not safe, or can't work, once clients on other machines reach the stack."""

from collections.abc import Iterator
from ipaddress import ip_address
from urllib.parse import urlsplit

from local.errors import StackError
from local.public.names import Public

_TLS = "add --tls-cert and --tls-key, or name the proxy that has the certificate with --trusted-proxy"


def check(public: Public, *, registry_auth: str, sam: bool) -> None:
    """Checks the options together, before anything starts.

    Raises:
        StackError: the first problem, and what to do.
    """
    if sam and public != Public():
        raise StackError(
            "with --sam the stack is for this machine alone: leave out --host, --public-url, --tls-cert, …"
        )
    if public.pair:
        public.pair.check()
    for problem in _problems(public):
        raise StackError(problem)
    if public.is_open and registry_auth == "off":
        raise StackError(
            "--registry-auth off is for loopback alone: set it to on, or leave out --host and --public-url"
        )


def refuse_moto(public: Public) -> None:
    """Raises StackError if other machines would reach moto's S3."""
    if public.is_open:
        raise StackError(
            "moto's S3 checks no signatures, so other machines must not reach it: use --s3 minio with another folder"
        )


def _problems(public: Public) -> Iterator[str]:
    yield from _schemes(public)
    if public.proxies and not (public.url and public.s3_url):
        yield "--trusted-proxy needs --public-url and --public-s3-url: signed URLs must have the proxy's names"
    plain = not ip_address(public.host).is_loopback and not public.pair and not public.proxies
    if plain and not public.plain_http:
        yield f"--host {public.host} would send passwords in the clear: {_TLS}, or accept that with --plain-http"
    if ip_address(public.host).is_unspecified and not public.url:
        yield f"{public.host} is not an address that clients can use: add --public-url with the name that they use"


def _schemes(public: Public) -> Iterator[str]:
    for option, url in (("--public-url", public.url), ("--public-s3-url", public.s3_url)):
        scheme = urlsplit(url).scheme
        if scheme == "https" and not public.pair and not public.proxies:
            yield f"{option} {url} needs TLS: {_TLS}"
        if scheme == "http" and public.pair:
            yield f"{option} {url} must begin with https, because --tls-cert is given"
        if scheme == "http" and not public.plain_http:
            yield f"{option} {url} would send passwords in the clear: use https, or accept that with --plain-http"
