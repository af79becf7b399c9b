"""A stream's poller, under a stream and a function of our own: order, failures, filters."""

import asyncio
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from local.functions import stream_source
from local.functions.stream_source import StreamPoller, batch_event, matches
from local.functions.worker import InvocationFailed
from local.template.specs import StreamSource

ARN = "arn:aws:dynamodb:us-east-1:123456789012:table/t/stream/1"
OUTBOX = {"eventName": ["INSERT", "MODIFY"], "dynamodb": {"Keys": {"sk": {"S": ["EVENTS"]}}}}


def record(number: int, key: str = "EVENTS") -> dict[str, Any]:
    image = {"Keys": {"sk": {"S": key}}, "SequenceNumber": str(number)}
    return {"eventName": "INSERT", "dynamodb": {**image, "ApproximateCreationDateTime": datetime.fromtimestamp(1, UTC)}}


class Stream:
    """boto3's client of a stream with these records; `faults` are is_function_error in place of the next answers."""

    def __init__(self, records: Sequence[dict[str, Any]]) -> None:
        self._records = [*records]
        self.faults: list[Exception] = []

    def describe_stream(self, **_: Any) -> Any:
        return {"StreamDescription": {"Shards": [{"ShardId": "one"}]}}

    def get_shard_iterator(self, **arguments: Any) -> Any:
        assert arguments["ShardIteratorType"] == "TRIM_HORIZON"
        return {"ShardIterator": "0"}

    def get_records(self, **arguments: Any) -> Any:
        if self.faults:
            raise self.faults.pop(0)
        start = int(arguments["ShardIterator"])
        found = self._records[start : start + arguments["Limit"]]
        return {"Records": found, "NextShardIterator": str(start + len(found))}


class Function:
    """Answers with what it was given, in turn, and then that all is well; `batches` has the records' numbers."""

    def __init__(self, *answers: Any) -> None:
        self._answers = [*answers]
        self.batches: list[list[str]] = []
        self.called = asyncio.Semaphore(0)

    async def invoke(self, event: bytes) -> bytes:
        self.called.release()
        self.batches.append([each["dynamodb"]["SequenceNumber"] for each in json.loads(event)["Records"]])
        answer = self._answers.pop(0) if self._answers else []
        if isinstance(answer, Exception):
            raise answer
        return json.dumps({"batchItemFailures": [{"itemIdentifier": each} for each in answer]}).encode()


async def poll(stream: Stream, function: Function, calls: int, **settings: Any) -> list[list[str]]:
    """The batches of so many calls."""
    source = StreamSource(ARN, "Relay", **{"report_batch_item_failures": True, **settings})
    task = asyncio.create_task(StreamPoller(source, stream, function).run())
    async with asyncio.timeout(10):
        for _ in range(calls):
            await function.called.acquire()
    await asyncio.sleep(0.05)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    return function.batches


@pytest.fixture(autouse=True)
def _hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream_source, "_RETRY", 0.01)
    monkeypatch.setattr(stream_source, "_POLL", 0.01)


async def test_everything_comes_once_in_order_and_in_batches() -> None:
    stream = Stream([record(number) for number in range(5)])
    assert await poll(stream, Function(), 3, batch_size=2) == [["0", "1"], ["2", "3"], ["4"]]


async def test_from_the_record_that_failed_on_everything_comes_again_first() -> None:
    stream = Stream([record(number) for number in range(5)])
    batches = await poll(stream, Function(["1"]), 3, batch_size=3)
    assert batches == [["0", "1", "2"], ["1", "2"], ["3", "4"]]


async def test_of_several_failures_the_first_counts() -> None:
    batches = await poll(Stream([record(number) for number in range(3)]), Function(["2", "1"]), 2)
    assert batches == [["0", "1", "2"], ["1", "2"]]


async def test_a_function_that_raises_gets_everything_again() -> None:
    batches = await poll(Stream([record(0), record(1)]), Function(InvocationFailed("no")), 2)
    assert batches == [["0", "1"], ["0", "1"]]


async def test_a_batch_that_raises_comes_in_halves_and_the_bad_record_alone() -> None:
    bad = InvocationFailed("a bad record")
    batches = await poll(Stream([record(number) for number in range(4)]), Function(bad, bad, bad), 5, bisect=True)
    assert batches == [["0", "1", "2", "3"], ["0", "1"], ["0"], ["0"], ["1", "2", "3"]]


async def test_without_partial_failures_an_answer_is_a_success() -> None:
    stream = Stream([record(0), record(1)])
    assert await poll(stream, Function(["0"]), 1, report_batch_item_failures=False) == [["0", "1"]]


async def test_what_no_filter_lets_through_is_passed_over() -> None:
    stream = Stream([record(0, "MODEL"), record(1), record(2, "VERSION#1")])
    assert await poll(stream, Function(), 1, filters=(OUTBOX,)) == [["1"]]


async def test_a_stream_that_does_not_answer_is_asked_again() -> None:
    stream = Stream([record(0)])
    stream.faults = [EndpointConnectionError(endpoint_url="http://127.0.0.1:1")]
    assert await poll(stream, Function(), 1) == [["0"]]


@pytest.mark.parametrize(
    ("value", "matched"),
    [
        ({"eventName": "INSERT", "dynamodb": {"Keys": {"sk": {"S": "EVENTS"}}}}, True),
        ({"eventName": "REMOVE", "dynamodb": {"Keys": {"sk": {"S": "EVENTS"}}}}, False),
        ({"eventName": "INSERT", "dynamodb": {"Keys": {"sk": {"S": "MODEL"}}}}, False),
        ({"eventName": "INSERT", "dynamodb": {"Keys": "EVENTS"}}, False),
        ({"eventName": "INSERT"}, False),
    ],
)
def test_a_pattern_needs_all_of_its_fields(value: Any, matched: bool) -> None:
    assert matches(OUTBOX, value) is matched


def test_a_record_is_as_lambda_hands_it_on() -> None:
    held = {**record(7), "dynamodb": {**record(7)["dynamodb"], "NewImage": {"b": {"B": b"\x00\x01"}}}}
    [found] = json.loads(batch_event([held], ARN))["Records"]
    assert (found["eventSource"], found["eventSourceARN"], found["awsRegion"]) == ("aws:dynamodb", ARN, "us-east-1")
    assert found["dynamodb"]["ApproximateCreationDateTime"] == 1
    assert found["dynamodb"]["NewImage"] == {"b": {"B": "AAE="}}
