"""Predictions over gRPC, which do not pass the gateway: the predictor sends each one that has ended."""

import asyncio
import json
import socket
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

# Counts a prediction by the headers that tell of it and the code of its error, or "ok".
Count = Callable[[Mapping[str, str], str], None]
# Bytes of a datagram (functions.predictor.ended_calls) are some hundreds.
_DATAGRAM_MAX = 65_536


class PredictorCalls:
    """A Unix socket that the predictor sends to. It is bound at once, so that the predictor may start first.

    It is in a folder of its own below the system's temporary one: the path of a socket has at most 103 bytes on some
    systems.
    """

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="maas-")
        self.path = Path(self._folder.name, "calls")
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.bind(str(self.path))
        self._loop = asyncio.get_running_loop()

    def listen(self, count: Count) -> None:
        """Counts what comes from now on, and what has come."""
        self._loop.add_reader(self._socket.fileno(), self._read, count)

    def close(self) -> None:
        self._loop.remove_reader(self._socket.fileno())
        self._socket.close()
        self._folder.cleanup()

    def _read(self, count: Count) -> None:
        with suppress(BlockingIOError):  # there is none left
            while True:
                call = json.loads(self._socket.recv(_DATAGRAM_MAX))
                count(call["headers"], call["code"])
