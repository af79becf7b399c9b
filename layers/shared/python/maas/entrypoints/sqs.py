"""The Lambda handler of a function that SQS calls: messages are handled in turn, and only failed ones are retried."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from contextlib import AbstractContextManager, nullcontext
from contextvars import copy_context
from functools import partial
from typing import Any, TypeVar

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from pydantic import BaseModel

from maas.platform import deadline, spans, trace
from maas.platform.observability import logger
from maas.platform.request_context import CURRENT, RequestContext

M = TypeVar("M", bound=BaseModel)
Work = Callable[[M, int], Coroutine[Any, Any, None]]
# Takes a queue's ARN and the receipt of a message, which is kept from other workers until the block ends.
Held = Callable[[str, str], AbstractContextManager[None]]
SqsHandler = Callable[[dict[str, Any], Any], PartialItemFailureResponse]


def sqs_handler(
    runner: asyncio.Runner, message: type[M], work: Work[M], held: Held = lambda _queue, _receipt: nullcontext()
) -> SqsHandler:
    """A handler that calls `work` with each body, parsed as `message`, and returns the failed messages to SQS.

    The second argument of `work` says how often SQS has delivered the message, this time included.
    A message has failed if its body can't be parsed or `work` raises. It is handled in the trace of its sender.
    `runner` keeps one event loop for the whole process, because an open gRPC channel belongs to the loop that opened
    it. Powertools' own asynchronous processor makes a new loop for every batch.
    """
    processor = _LoggedProcessor(EventType.SQS, raise_on_entire_batch_failure=False)

    def handle(record: SQSRecord, ends: float) -> None:
        current, started = spans.started(_parent(record)), time.perf_counter()
        log_fields = {"message_id": record.message_id, **current.log_fields()}
        CURRENT.set(RequestContext(current, deadline=ends, log_fields=log_fields))
        # Without a context of its own, every run would see the variables of the first.
        receives = int(record.attributes.approximate_receive_count or 1)
        is_done = False
        try:
            body = message.model_validate_json(record.body)
            names = record.raw_event  # an event that a person has written may lack them
            with held(names.get("eventSourceARN", ""), names.get("receiptHandle", "")):
                runner.run(work(body, receives), context=copy_context())
            is_done = True
        finally:
            seconds = time.perf_counter() - started
            spans.ended(current, message.__name__, spans.Kind.SERVER, seconds, error=not is_done)

    def handler(event: dict[str, Any], context: Any) -> PartialItemFailureResponse:
        ends = deadline.after(context.get_remaining_time_in_millis() / 1000)
        token = CURRENT.set(None)
        try:
            return process_partial_response(event, partial(handle, ends=ends), processor, context)
        finally:
            CURRENT.reset(token)

    return logger.inject_lambda_context(clear_state=True)(handler)


def _parent(record: SQSRecord) -> str:
    """The span that sent the message, as SqsQueue names it; empty for messages of others, such as those of the bus."""
    attribute = record.raw_event.get("messageAttributes", {}).get(trace.HEADER, {})
    return str(attribute.get("stringValue") or "")


class _LoggedProcessor(BatchProcessor):
    def failure_handler(self, record: Any, exception: Any) -> Any:
        logger.error("message failed; SQS delivers it again", exc_info=exception)
        return super().failure_handler(record, exception)
