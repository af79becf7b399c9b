"""Ports on loopback: free ones for servers, and sockets that listen."""

import contextlib
import errno
import os
import random
import socket

from local.errors import StackError
from local.public.names import LOOPBACK

# Shuffled, so that several runs at once rarely try the same port. Systems use higher ports (Linux from 32768, macOS
# from 49152) for outgoing connections, and one of those could take a port after it was chosen and before it is used.
_BELOW_EPHEMERAL = range(20_000, 32_768)
_CANDIDATES = iter(random.sample(_BELOW_EPHEMERAL, len(_BELOW_EPHEMERAL)))


def free_port(wanted: int = 0) -> int:
    """Returns `wanted` if it is free; for 0, a free port that no earlier call returned.

    Raises:
        StackError: another server listens on `wanted`. Without this check two gRPC servers would share the port
            without an error.
    """
    if wanted:
        listen(wanted).close()
        return wanted
    for port in _CANDIDATES:
        with contextlib.suppress(StackError):
            return free_port(port)
    raise StackError(f"this machine has no free port from {_BELOW_EPHEMERAL.start} to {_BELOW_EPHEMERAL.stop - 1}")


def is_free(port: int) -> bool:
    """Returns whether a server could listen on the port."""
    try:
        listen(port).close()
    except StackError:
        return False
    return True


def listen(port: int, host: str = LOOPBACK) -> socket.socket:
    """Returns a socket that listens on `port` (0: any free port) of the address `host`.

    Raises:
        StackError: the port is taken or not allowed.
    """
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family, backlog=1024)
    except OSError as error:
        if error.errno == errno.EADDRNOTAVAIL:
            raise StackError(f"{host} is not an address of this machine: choose one with --host") from error
        where = "" if host == LOOPBACK else f" of {host}"
        problem = f"port {port}{where} can't be used: {os.strerror(error.errno or 0)}"
        raise StackError(f"{problem}; choose another port, or leave the option out to use any free port") from error
