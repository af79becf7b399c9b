"""A validation queue in memory."""

from maas.domain.errors import Unavailable


class FakeValidationQueue:
    """`sent` holds the ids (upload, tenant) in the order of their messages, `delays` their delays in seconds.

    While `down`, the queue is unavailable.
    """

    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []
        self.delays: list[int] = []
        self.down = False

    def send(self, upload_id: str, tenant_id: str, delay: int = 0) -> None:
        if self.down:
            raise Unavailable("the validation queue does not answer")
        self.sent.append((upload_id, tenant_id))
        self.delays.append(delay)
