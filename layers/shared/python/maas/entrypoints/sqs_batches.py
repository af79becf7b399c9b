"""The Lambda handler of a function that takes the messages of a batch from SQS together."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from maas.platform import deadline, spans
from maas.platform.observability import logger
from maas.platform.request_context import CURRENT, RequestContext

# Takes bodies by message id, and returns the ids of the failed ones.
Work = Callable[[Mapping[str, str]], Sequence[str]]


def sqs_batch_handler(work: Work) -> Callable[[dict[str, Any], Any], dict[str, Any]]:
    """A handler that calls `work` with all bodies of a batch and returns the failed messages to SQS."""

    def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
        ends = deadline.after(context.get_remaining_time_in_millis() / 1000)
        current, started = spans.started(""), time.perf_counter()
        token = CURRENT.set(RequestContext(current, deadline=ends, log_fields=current.log_fields()))
        try:
            failed = work({record["messageId"]: record["body"] for record in event["Records"]})
        finally:
            CURRENT.reset(token)
            spans.ended(current, "messages", spans.Kind.SERVER, time.perf_counter() - started)
        return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}

    return logger.inject_lambda_context(clear_state=True)(handler)
