"""Messages between a function's process and the processes that run models.

A message has a fixed part, a head of JSON and a body of bytes. Calls of one model with values of the same shape have
the same head, so neither end writes or parses it anew. Both ends read with a limit of size, and the function's end with
one of time: the other end may be a process that a model has taken over.
"""

import json
import select
import socket
import struct
import time
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from math import ceil
from typing import Any, NamedTuple

# The lengths of head and body, and the two numbers that differ from call to call.
_FIXED = struct.Struct("<IIdQ")
HEAD_MAX = 1024 * 1024
# Bytes. Larger heads are not kept.
_KEPT_HEAD = 4096
# Bytes. A larger buffer would be mapped anew for each call.
_AT_ONCE = 64 * 1024


class Closed(Exception):
    """The other end is gone, or what it sends is no message."""


class Gone(Closed):
    """The other end was gone before anything of the message was sent."""


class Late(Exception):
    """The time limit passed before the message was complete."""


class Message(NamedTuple):
    """`seconds` and `memory` (bytes) limit a request, and tell what an answer took."""

    head: bytes
    body: bytes
    seconds: float = 0.0
    memory: int = 0


def written(head: Mapping[str, Any]) -> bytes:
    return json.dumps(head, separators=(",", ":")).encode()


def read(head: bytes) -> dict[str, Any]:
    """The content of a head, which is not to be changed. Raises ValueError if it is no object of JSON."""
    return _kept(head) if len(head) <= _KEPT_HEAD else _read(head)


def send(
    connection: socket.socket,
    head: bytes,
    contents: Iterable[bytes] = (),
    seconds: float = 0.0,
    memory: int = 0,
    end: float | None = None,
) -> None:
    """Sends a message until `end`, a time of time.monotonic(); None, of a blocking connection, waits without limit.

    Raises Closed, Gone, Late.
    """
    body = b"".join(contents)
    whole = left = memoryview(b"".join((_FIXED.pack(len(head), len(body), seconds, memory), head, body)))
    if end is not None and time.monotonic() >= end:
        raise Late
    while left:
        try:
            left = left[connection.send(left) :]
        except BlockingIOError:
            _wait(connection, select.POLLOUT, end)
        except OSError:
            raise (Gone if left is whole else Closed) from None


def receive(
    connection: socket.socket,
    body_max: int,
    end: float | None = None,
    *,
    on_long: Callable[[], object] = lambda: None,
) -> Message:
    """Receives a message whose body has at most `body_max` bytes. Raises Closed, Late.

    The other end sends nothing behind a message before it has an answer, so a short message is read by one call.
    `on_long` is called before the rest of another one is read, which takes memory.
    """
    data = _part(connection, _AT_ONCE, end)
    while len(data) < _FIXED.size:
        data += _part(connection, _AT_ONCE, end)
    head, body, seconds, memory = _FIXED.unpack_from(data)
    if head > HEAD_MAX or body > body_max:
        raise Closed
    parts, left = [data], _FIXED.size + head + body - len(data)
    if left > 0:
        on_long()
    while left > 0:
        parts.append(_part(connection, min(left, _AT_ONCE), end))
        left -= len(parts[-1])
    if left < 0:
        raise Closed
    data, start = b"".join(parts), _FIXED.size + head
    return Message(data[_FIXED.size : start], data[start:], seconds, memory)


def _part(connection: socket.socket, size: int, end: float | None) -> bytes:
    while True:
        if end is not None:
            _wait(connection, select.POLLIN, end)
        try:
            part = connection.recv(size)
        except BlockingIOError:
            continue
        except OSError:
            raise Closed from None
        if not part:
            raise Closed
        return part


def _wait(connection: socket.socket, event: int, end: float | None) -> None:
    """Waits until the connection is ready, or has ended. Raises Late."""
    left = 0.0 if end is None else end - time.monotonic()
    poll = select.poll()
    poll.register(connection, event)
    if left <= 0 or not poll.poll(ceil(left * 1000)):
        raise Late


def _read(head: bytes) -> dict[str, Any]:
    try:
        found = json.loads(head)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(found, dict):
        raise ValueError("no object")  # noqa: TRY004 - of a text, not of a program
    return found


_kept = lru_cache(maxsize=256)(_read)
