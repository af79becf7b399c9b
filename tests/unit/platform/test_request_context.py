"""The context of a request: its deadline, and its fields in the log."""

import json
import logging
from collections.abc import Iterator

import pytest

from maas.platform import deadline, trace
from maas.platform.observability import logger
from maas.platform.request_context import CURRENT, RequestContext, remaining_seconds


@pytest.fixture
def request_context() -> Iterator[RequestContext]:
    context = RequestContext(trace.continued(""), "the-request")
    token = CURRENT.set(context)
    yield context
    CURRENT.reset(token)


def formatted(record: logging.LogRecord) -> dict[str, object]:
    target = logging.getLogger(logger.name)
    target.filter(record)
    fields: dict[str, object] = json.loads(target.handlers[0].format(record))
    return fields


def record() -> logging.LogRecord:
    return logging.LogRecord("maas", logging.INFO, __file__, 1, "hello", None, None)


def test_calls_may_take_their_limit_outside_a_request() -> None:
    assert remaining_seconds(5) == 5


def test_calls_may_take_their_limit_without_a_deadline(request_context: RequestContext) -> None:
    assert remaining_seconds(5) == 5


def test_calls_end_before_the_deadline(request_context: RequestContext) -> None:
    request_context.deadline = deadline.after(2 + deadline.MARGIN)
    assert 1 < remaining_seconds(5) <= 2
    assert remaining_seconds(0.5) == 0.5


def test_no_time_remains_after_the_deadline(request_context: RequestContext) -> None:
    request_context.deadline = deadline.after(0)
    assert remaining_seconds(5) <= 0


def test_log_lines_have_the_fields_of_the_request(request_context: RequestContext) -> None:
    request_context.log_fields = {"request_id": "the-request", **request_context.trace.log_fields()}
    line = formatted(record())
    assert line["request_id"] == "the-request"
    assert line["trace_id"] == request_context.trace.trace_id


def test_log_lines_outside_a_request_have_no_request_id() -> None:
    assert "request_id" not in formatted(record())
