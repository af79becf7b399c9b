"""Leases of messages: a worker keeps its message from other workers for as long as it lives, and not for longer."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from botocore import exceptions

from maas.adapters.aws.sqs_queue import sqs_client

# Seconds after its last renewal at which a message is delivered again.
LEASE = 60
# Seconds between two renewals: two may fail.
RENEWED = 15.0


class MessageLeases:
    """Leases of the messages of some queues, by their URLs; `endpoint` empty means AWS itself.

    The visibility timeout of a queue must be longer than the function's limit of time. Alone it would keep the message
    of a worker that died for as long (docs/decisions/0122-leases-of-messages.md).
    """

    def __init__(self, urls: Sequence[str], endpoint: str, lease: int = LEASE, renewed: float = RENEWED) -> None:
        self._urls = {url.rpartition("/")[2]: url for url in urls}
        self._sqs = sqs_client(endpoint)
        self._lease, self._renewed = lease, renewed

    @contextmanager
    def held(self, queue_arn: str, receipt: str) -> Iterator[None]:
        """Renews the lease of a message until the block ends. A message of another queue has none."""
        url, ended = self._urls.get(queue_arn.rpartition(":")[2], ""), threading.Event()
        thread = threading.Thread(target=self._renew, args=(url, receipt, ended), name="lease", daemon=True)
        if url:
            thread.start()
        try:
            yield
        finally:
            ended.set()
            if url:
                thread.join()

    def _renew(self, url: str, receipt: str, ended: threading.Event) -> None:
        while True:
            # A lease that is not renewed costs work that is done twice, and no result: the work goes on.
            with suppress(exceptions.ClientError, exceptions.ConnectionError, exceptions.HTTPClientError):
                self._sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=receipt, VisibilityTimeout=self._lease)
            if ended.wait(self._renewed):
                return
