"""The queue of finished uploads in SQS."""

from maas.adapters.aws.sqs_queue import SqsQueue


class SqsValidationQueue:
    """The ValidationQueue port. `endpoint` empty means AWS itself."""

    def __init__(self, url: str, endpoint: str = "") -> None:
        self._queue = SqsQueue("validation", url, endpoint)

    def send(self, upload_id: str, tenant_id: str, delay: int = 0) -> None:
        self._queue.send({"upload_id": upload_id, "tenant_id": tenant_id}, delay, group=tenant_id)
