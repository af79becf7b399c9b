"""A stream's poller against a fake stream and function: order, failures, filters."""

import asyncio
import json
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from local.functions.stream_positions import StreamPositions
from local.functions.stream_source import StreamPoller, batch_event, matches
from local.functions.worker import InvocationFailed
from local.template.specs import StreamSource

ARN = "arn:aws:dynamodb:us-east-1:123456789012:table/t/stream/1"
OUTBOX = {"eventName": ["INSERT", "MODIFY"], "dynamodb": {"Keys": {"sk": {"S": ["EVENTS"]}}}}


def record(number: int, key: str = "EVENTS") -> dict[str, Any]:
    image = {"Keys": {"sk": {"S": key}}, "SequenceNumber": str(number)}
    return {"eventName": "INSERT", "dynamodb": {**image, "ApproximateCreationDateTime": datetime.fromtimestamp(1, UTC)}}


class Stream:
    """A fake boto3 client of a stream with these records in one shard. `faults` are raised by the next reads."""

    def __init__(self, records: Sequence[dict[str, Any]]) -> None:
        self._records = [*records]
        self.faults: list[Exception] = []

    def describe_stream(self, **_: Any) -> Any:
        return {"StreamDescription": {"Shards": [{"ShardId": "one"}]}}

    def get_shard_iterator(self, **arguments: Any) -> Any:
        after = arguments.get("SequenceNumber")
        numbers = [each["dynamodb"]["SequenceNumber"] for each in self._records]
        return {"ShardIterator": "0" if after is None else str(numbers.index(after) + 1)}

    def get_records(self, **arguments: Any) -> Any:
        if self.faults:
            raise self.faults.pop(0)
        start = int(arguments["ShardIterator"])
        found = self._records[start : start + arguments["Limit"]]
        return {"Records": found, "NextShardIterator": str(start + len(found))}


class Function:
    """Returns the given results in turn, then successes. `batches` has the sequence numbers of each call."""

    def __init__(self, *results: Any) -> None:
        self._results = [*results]
        self.batches: list[list[str]] = []
        self.called = asyncio.Semaphore(0)

    async def invoke(self, event: bytes) -> bytes:
        self.called.release()
        self.batches.append([each["dynamodb"]["SequenceNumber"] for each in json.loads(event)["Records"]])
        result = self._results.pop(0) if self._results else []
        if isinstance(result, Exception):
            raise result
        return json.dumps({"batchItemFailures": [{"itemIdentifier": each} for each in result]}).encode()


async def poll(
    stream: Stream, function: Function, calls: int, positions: Path | None = None, **settings: Any
) -> list[list[str]]:
    """Returns the batches of the first `calls` calls. Without a file of `positions` it starts with the first record."""
    source = StreamSource(ARN, "Relay", **{"report_batch_item_failures": True, **settings})
    with tempfile.TemporaryDirectory() as folder:
        stored = StreamPositions(positions or Path(folder, "positions.json"), ARN)
        poller = StreamPoller(source, stream, function, stored, poll_interval=0.01, retry_delay=0.01)
        return await batches_of(poller, function, calls)


async def batches_of(poller: StreamPoller, function: Function, calls: int) -> list[list[str]]:
    task = asyncio.create_task(poller.run())
    async with asyncio.timeout(10):
        for _ in range(calls):
            await function.called.acquire()
    await asyncio.sleep(0.05)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    return function.batches


async def test_records_arrive_once_in_order_and_in_batches() -> None:
    stream = Stream([record(number) for number in range(5)])
    assert await poll(stream, Function(), 3, batch_size=2) == [["0", "1"], ["2", "3"], ["4"]]


async def test_records_from_the_failed_one_on_are_retried_first() -> None:
    stream = Stream([record(number) for number in range(5)])
    batches = await poll(stream, Function(["1"]), 3, batch_size=3)
    assert batches == [["0", "1", "2"], ["1", "2"], ["3", "4"]]


async def test_the_first_of_several_failures_counts() -> None:
    batches = await poll(Stream([record(number) for number in range(3)]), Function(["2", "1"]), 2)
    assert batches == [["0", "1", "2"], ["1", "2"]]


