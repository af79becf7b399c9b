"""Lines of one turn of the event loop in one write: none is lost, none waits for anything but the turn."""

import asyncio
import io
import logging

from functions.registry.server.buffered_log import BufferedHandler


class Counted(io.StringIO):
    writes = 0

    def write(self, text: str) -> int:
        self.writes += 1
        return super().write(text)


def make() -> tuple[BufferedHandler, Counted]:
    stream = Counted()
    return BufferedHandler(stream, logging.Formatter("%(message)s")), stream


def record(text: str) -> logging.LogRecord:
    return logging.LogRecord("test", logging.INFO, "", 0, text, None, None)


async def test_lines_of_one_turn_are_one_write_in_their_order() -> None:
    handler, stream = make()
    for number in range(5):
        handler.handle(record(f"line {number}"))
    assert stream.getvalue() == ""
    await asyncio.sleep(0)
    assert stream.getvalue().split("\n") == [f"line {number}" for number in range(5)] + [""]
    assert stream.writes == 1
    handler.handle(record("next turn"))
    await asyncio.sleep(0)
    assert stream.writes == 2


async def test_a_thread_does_not_wait_for_the_loop() -> None:
    handler, stream = make()
    await asyncio.to_thread(handler.handle, record("from a thread"))
    assert stream.getvalue() == "from a thread\n"


def test_without_a_loop_a_line_is_written_at_once() -> None:
    handler, stream = make()
    handler.handle(record("at once"))
    assert stream.getvalue() == "at once\n"


async def test_what_a_closing_loop_leaves_is_written_at_the_end() -> None:
    handler, stream = make()
    handler.handle(record("the last"))
    handler.flush()  # what logging does when a process ends
    assert stream.getvalue() == "the last\n"
