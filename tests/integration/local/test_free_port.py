"""Ports for servers: nobody else's, and no outgoing connection's."""

import socket
from pathlib import Path

import pytest

from local.errors import StackError
from local.servers.ports import free_port, listen

_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")


def test_no_two_calls_give_the_same_port() -> None:
    assert len({free_port() for _ in range(200)}) == 200


@pytest.mark.skipif(not _RANGE.exists(), reason="only Linux says which ports it gives to outgoing connections")
def test_no_outgoing_connection_takes_it() -> None:
    lowest = int(_RANGE.read_text().split()[0])
    assert all(free_port() < lowest for _ in range(200))


def test_a_wanted_port_that_is_taken_is_refused() -> None:
    with listen(0) as taken, pytest.raises(StackError, match="can't be used"):
        free_port(taken.getsockname()[1])


def test_a_wanted_port_is_given_when_it_is_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
    assert free_port(port) == port
