"""Free ports for servers."""

import socket
from pathlib import Path

import pytest

from local.errors import StackError
from local.servers.ports import free_port, listen
from local.servers.run_context import Options, RunContext

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


async def _port(folder: Path, wanted: int = 0) -> tuple[int, list[str]]:
    """The port that a start on the folder chooses for its gateway, and its remarks."""
    context = RunContext(Options(data=folder))
    async with context.exit_stack:
        port = context.port("gateway", wanted)
        context.folder.save()
        return port, context.remarks


async def test_a_taken_port_is_replaced_for_one_run_alone(tmp_path: Path) -> None:
    first, _ = await _port(tmp_path)
    with listen(first):
        other, remarks = await _port(tmp_path)
    assert other != first
    assert remarks == [f"port {first} of gateway is taken: it is {other} now, and {first} again once that is free"]
    assert await _port(tmp_path) == (first, [])


async def test_a_port_that_was_chosen_is_that_of_later_starts(tmp_path: Path) -> None:
    await _port(tmp_path)
    chosen = free_port()
    assert await _port(tmp_path, chosen) == (chosen, [])
    assert await _port(tmp_path) == (chosen, [])
