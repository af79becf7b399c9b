"""Work on the messages of a batch at once, for a function that waits for other systems."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import replace

from maas.entrypoints.sqs_batches import Work
from maas.platform.observability import logger
from maas.platform.request_context import CURRENT


def in_threads(work: Callable[[str], None], threads: int) -> Work:
    """Work for sqs_batch_handler that calls `work` with each body, in at most `threads` threads.

    A message has failed if `work` raises.
    """
    pool = ThreadPoolExecutor(threads, "message")

    def succeeds(message_id: str, body: str) -> bool:
        batch = CURRENT.get()
        assert batch is not None
        CURRENT.set(replace(batch, log_fields={**batch.log_fields, "message_id": message_id}))
        try:
            work(body)
        except Exception as error:  # noqa: BLE001 - of any kind: SQS delivers the message again
            logger.error("message failed; SQS delivers it again", exc_info=error)
            return False
        return True

    def run(bodies: Mapping[str, str]) -> list[str]:
        running = {each: pool.submit(copy_context().run, succeeds, each, body) for each, body in bodies.items()}
        return [message_id for message_id, future in running.items() if not future.result()]

    return run
