"""Sends each prediction that has ended to a program beside this process, which counts it."""

import asyncio
import json
import socket
from typing import cast

from maas.platform.environment import SettingsError
from maas.platform.request_cache import HIT, MISS
from maas.platform.timings import Timings

# Bytes that wait for a program that does not read. Calls that end meanwhile are not sent.
_WAITING_MAX = 1024 * 1024


class _Transport(asyncio.DatagramTransport, asyncio.WriteTransport):
    """The transport that asyncio makes; the types of its library leave out that it is both."""


class EndedCalls:
    """Datagrams to the Unix socket `path`, or none without it. Each is an object of JSON with two members.

    `headers` has what an answer over HTTP tells of the same prediction in its headers, and `code` the code of its
    error, or "ok". No call waits for the program, and none fails without it.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._transport: _Transport | None = None

    async def open(self) -> None:
        """Opens the socket. Raises SettingsError if nobody reads it."""
        if not self._path:
            return
        loop = asyncio.get_running_loop()
        try:
            transport, _ = await loop.create_datagram_endpoint(
                asyncio.DatagramProtocol, remote_addr=self._path, family=socket.AF_UNIX
            )
        except OSError as error:
            raise SettingsError("MAAS_PREDICTOR_CALLS_SOCKET: nobody reads that socket") from error
        self._transport = cast("_Transport", transport)

    def close(self) -> None:
        """Closes the socket after what waits has been sent."""
        if self._transport:
            self._transport.close()

    def send(self, call: Timings) -> None:
        """Sends a call that has ended."""
        if self._transport and self._transport.get_write_buffer_size() < _WAITING_MAX:
            headers = dict(call.headers())
            if not call.error:
                headers["x-cache"] = HIT if call.hit else MISS
            self._transport.sendto(json.dumps({"headers": headers, "code": call.error or "ok"}).encode())
