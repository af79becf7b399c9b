"""SQS functions: one event loop, messages in turn, and only failed messages returned."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from maas.contracts.upload_messages import FinishedUpload
from maas.domain.errors import Unavailable
from maas.entrypoints.sqs import SqsHandler, sqs_handler
from maas.platform import trace
from maas.platform.request_context import CURRENT, remaining_seconds
from tests.support.http_gateway import CONTEXT

PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def batch(*bodies: str) -> dict[str, Any]:
    return {
        "Records": [
            {
                "messageId": f"m{i}",
                "body": body,
                "attributes": {"ApproximateReceiveCount": "2"},
                "eventSource": "aws:sqs",
            }
            for i, body in enumerate(bodies)
        ]
    }


def body(upload_id: str) -> str:
    return FinishedUpload(upload_id=upload_id, tenant_id="acme").model_dump_json()


class Work:
    """Records the uploads in order, how often SQS delivered each, and the event loops that handled them."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.receives: list[int] = []
        self.loops: set[int] = set()

    async def __call__(self, message: FinishedUpload, receives: int) -> None:
        self.receives.append(receives)
        if message.upload_id == "bad":
            raise Unavailable("the registry does not answer")
        self.loops.add(id(asyncio.get_running_loop()))
        self.done.append(message.upload_id)


@pytest.fixture
def work() -> Work:
    return Work()


@pytest.fixture
def handler(work: Work) -> Iterator[SqsHandler]:
    with asyncio.Runner() as runner:
        yield sqs_handler(runner, FinishedUpload, work)


def failed(answer: Any) -> list[str]:
    return [item["itemIdentifier"] for item in answer["batchItemFailures"]]


def test_one_failed_message_does_not_fail_the_batch(handler: SqsHandler, work: Work) -> None:
    assert failed(handler(batch(body("a"), body("bad"), body("b")), CONTEXT)) == ["m1"]
    assert work.done == ["a", "b"]


def test_the_work_receives_the_number_of_deliveries(handler: SqsHandler, work: Work) -> None:
    assert failed(handler(batch(body("a")), CONTEXT)) == []
    assert work.receives == [2]


def test_a_message_is_held_while_it_is_handled(work: Work) -> None:
    seen: list[object] = []

    @contextmanager
    def held(queue: str, receipt: str) -> Iterator[None]:
        seen.append((queue, receipt))
        yield
        seen.append([*work.done])

    event = batch(body("a"))
    event["Records"][0] |= {"eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:jobs", "receiptHandle": "r"}
    with asyncio.Runner() as runner:
        sqs_handler(runner, FinishedUpload, work, held)(event, CONTEXT)
    assert seen == [("arn:aws:sqs:us-east-1:123456789012:jobs", "r"), ["a"]]


@pytest.mark.parametrize("attribute", [{"stringValue": PARENT, "dataType": "String"}, {"binaryValue": "eA=="}, {}])
def test_a_message_is_handled_in_the_trace_of_its_sender(attribute: dict[str, str]) -> None:
    seen: list[trace.Trace] = []

    async def note(message: FinishedUpload, receives: int) -> None:
        request = CURRENT.get()
        assert request
        seen.append(request.trace)

    event = batch(body("a"), body("b"))
    event["Records"][0]["messageAttributes"] = {"traceparent": attribute}
    with asyncio.Runner() as runner:
        sqs_handler(runner, FinishedUpload, note)(event, CONTEXT)
    is_named = "stringValue" in attribute
    assert (seen[0].trace_id in PARENT, seen[0].parent_id in PARENT[36:], seen[0].sampled) == (is_named, True, is_named)
    assert seen[1].trace_id != seen[0].trace_id
    assert seen[1].parent_id == ""


def test_each_message_has_a_trace_and_the_events_deadline() -> None:
    seen: list[tuple[trace.Trace, float]] = []

    async def note(message: FinishedUpload, receives: int) -> None:
        request = CURRENT.get()
        assert request
        seen.append((request.trace, remaining_seconds(60)))

    with asyncio.Runner() as runner:
        assert failed(sqs_handler(runner, FinishedUpload, note)(batch(body("a"), body("b")), CONTEXT)) == []
    (first, seconds), (second, _) = seen
    assert first.trace_id != second.trace_id
    assert 28 < seconds <= 28.5
    assert remaining_seconds(60) == 60


@pytest.mark.parametrize("text", ["not json", "[]", "{}", '{"upload_id": 1, "tenant_id": "acme"}', ""])
def test_a_malformed_body_is_reported_as_failed(handler: SqsHandler, work: Work, text: str) -> None:
    assert failed(handler(batch(text, body("a")), CONTEXT)) == ["m0"]
    assert work.done == ["a"]


def test_a_batch_that_fails_completely_is_reported(handler: SqsHandler) -> None:
    assert failed(handler(batch(body("bad"), "not json"), CONTEXT)) == ["m0", "m1"]


def test_every_batch_of_a_process_runs_in_one_loop(handler: SqsHandler, work: Work) -> None:
    for _ in range(2):
        assert failed(handler(batch(body("a")), CONTEXT)) == []
    assert len(work.loops) == 1
