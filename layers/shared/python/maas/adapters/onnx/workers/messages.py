"""Messages between a function's process and the processes that run models: a line of JSON, and bytes behind it.

Both ends read with a limit of time and of size, since the other end may be a process that a model has taken over.
"""

import json
import socket
import struct
import time
from collections.abc import Iterable, Mapping
from typing import Any

_SIZES = struct.Struct("<II")
HEAD_MAX = 1024 * 1024
# Bytes. A larger buffer would be mapped anew for each call.
_AT_ONCE = 64 * 1024


class Closed(Exception):
    """The other end is gone, or what it sends is no message."""


class Late(Exception):
    """The time limit passed before the message was complete."""


def send(
    connection: socket.socket, head: Mapping[str, Any], contents: Iterable[bytes] = (), end: float | None = None
) -> None:
    """Sends a message until `end`, a time of time.monotonic(); None waits without limit. Raises Closed, Late."""
    text, body = json.dumps(head, separators=(",", ":")).encode(), b"".join(contents)
    try:
        connection.settimeout(_left(end))
        connection.sendall(_SIZES.pack(len(text), len(body)) + text + body)
    except TimeoutError:
        raise Late from None
    except OSError:
        raise Closed from None


def receive(connection: socket.socket, body_max: int, end: float | None = None) -> tuple[Any, bytes]:
    """Receives a message whose bytes are at most `body_max`. Raises Closed, Late.

    The other end sends nothing behind a message before it has an answer, so a short message is read by one call.
    """
    data = _part(connection, _AT_ONCE, end)
    while len(data) < _SIZES.size:
        data += _part(connection, _AT_ONCE, end)
    head, body = _SIZES.unpack_from(data)
    if head > HEAD_MAX or body > body_max:
        raise Closed
    parts, left = [data], _SIZES.size + head + body - len(data)
    while left > 0:
        parts.append(_part(connection, min(left, _AT_ONCE), end))
        left -= len(parts[-1])
    data = b"".join(parts)
    if left < 0:
        raise Closed
    try:
        return json.loads(data[_SIZES.size : _SIZES.size + head]), data[_SIZES.size + head :]
    except (ValueError, RecursionError):
        raise Closed from None


def _part(connection: socket.socket, size: int, end: float | None) -> bytes:
    try:
        connection.settimeout(_left(end))
        part = connection.recv(size)
    except TimeoutError:
        raise Late from None
    except OSError:
        raise Closed from None
    if not part:
        raise Closed
    return part


def _left(end: float | None) -> float | None:
    if end is None:
        return None
    left = end - time.monotonic()
    if left <= 0:
        raise Late
    return left
