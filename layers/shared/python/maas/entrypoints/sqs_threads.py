"""The Lambda handler of a function that waits for other systems: the messages of a batch are handled at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any

from maas.platform import deadline, trace
from maas.platform.observability import logger
from maas.platform.request_context import CURRENT, RequestContext


def sqs_threads_handler(work: Callable[[str], None], threads: int) -> Callable[[dict[str, Any], Any], dict[str, Any]]:
    """A handler that calls `work` with each body, in at most `threads` threads, and returns the failed messages to SQS.

    A message has failed if `work` raises.
    """
    pool = ThreadPoolExecutor(threads, "message")

    def succeeds(record: dict[str, Any], ends: float) -> bool:
        current = trace.continued("")
        CURRENT.set(RequestContext(current, deadline=ends, log_fields={"message_id": record["messageId"]}))
        try:
            work(record["body"])
        except Exception as error:  # noqa: BLE001 - of any kind: SQS delivers the message again
            logger.error("message failed; SQS delivers it again", exc_info=error)
            return False
        return True

    def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
        ends = deadline.after(context.get_remaining_time_in_millis() / 1000)
        records = event["Records"]
        running = [pool.submit(copy_context().run, succeeds, record, ends) for record in records]
        failed = [each["messageId"] for each, future in zip(records, running, strict=True) if not future.result()]
        return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}

    return logger.inject_lambda_context(clear_state=True)(handler)
