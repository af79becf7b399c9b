"""Free ports for servers."""

import socket
from pathlib import Path

import pytest

from local.errors import StackError
from local.servers.ports import free_port, listen

_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")


def test_free_port_never_returns_a_port_twice() -> None:
    assert len({free_port() for _ in range(200)}) == 200


@pytest.mark.skipif(not _RANGE.exists(), reason="only Linux shows its range of ephemeral ports")
def test_free_ports_are_below_the_ephemeral_range() -> None:
    lowest = int(_RANGE.read_text().split()[0])
    assert all(free_port() < lowest for _ in range(200))


def test_a_wanted_port_that_is_taken_is_rejected() -> None:
    with listen(0) as taken, pytest.raises(StackError, match="can't be used"):
        free_port(taken.getsockname()[1])


def test_a_wanted_port_that_is_free_is_returned() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    assert free_port(port) == port
