"""The queue of deliveries in SQS."""

from maas.adapters.aws.sqs_queue import SqsQueue
from maas.domain.webhooks.deliveries import Delivery


class SqsDeliveryQueue:
    """The DeliveryQueue port. `endpoint` empty means AWS itself."""

    def __init__(self, url: str, endpoint: str = "") -> None:
        self._queue = SqsQueue("deliveries", url, endpoint)

    def send(self, delivery: Delivery, delay: int = 0) -> None:
        message = {
            "tenant_id": delivery.tenant_id,
            "webhook_id": delivery.webhook_id,
            "delivery_id": delivery.id,
            "run": delivery.run,
        }
        self._queue.send(message, delay, group=delivery.tenant_id)
