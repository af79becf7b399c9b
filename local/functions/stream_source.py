"""Event sources: a table's stream read as Lambda reads it: in order, and again from the record that failed."""

import asyncio
import base64
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local.aws_account import REGION
from local.console import say
from local.functions.sqs_source import Function, failed_ids
from local.functions.worker import InvocationFailed
from local.template.specs import StreamSource

_POLL = 0.25  # seconds between two looks at a stream without news, as on Lambda
_RETRY = 0.5  # seconds before a record that failed comes again

Record = Mapping[str, Any]


class StreamPoller:
    """Feeds one function from one stream until it is cancelled.

    It gives up no record: what Lambda does with one that is too old happens on AWS alone. moto's streams are of one
    shard that never ends.
    """

    def __init__(self, source: StreamSource, streams: Any, function: Function) -> None:
        self._source = source
        self._streams = streams
        self._function = function

    async def run(self) -> None:
        """Reads on only when all that was read has been worked on."""
        stream = await self._ask(self._streams.describe_stream, StreamArn=self._source.stream_arn)
        answer = await self._ask(
            self._streams.get_shard_iterator,
            StreamArn=self._source.stream_arn,
            ShardId=stream["StreamDescription"]["Shards"][0]["ShardId"],
            ShardIteratorType="TRIM_HORIZON",
        )
        iterator = answer["ShardIterator"]
        while True:
            page = await self._ask(self._streams.get_records, ShardIterator=iterator, Limit=self._source.batch_size)
            await self._work([record for record in page["Records"] if self._is_wanted(record)])
            iterator = page["NextShardIterator"]
            if not page["Records"]:
                await asyncio.sleep(_POLL)

    async def _ask(self, call: Any, **arguments: Any) -> Any:
        """A stream that does not answer is asked again a second later."""
        while True:
            try:
                return await asyncio.to_thread(call, **arguments)
            except (BotoCoreError, ClientError) as error:
                say(f"{self._source.stream_arn}: {error}")
                await asyncio.sleep(1)

    def _is_wanted(self, record: Record) -> bool:
        return not self._source.filters or any(matches(pattern, record) for pattern in self._source.filters)

    async def _work(self, records: Sequence[Record]) -> None:
        size = len(records)
        while records:
            batch = records[:size]
            try:
                done = self._done(batch, await self._function.invoke(batch_event(batch, self._source.stream_arn)))
                size = len(records)
            except InvocationFailed:
                done = 0
                size = max(1, size // 2) if self._source.bisect else size
            records = records[done:]
            if done < len(batch):
                await asyncio.sleep(_RETRY)

    def _done(self, batch: Sequence[Record], payload: bytes) -> int:
        """How many come before the first that failed."""
        positions = [record["dynamodb"]["SequenceNumber"] for record in batch]
        failed = failed_ids(payload, positions) if self._source.report_batch_item_failures else set()
        return next((index for index, position in enumerate(positions) if position in failed), len(batch))


def matches(pattern: Any, value: Any) -> bool:
    """EventBridge's patterns as far as specs.StreamSource lets them in: objects, and lists of the values allowed."""
    if isinstance(pattern, dict):
        return isinstance(value, dict) and all(matches(rest, value.get(key)) for key, rest in pattern.items())
    return value in pattern


def batch_event(records: Sequence[Record], stream_arn: str) -> bytes:
    """What Lambda hands to the function, as JSON."""
    lambda_adds = {"eventSource": "aws:dynamodb", "eventSourceARN": stream_arn, "awsRegion": REGION}
    return json.dumps({"Records": [{**record, **lambda_adds} for record in records]}, default=_json).encode()


def _json(value: Any) -> Any:
    return value.timestamp() if isinstance(value, datetime) else base64.b64encode(value).decode()
