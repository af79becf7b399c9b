"""Reads a DynamoDB stream: all its shards, a parent before its children, each after its last processed record."""

from collections.abc import Mapping, Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local.functions.stream_positions import StreamPositions

Record = Mapping[str, Any]
# The iterator is too old, or points before the oldest record. The second comes from DynamoDB Local for an iterator of a
# shard that was empty when another table was written.
_EXPIRED, _TRIMMED = "ExpiredIteratorException", "TrimmedDataAccessException"


class StreamReader:
    """`streams` is a boto3 client. Its calls block, so this class is used in a thread.

    The records of a page must be processed before the next call of `read`.
    """

    def __init__(self, stream_arn: str, streams: Any, positions: StreamPositions, page_size: int) -> None:
        self._stream_arn = stream_arn
        self._streams = streams
        self._positions = positions
        self._page_size = page_size
        self._iterators: dict[str, str] = {}  # of the open shards, the one to read next first
        self._ended: set[str] = set()

    def read(self) -> tuple[str, Sequence[Record]]:
        """Returns a shard and its next records, which may be none.

        Raises:
            BotoCoreError, ClientError: the stream can't be read now. The next call starts after the last position.
        """
        if not self._iterators:
            self._open()
        if not self._iterators:
            return "", ()
        shard = next(iter(self._iterators))
        try:
            page = self._streams.get_records(ShardIterator=self._iterators.pop(shard), Limit=self._page_size)
        except (BotoCoreError, ClientError) as error:
            self._iterators.clear()
            if _code(error) == _TRIMMED:
                self._positions.forget(shard)
            if _code(error) in (_TRIMMED, _EXPIRED):
                return shard, ()
            raise
        if following := page.get("NextShardIterator"):
            self._iterators[shard] = following
        else:
            self._ended.add(shard)
            self._iterators.clear()  # its children follow
        return shard, page["Records"]

    def _open(self) -> None:
        """Sets iterators for the shards that have not ended and whose parents have been read to the end."""
        shards = self._shards()
        self._positions.keep(shards)
        unread = shards.keys() - self._ended
        self._iterators = {
            shard: self._iterator(shard) for shard in shards if {shard, shards[shard]} & unread == {shard}
        }

    def _shards(self) -> dict[str, str | None]:
        """The parent of each shard."""
        shards: dict[str, str | None] = {}
        following: dict[str, str] = {}
        while True:
            page = self._streams.describe_stream(StreamArn=self._stream_arn, **following)["StreamDescription"]
            shards |= {shard["ShardId"]: shard.get("ParentShardId") for shard in page["Shards"]}
            if not page.get("LastEvaluatedShardId"):
                return shards
            following = {"ExclusiveStartShardId": page["LastEvaluatedShardId"]}

    def _iterator(self, shard: str) -> str:
        where = {"StreamArn": self._stream_arn, "ShardId": shard}
        get = self._streams.get_shard_iterator
        if after := self._positions.after(shard):
            try:
                found = get(**where, ShardIteratorType="AFTER_SEQUENCE_NUMBER", SequenceNumber=after)
                return str(found["ShardIterator"])
            except ClientError as error:
                if _code(error) != _TRIMMED:
                    raise
        return str(get(**where, ShardIteratorType="TRIM_HORIZON")["ShardIterator"])


def _code(error: Exception) -> str:
    return str(error.response["Error"]["Code"]) if isinstance(error, ClientError) else ""
