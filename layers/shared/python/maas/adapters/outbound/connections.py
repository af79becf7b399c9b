"""Connections of httpcore to checked addresses alone, with one deadline for everything on them."""

import ssl
import time
from collections.abc import Callable, Iterable
from typing import Any

import httpcore2 as httpcore

from maas.adapters.outbound.resolver import Resolve
from maas.domain.outbound.addresses import is_loopback, is_public
from maas.domain.outbound.exchange import Fault, OutboundFailed, OutboundLimits

_ADDRESSES_MAX = 4  # tried in turn


class Deadline:
    """The end of a request. `left` raises OutboundFailed when it has come."""

    def __init__(self, seconds: float) -> None:
        self._ends = time.monotonic() + seconds

    def left(self, at_most: float = 3600.0) -> float:
        seconds = self._ends - time.monotonic()
        if seconds <= 0:
            raise OutboundFailed(Fault.TIMEOUT)
        return min(seconds, at_most)


class CheckedBackend(httpcore.NetworkBackend):
    """Connects to a name: resolves it once, checks every address, and connects to one of those that were checked.

    `loopback` turns the check round: then every address must be one of this machine.
    """

    def __init__(self, resolve: Resolve, deadline: Deadline, limits: OutboundLimits, *, loopback: bool) -> None:
        self._resolve = resolve
        self._deadline = deadline
        self._limits = limits
        self._is_allowed: Callable[[str], bool] = is_loopback if loopback else is_public
        self._backend = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002  # the deadline holds instead
        local_address: str | None = None,  # noqa: ARG002
        socket_options: Iterable[Any] | None = None,  # noqa: ARG002
    ) -> httpcore.NetworkStream:
        addresses = self._resolve(host.strip("[]"), port, self._deadline.left(self._limits.connect_seconds))
        if not addresses or not all(self._is_allowed(address) for address in addresses):
            raise OutboundFailed(Fault.ADDRESS)
        for address in addresses[:_ADDRESSES_MAX]:
            try:
                seconds = self._deadline.left(self._limits.connect_seconds)
                return DeadlineStream(self._backend.connect_tcp(address, port, seconds), self._deadline)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        raise OutboundFailed(Fault.CONNECTION)


class DeadlineStream(httpcore.NetworkStream):
    """A stream each of whose steps ends at the deadline, so that an answer in drips takes no longer than another."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002
        return self._stream.read(max_bytes, self._deadline.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        for start in range(0, len(buffer), 16384):  # the stream below has a time limit for each part of a long text
            self._stream.write(buffer[start : start + 16384], self._deadline.left())

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002
    ) -> httpcore.NetworkStream:
        try:
            name = server_hostname.strip("[]") if server_hostname else None
            return DeadlineStream(self._stream.start_tls(ssl_context, name, self._deadline.left()), self._deadline)
        except httpcore.ConnectError as error:
            raise OutboundFailed(Fault.TLS) from error

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
