"""Messages between two ends of a socket, one of which may send anything."""

import socket
import struct
import threading
import time
from collections.abc import Iterator

import pytest

from maas.adapters.onnx.workers import messages
from maas.adapters.onnx.workers.messages import Closed, Gone, Late, Message

Ends = tuple[socket.socket, socket.socket]


@pytest.fixture
def ends() -> Iterator[Ends]:
    """The function's end, which does not block, and the worker's, which does."""
    own, other = socket.socketpair()
    own.setblocking(False)
    with own, other:
        yield own, other


def _soon(seconds: float = 10) -> float:
    return time.monotonic() + seconds


@pytest.mark.parametrize("size", [0, 5, 3_000_000])
def test_a_message_arrives_whole_both_ways(ends: Ends, size: int) -> None:
    own, other = ends
    body = bytes(range(256)) * (size // 256) + b"x" * (size % 256)

    def echo() -> None:
        found = messages.receive(other, size)
        messages.send(other, found.head, [found.body], found.seconds, found.memory)

    worker = threading.Thread(target=echo)
    worker.start()
    messages.send(own, b'{"a":1}', [body[:3], body[3:]], 1.5, 2**40, _soon())

    assert messages.receive(own, size, _soon()) == Message(b'{"a":1}', body, 1.5, 2**40)
    worker.join()


def test_an_answer_that_does_not_come_is_late(ends: Ends) -> None:
    started = time.monotonic()
    with pytest.raises(Late):
        messages.receive(ends[0], 10, _soon(0.05))
    assert time.monotonic() - started >= 0.05


def test_nothing_is_sent_after_the_end(ends: Ends) -> None:
    with pytest.raises(Late):
        messages.send(ends[0], b"{}", end=_soon(-1))
    ends[0].close()
    assert ends[1].recv(100) == b""


def test_an_end_that_is_gone_gets_nothing(ends: Ends) -> None:
    ends[1].close()
    with pytest.raises(Gone):
        messages.send(ends[0], b"{}", end=_soon())


def test_an_end_that_goes_in_the_middle_may_have_read_something(ends: Ends) -> None:
    closing = threading.Timer(0.2, ends[1].close)
    closing.start()
    with pytest.raises(Closed) as caught:
        messages.send(ends[0], b"{}", [bytes(20_000_000)], end=_soon())
    closing.join()
    assert not isinstance(caught.value, Gone)


def test_a_request_that_nobody_reads_is_late(ends: Ends) -> None:
    with pytest.raises(Late):
        messages.send(ends[0], b"{}", [bytes(20_000_000)], end=_soon(0.05))


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"short",
        struct.pack("<IIdQ", 2, 11, 0, 0) + b"{}" + b"x" * 11,  # a body over the limit
        struct.pack("<IIdQ", messages.HEAD_MAX + 1, 0, 0, 0),
        struct.pack("<IIdQ", 2, 1, 0, 0) + b"{}x" + b"more",
    ],
)
def test_what_is_no_message_closes_the_connection(ends: Ends, sent: bytes) -> None:
    ends[1].sendall(sent)
    ends[1].close()
    with pytest.raises(Closed):
        messages.receive(ends[0], 10, _soon())


@pytest.mark.parametrize("head", [b"", b"[]", b"1", b"\xff", b"{" * 4, b"[" * 100_000, b'{"a":' * 100_000])
def test_a_head_that_is_no_object_is_an_error(head: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - of the parser, or of this module
        messages.read(head)


def test_heads_are_read_short_and_long() -> None:
    long = messages.written({"reason": "x" * 10_000})
    assert messages.read(messages.written({"a": [1]})) == {"a": [1]}
    assert messages.read(long) == {"reason": "x" * 10_000}
