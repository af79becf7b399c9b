"""Reading a stream of several shards, from stored positions, with iterators that become unusable."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.functions.stream_positions import StreamPositions
from local.functions.stream_reader import StreamReader

ARN = "arn:aws:dynamodb:us-east-1:123456789012:table/t/stream/1"


class Stream:
    """A fake boto3 client. Each shard has records and may have a parent; `closed` shards have an end.

    An iterator is a shard and the number of its next record. `trimmed` records are gone.
    """

    def __init__(self, shards: dict[str, list[int]], parents: dict[str, str], closed: set[str]) -> None:
        self.shards, self.parents, self.closed = shards, parents, closed
        self.trimmed = 0
        self.faults: list[Exception] = []

    def describe_stream(self, **arguments: Any) -> Any:
        """Returns one shard a page."""
        names = [*self.shards]
        at = names.index(arguments["ExclusiveStartShardId"]) + 1 if "ExclusiveStartShardId" in arguments else 0
        shard = {"ShardId": names[at]} | (
            {"ParentShardId": self.parents[names[at]]} if names[at] in self.parents else {}
        )
        more = {"LastEvaluatedShardId": names[at]} if at + 1 < len(names) else {}
        return {"StreamDescription": {"Shards": [shard], **more}}

    def get_shard_iterator(self, **arguments: Any) -> Any:
        after = int(arguments.get("SequenceNumber", -1))
        if after >= 0 and after < self.trimmed - 1:
            raise error("TrimmedDataAccessException")
        return {"ShardIterator": f"{arguments['ShardId']} {after + 1}"}

    def get_records(self, **arguments: Any) -> Any:
        if self.faults:
            raise self.faults.pop(0)
        shard, _, first = arguments["ShardIterator"].partition(" ")
        numbers = [number for number in self.shards[shard] if number >= max(int(first), self.trimmed)]
        page = numbers[: arguments["Limit"]]
        ended = shard in self.closed and page == numbers
        following = {} if ended else {"NextShardIterator": f"{shard} {page[-1] + 1 if page else first}"}
        return {"Records": [{"dynamodb": {"SequenceNumber": str(number)}} for number in page], **following}


def error(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "GetRecords")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "Relay.json"


def read(stream: Stream, file: Path, reads: int, page_size: int = 10) -> Iterator[tuple[str, list[int]]]:
    """Yields the shard and the numbers of each page with records, and processes it."""
    positions = StreamPositions(file, ARN)
    reader = StreamReader(ARN, stream, positions, page_size)
    for _ in range(reads):
        shard, page = reader.read()
        numbers = [int(record["dynamodb"]["SequenceNumber"]) for record in page]
        if numbers:
            yield shard, numbers
            positions.advance(shard, str(numbers[-1]))


def test_a_parent_is_read_to_its_end_before_its_children(file: Path) -> None:
    stream = Stream({"child": [3, 4], "parent": [1, 2]}, {"child": "parent", "parent": "trimmed"}, {"parent"})
    found = [*read(stream, file, 6, page_size=1)]
    assert found == [("parent", [1]), ("parent", [2]), ("child", [3]), ("child", [4])]


def test_shards_without_a_common_parent_are_read_in_turn(file: Path) -> None:
    stream = Stream({"a": [1, 3], "b": [2, 4]}, {}, set())
    assert [*read(stream, file, 4, page_size=1)] == [("a", [1]), ("b", [2]), ("a", [3]), ("b", [4])]


def test_a_restart_goes_on_after_the_last_record_of_each_shard(file: Path) -> None:
    stream = Stream({"a": [1], "b": [2]}, {"b": "a"}, {"a"})
    assert [*read(stream, file, 3)] == [("a", [1]), ("b", [2])]
    stream.shards["b"].append(3)
    assert [*read(stream, file, 3)] == [("b", [3])]


def test_a_shard_that_opens_later_is_found(file: Path) -> None:
    stream = Stream({"a": [1]}, {}, {"a"})
    pages = read(stream, file, 6)
    assert next(pages) == ("a", [1])
    stream.shards["b"], stream.parents["b"] = [2], "a"
    assert next(pages) == ("b", [2])


@pytest.mark.parametrize("code", ["ExpiredIteratorException", "TrimmedDataAccessException"])
def test_an_unusable_iterator_is_replaced(file: Path, code: str) -> None:
    stream = Stream({"a": [1]}, {}, set())
    stream.faults = [error(code)]
    assert [*read(stream, file, 2)] == [("a", [1])]


def test_an_expired_iterator_goes_on_after_the_last_record(file: Path) -> None:
    stream = Stream({"a": [1, 2]}, {}, set())
    pages = read(stream, file, 3, page_size=1)
    assert next(pages) == ("a", [1])
    stream.faults = [error("ExpiredIteratorException")]
    assert next(pages) == ("a", [2])


def test_a_position_that_is_trimmed_goes_on_at_the_oldest_record(file: Path) -> None:
    stream = Stream({"a": [1, 2, 3, 4]}, {}, set())
    assert [*read(stream, file, 1, page_size=1)] == [("a", [1])]
    stream.trimmed = 3
    assert [*read(stream, file, 1)] == [("a", [3, 4])]


def test_another_error_is_raised_and_loses_no_record(file: Path) -> None:
    stream = Stream({"a": [1], "b": [2]}, {}, set())
    stream.faults = [error("InternalServerError")]
    positions = StreamPositions(file, ARN)
    reader = StreamReader(ARN, stream, positions, 10)
    with pytest.raises(ClientError, match="InternalServerError"):
        reader.read()
    assert [reader.read()[0], reader.read()[0]] == ["a", "b"]


def test_positions_in_another_stream_count_for_nothing(file: Path) -> None:
    StreamPositions(file, ARN).advance("a", "7")
    assert StreamPositions(file, ARN).after("a") == "7"
    assert StreamPositions(file, f"{ARN}2").after("a") is None


@pytest.mark.parametrize("content", ["", "{", "[]", '{"shards": {}}'])
def test_a_damaged_file_starts_again_and_says_so(file: Path, content: str, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text(content)
    assert StreamPositions(file, ARN).after("a") is None
    assert "is damaged" in capsys.readouterr().err


def test_positions_in_shards_that_are_gone_are_dropped(file: Path) -> None:
    StreamPositions(file, ARN).advance("gone", "7")
    assert [*read(Stream({"a": [1]}, {}, set()), file, 1)] == [("a", [1])]
    assert StreamPositions(file, ARN).after("gone") is None
