"""Files of captured predictions in memory, and the log of observations beside them."""

from collections.abc import Sequence

from maas.domain.capturing.captures import CaptureFile, captures_prefix
from maas.domain.errors import Unavailable
from maas.domain.identity.identity_event import IdentityEvent


class FakeCaptures:
    """The ports CaptureWriter and CaptureFiles. While `down`, it is unreachable."""

    def __init__(self) -> None:
        self.kept: dict[str, tuple[bytes, int]] = {}
        self.down = False

    def put(self, key: str, content: bytes, keep_days: int) -> None:
        self._check()
        self.kept[key] = content, keep_days

    def page(self, tenant_id: str, model_id: str, *, limit: int, after: str) -> tuple[Sequence[CaptureFile], bool]:
        self._check()
        prefix = captures_prefix(tenant_id, model_id)
        keys = sorted(key for key in self.kept if key.startswith(prefix) and key > after)
        return [CaptureFile(key, len(self.kept[key][0])) for key in keys[:limit]], len(keys) > limit

    def sign(self, file: CaptureFile) -> str:
        self._check()
        return f"https://store.example.com/{file.key}"

    def _check(self) -> None:
        if self.down:
            raise Unavailable("the fake store is down")


class ObservedEvents:
    """The ObservationLog port. While `down`, it is unreachable."""

    def __init__(self) -> None:
        self.events: list[IdentityEvent] = []
        self.down = False

    def append(self, event: IdentityEvent) -> None:
        if self.down:
            raise Unavailable("the fake log is down")
        self.events.append(event)
