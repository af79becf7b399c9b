"""The queue of events for the audit log in SQS."""

from maas.adapters.aws.sqs_queue import SqsQueue


class SqsAuditQueue:
    """The AuditQueue port. `endpoint` empty means AWS itself."""

    def __init__(self, url: str, endpoint: str = "") -> None:
        self._queue = SqsQueue("audit", url, endpoint)

    def send(self, body: str, delay: int) -> None:
        self._queue.send_text(body, delay)
