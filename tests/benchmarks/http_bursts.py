"""Calls of an HTTP server on loopback, as many and as fast as it answers them."""

import http.client
import json
import os
import socket
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

# A client acknowledges the first segment of an answer up to 40 ms late, and some servers send the next one only then.
# With ACKNOWLEDGE=at-once, on Linux, the client acknowledges it without waiting.
_AT_ONCE = os.environ.get("ACKNOWLEDGE") == "at-once"


@dataclass(frozen=True, slots=True)
class Call:
    """One request. `expected` is the number of items that the list in the field `items` of the answer must have."""

    method: str
    path: str
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    items: str = ""
    expected: int = 0

    def send(self, connection: http.client.HTTPConnection) -> None:
        """Sends the request and reads the answer, which must be the expected one."""
        body = None if self.body is None else json.dumps(self.body)
        connection.request(self.method, self.path, body, {"content-type": "application/json", **self.headers})
        if _AT_ONCE:
            connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)  # the kernel forgets it
        answer = connection.getresponse()
        content = answer.read()
        assert answer.status in (200, 201), content
        assert not self.items or len(json.loads(content)[self.items]) == self.expected


@dataclass(frozen=True, slots=True)
class Burst:
    """The time of each call in seconds, and the calls per second."""

    times: list[float]
    rate: float


def burst(port: int, callers: int, seconds: float, make: Callable[[], Call]) -> Burst:
    """Sends calls over as many persistent connections as there are callers."""
    lanes: list[list[float]] = []
    started = time.perf_counter()

    def call() -> None:
        connection, times = http.client.HTTPConnection("127.0.0.1", port), list[float]()
        while (before := time.perf_counter()) - started < seconds:
            make().send(connection)
            times.append(time.perf_counter() - before)
        connection.close()
        lanes.append(times)

    threads = [threading.Thread(target=call) for _ in range(callers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(lanes) == callers, "a caller failed"
    times = [each for lane in lanes for each in lane]
    return Burst(times, len(times) / (time.perf_counter() - started))