async def test_a_function_that_raises_receives_the_batch_again() -> None:
    batches = await poll(Stream([record(0), record(1)]), Function(InvocationFailed("no")), 2)
    assert batches == [["0", "1"], ["0", "1"]]


async def test_a_failed_batch_is_bisected_down_to_the_bad_record() -> None:
    bad = InvocationFailed("a bad record")
    batches = await poll(Stream([record(number) for number in range(4)]), Function(bad, bad, bad), 5, bisect=True)
    assert batches == [["0", "1", "2", "3"], ["0", "1"], ["0"], ["0"], ["1", "2", "3"]]


async def test_without_partial_failures_any_result_is_a_success() -> None:
    stream = Stream([record(0), record(1)])
    assert await poll(stream, Function(["0"]), 1, report_batch_item_failures=False) == [["0", "1"]]


async def test_records_that_match_no_filter_are_skipped() -> None:
    stream = Stream([record(0, "MODEL"), record(1), record(2, "VERSION#1")])
    assert await poll(stream, Function(), 1, filters=(OUTBOX,)) == [["1"]]


async def test_a_failed_read_of_the_stream_is_retried() -> None:
    stream = Stream([record(0)])
    stream.faults = [EndpointConnectionError(endpoint_url="http://127.0.0.1:1")]
    assert await poll(stream, Function(), 1) == [["0"]]


async def test_a_restarted_poller_goes_on_after_the_last_processed_record(tmp_path: Path) -> None:
    file = tmp_path / "positions.json"
    stream = Stream([record(number) for number in range(3)])
    assert await poll(stream, Function(), 1, file) == [["0", "1", "2"]]
    longer = Stream([record(number) for number in range(5)])
    assert await poll(longer, Function(), 1, file) == [["3", "4"]]


async def test_a_batch_under_way_at_the_end_is_delivered_again(tmp_path: Path) -> None:
    file = tmp_path / "positions.json"
    stream = Stream([record(number) for number in range(4)])
    failing = Function([], *[InvocationFailed("killed")] * 50)
    await poll(stream, failing, 2, file, batch_size=2)
    assert await poll(stream, Function(), 1, file, batch_size=2) == [["2", "3"]]


async def test_records_before_the_failed_one_are_not_repeated_by_a_restart(tmp_path: Path) -> None:
    file = tmp_path / "positions.json"
    stream = Stream([record(number) for number in range(4)])
    await poll(stream, Function(*[["2"]] * 50), 2, file)
    assert await poll(stream, Function(), 1, file) == [["2", "3"]]


async def test_skipped_records_are_not_read_again_by_a_restart(tmp_path: Path) -> None:
    file = tmp_path / "positions.json"
    stream = Stream([record(0), record(1, "MODEL")])
    assert await poll(stream, Function(), 1, file, filters=(OUTBOX,)) == [["0"]]
    assert StreamPositions(file, ARN).after("one") == "1"


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
def test_a_pattern_matches_only_if_all_its_fields_do(value: Any, matched: bool) -> None:
    assert matches(OUTBOX, value) is matched


@pytest.mark.parametrize(("key", "matched"), [("EVENT#1", True), ("EVENT", False), ("USER#EVENT#1", False)])
def test_a_prefix_matches_texts_that_begin_with_it(key: str, *, matched: bool) -> None:
    pattern = {"dynamodb": {"Keys": {"sk": {"S": [{"prefix": "EVENT#"}]}}}}
    assert matches(pattern, record(1, key)) is matched
    assert not matches(pattern, {"dynamodb": {"Keys": {"sk": {"N": 1}}}})


def test_an_event_has_the_format_of_lambda() -> None:
    original = {**record(7), "dynamodb": {**record(7)["dynamodb"], "NewImage": {"b": {"B": b"\x00\x01"}}}}
    [found] = json.loads(batch_event([original], ARN))["Records"]
    assert (found["eventSource"], found["eventSourceARN"], found["awsRegion"]) == ("aws:dynamodb", ARN, "us-east-1")
    assert found["dynamodb"]["ApproximateCreationDateTime"] == 1
    assert found["dynamodb"]["NewImage"] == {"b": {"B": "AAE="}}
