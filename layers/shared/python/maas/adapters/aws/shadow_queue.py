"""The queue of shadows in SQS."""

from collections.abc import Sequence
from functools import cached_property

from maas.adapters.aws.sqs_queue import SqsQueue
from maas.domain.shadowing.shadows import Shadow
from maas.wire import shadows as wire


class SqsShadowQueue:
    """The ShadowQueue port. `endpoint` empty means AWS itself.

    The client of SQS is made when it is first needed: by the thread that sends, so that no start waits for it.
    """

    def __init__(self, url: str, endpoint: str = "") -> None:
        self._url, self._endpoint = url, endpoint

    @cached_property
    def _queue(self) -> SqsQueue:
        return SqsQueue("shadow", self._url, self._endpoint)

    def send(self, shadows: Sequence[Shadow]) -> None:
        self._queue.send_text(wire.message(shadows), delay=0)
