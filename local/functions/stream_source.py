"""DynamoDB stream event sources: reads a stream as Lambda does, in order and again from the first failed record."""

import asyncio
import base64
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local.aws_account import REGION
from local.console import say
from local.functions.sqs_source import Function, failed_ids
from local.functions.stream_positions import StreamPositions
from local.functions.stream_reader import Record, StreamReader
from local.functions.worker import InvocationFailed
from local.template.specs import StreamSource


class StreamPoller:
    """Invokes one function with the records of one stream until it is cancelled.

    Failed records are retried without limit; Lambda's limits apply only on AWS.
    """

    def __init__(
        self,
        source: StreamSource,
        streams: Any,
        function: Function,
        positions: StreamPositions,
        poll_interval: float = 0.25,
        retry_delay: float = 0.5,
    ) -> None:
        """`poll_interval` is the pause in seconds after a read without records; Lambda's is the same."""
        self._source = source
        self._reader = StreamReader(source.stream_arn, streams, positions, source.batch_size)
        self._function = function
        self._positions = positions
        self._poll_interval = poll_interval
        self._retry_delay = retry_delay

    async def run(self) -> None:
        """Reads the next records only after all earlier ones were processed."""
        while True:
            try:
                shard, records = await asyncio.to_thread(self._reader.read)
            except (BotoCoreError, ClientError) as error:
                say(f"{self._source.stream_arn}: {error}")
                await asyncio.sleep(1)
                continue
            if records:
                await self._process(shard, records)
            else:
                await asyncio.sleep(self._poll_interval)

    def _matches_filters(self, record: Record) -> bool:
        return not self._source.filters or any(matches(pattern, record) for pattern in self._source.filters)

    async def _process(self, shard: str, page: Sequence[Record]) -> None:
        records = [record for record in page if self._matches_filters(record)]
        size = len(records)
        while records:
            batch = records[:size]
            try:
                payload = await self._function.invoke(batch_event(batch, self._source.stream_arn))
                done = self._succeeded_count(batch, payload)
                size = len(records)
            except InvocationFailed:
                done = 0
                size = max(1, size // 2) if self._source.bisect else size
            records = records[done:]
            if done and records:
                await self._advance(shard, batch[done - 1])
            if done < len(batch):
                await asyncio.sleep(self._retry_delay)
        await self._advance(shard, page[-1])

    async def _advance(self, shard: str, record: Record) -> None:
        await asyncio.to_thread(self._positions.advance, shard, record["dynamodb"]["SequenceNumber"])

    def _succeeded_count(self, batch: Sequence[Record], payload: bytes) -> int:
        """The number of records before the first failed one."""
        positions = [record["dynamodb"]["SequenceNumber"] for record in batch]
        failed = failed_ids(payload, positions) if self._source.report_batch_item_failures else set()
        return next((index for index, position in enumerate(positions) if position in failed), len(batch))


def matches(pattern: Any, value: Any) -> bool:
    """Returns whether a value matches an EventBridge pattern made of objects and lists of allowed values or prefixes.

    `local.template.event_sources` rejects all other patterns.
    """
    if isinstance(pattern, dict):
        return isinstance(value, dict) and all(matches(rest, value.get(key)) for key, rest in pattern.items())
    return any(_allows(each, value) for each in pattern)


def _allows(allowed: Any, value: Any) -> bool:
    if isinstance(allowed, dict):
        return isinstance(value, str) and value.startswith(allowed["prefix"])
    return bool(value == allowed)


def batch_event(records: Sequence[Record], stream_arn: str) -> bytes:
    """The event that Lambda passes to the function, as JSON."""
    lambda_adds = {"eventSource": "aws:dynamodb", "eventSourceARN": stream_arn, "awsRegion": REGION}
    return json.dumps({"Records": [{**record, **lambda_adds} for record in records]}, default=_json).encode()


def _json(value: Any) -> Any:
    return value.timestamp() if isinstance(value, datetime) else base64.b64encode(value).decode()
