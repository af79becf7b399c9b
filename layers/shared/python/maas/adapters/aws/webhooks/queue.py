"""The queue of deliveries in SQS."""

from maas.adapters.aws.sqs_queue import SqsQueue


class SqsDeliveryQueue:
    """The DeliveryQueue port. `endpoint` empty means AWS itself."""

    def __init__(self, url: str, endpoint: str = "") -> None:
        self._queue = SqsQueue("deliveries", url, endpoint)

    def send(self, tenant_id: str, webhook_id: str, delivery_id: str, delay: int = 0) -> None:
        self._queue.send({"tenant_id": tenant_id, "webhook_id": webhook_id, "delivery_id": delivery_id}, delay)
