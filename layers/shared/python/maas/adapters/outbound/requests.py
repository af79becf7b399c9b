"""Requests to URLs that customers give: the Outbound port over httpcore, which knows no redirect and no proxy."""

import functools
import ssl
from collections.abc import Iterable

import httpcore2 as httpcore

from maas.adapters.outbound.connections import CheckedBackend, Deadline
from maas.adapters.outbound.resolver import Resolve, resolve
from maas.domain.errors import InvalidInput
from maas.domain.outbound.exchange import Fault, OutboundAnswer, OutboundFailed, OutboundLimits, OutboundRequest
from maas.domain.outbound.urls import OutboundUrl, outbound_url

_LIMITS = OutboundLimits()
_AGENT = "MaaS/1"


class HttpOutbound:
    """The Outbound port. `loopback` allows URLs of this machine too; `tls` is for tests with an authority of their own.

    Threads may share it. Each request has a connection of its own, so that nothing of one reaches another.
    """

    def __init__(
        self, *, loopback: bool = False, resolver: Resolve = resolve, tls: ssl.SSLContext | None = None
    ) -> None:
        self._loopback = loopback
        self._resolve = resolver
        self._given_tls = tls

    @functools.cached_property
    def _tls(self) -> ssl.SSLContext:
        """Made for the first request, because reading all authorities takes longer than most imports."""
        return self._given_tls or ssl.create_default_context()

    def send(self, request: OutboundRequest, limits: OutboundLimits = _LIMITS) -> OutboundAnswer:
        try:
            url = outbound_url(request.url, loopback=self._loopback)
        except InvalidInput:
            raise OutboundFailed(Fault.URL) from None
        backend = CheckedBackend(self._resolve, Deadline(limits.seconds), limits, loopback=url.loopback)
        connection = httpcore.HTTPConnection(
            httpcore.Origin(url.scheme.encode(), url.host.encode(), url.port), self._tls, network_backend=backend
        )
        try:
            return _exchanged(connection, _message(request, url), limits.answer_bytes)
        except (httpcore.ReadTimeout, httpcore.WriteTimeout, httpcore.ConnectTimeout):
            raise OutboundFailed(Fault.TIMEOUT) from None
        except (httpcore.ProtocolError, httpcore.NetworkError):
            raise OutboundFailed(Fault.PROTOCOL) from None
        finally:
            connection.close()


def _message(request: OutboundRequest, url: OutboundUrl) -> httpcore.Request:
    # `identity`: a compressed answer would be of no use, because nothing here decompresses it.
    fixed = {"host": url.authority, "user-agent": _AGENT, "accept-encoding": "identity", "connection": "close"}
    if request.method == "POST":
        fixed["content-length"] = str(len(request.body))
    headers = {name.lower(): value for name, value in request.headers.items()} | fixed
    return httpcore.Request(
        request.method,
        httpcore.URL(scheme=url.scheme, host=url.host, port=url.port, target=url.target),
        headers=list(headers.items()),
        content=request.body,
    )


def _exchanged(connection: httpcore.HTTPConnection, message: httpcore.Request, answer_bytes: int) -> OutboundAnswer:
    response = connection.handle_request(message)
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
    assert isinstance(response.stream, Iterable)
    body = bytearray()
    for chunk in response.stream:
        body += chunk
        if len(body) > answer_bytes:
            return OutboundAnswer(response.status, headers, bytes(body[:answer_bytes]), cut=True)
    return OutboundAnswer(response.status, headers, bytes(body))
