"""Addresses of a name, from the operating system's resolver, within a time limit."""

import queue
import socket
import threading
from collections.abc import Callable

from maas.domain.outbound.exchange import Fault, OutboundFailed

Resolve = Callable[[str, int, float], list[str]]

# The operating system's resolver can't be stopped, so threads that wait for a name may outlive their request.
_WAITING_MAX = 32
_waiting = threading.BoundedSemaphore(_WAITING_MAX)


def resolve(host: str, port: int, seconds: float) -> list[str]:
    """All addresses of `host`, IPv4 and IPv6, without repeats. Raises OutboundFailed."""
    if not _waiting.acquire(timeout=max(0.0, seconds)):
        raise OutboundFailed(Fault.TIMEOUT)
    found: queue.SimpleQueue[list[str]] = queue.SimpleQueue()
    threading.Thread(target=_look_up, args=(host, port, found), daemon=True).start()
    try:
        addresses = found.get(timeout=max(0.001, seconds))
    except queue.Empty:
        raise OutboundFailed(Fault.TIMEOUT) from None
    if not addresses:
        raise OutboundFailed(Fault.NAME)
    return addresses


def _look_up(host: str, port: int, found: "queue.SimpleQueue[list[str]]") -> None:
    try:
        answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        found.put(list(dict.fromkeys(str(address[0]) for _, _, _, _, address in answers)))
    except (OSError, UnicodeError):
        found.put([])
    finally:
        _waiting.release()
