"""The buffered log handler writes all lines of one event loop iteration at once, and loses none."""

import asyncio
import io
import logging

from maas.grpc_server.buffered_log import BufferedHandler


class CountingStream(io.StringIO):
    writes = 0

    def write(self, text: str) -> int:
        self.writes += 1
        return super().write(text)


def handler_and_stream() -> tuple[BufferedHandler, CountingStream]:
    stream = CountingStream()
    return BufferedHandler(stream, logging.Formatter("%(message)s")), stream


def record(text: str) -> logging.LogRecord:
    return logging.LogRecord("test", logging.INFO, "", 0, text, None, None)


async def test_lines_of_one_iteration_are_one_write_in_order() -> None:
    handler, stream = handler_and_stream()
    for number in range(5):
        handler.handle(record(f"line {number}"))
    assert stream.getvalue() == ""
    await asyncio.sleep(0)
    assert stream.getvalue().split("\n") == [f"line {number}" for number in range(5)] + [""]
    assert stream.writes == 1
    handler.handle(record("next iteration"))
    await asyncio.sleep(0)
    assert stream.writes == 2


async def test_a_thread_writes_at_once() -> None:
    handler, stream = handler_and_stream()
    await asyncio.to_thread(handler.handle, record("from a thread"))
    assert stream.getvalue() == "from a thread\n"


def test_without_an_event_loop_a_line_is_written_at_once() -> None:
    handler, stream = handler_and_stream()
    handler.handle(record("at once"))
    assert stream.getvalue() == "at once\n"


async def test_flush_writes_the_lines_of_a_closing_loop() -> None:
    handler, stream = handler_and_stream()
    handler.handle(record("the last"))
    handler.flush()  # the logging module calls this when a process ends
    assert stream.getvalue() == "the last\n"
