"""A queue of removals in memory."""

from maas.domain.collections import Collection
from maas.domain.errors import Unavailable
from maas.domain.removals import Removal


class FakeRemovalQueue:
    """`sent` holds the removals in the order of their messages, `delays` their delays in seconds.

    `steps` holds the steps of collections. While `down`, the queue is unavailable.
    """

    def __init__(self) -> None:
        self.sent: list[Removal] = []
        self.delays: list[int] = []
        self.steps: list[Collection] = []
        self.down = False

    def send(self, removal: Removal, delay: int = 0) -> None:
        if self.down:
            raise Unavailable("the removal queue does not answer")
        self.sent.append(removal)
        self.delays.append(delay)

    def continue_collection(self, collection: Collection, delay: int = 0) -> None:
        if self.down:
            raise Unavailable("the removal queue does not answer")
        self.steps.append(collection)
