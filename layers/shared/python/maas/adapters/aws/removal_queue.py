"""The queue of removals, and of the steps of collections, in SQS."""

from maas.adapters.aws.sqs_queue import SqsQueue
from maas.domain.collections import Collection
from maas.domain.removals import Removal


class SqsRemovalQueue:
    """The ports RemovalQueue and CollectionQueue. `endpoint` empty means AWS itself."""

    def __init__(self, url: str, endpoint: str = "") -> None:
        self._queue = SqsQueue("removal", url, endpoint)

    def send(self, removal: Removal, delay: int = 0) -> None:
        self._queue.send(removal.message(), delay)

    def continue_collection(self, collection: Collection, delay: int = 0) -> None:
        self._queue.send(collection.message(), delay)
