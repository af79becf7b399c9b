"""Parts of the audit log that fail before or after an effect, as a killed process or a lost answer does."""

from collections.abc import Sequence
from random import Random

from maas.domain.audit.chain import Head, Segment
from maas.domain.audit.events import AuditEvent
from maas.domain.errors import Unavailable
from maas.services.ports.audit import AuditIndex, AuditObjects


class Crash(BaseException):
    """The end of the process: no code of ours catches it."""


class Crashes:
    """Raises at some calls: a crash, or an outage whose call may have had its effect."""

    def __init__(self, random: Random, share: float) -> None:
        self._random = random
        self._share = share
        self.count = 0

    def __call__(self) -> None:
        if self._random.random() < self._share:
            self.count += 1
            raise self._random.choice([Crash(), Unavailable("no answer")])


class CrashingObjects:
    """AuditObjects."""

    def __init__(self, objects: AuditObjects, crash: Crashes) -> None:
        self._objects = objects
        self._crash = crash

    def add(self, key: str, body: bytes) -> bool:
        self._crash()
        added = self._objects.add(key, body)
        self._crash()
        return added

    def read(self, key: str) -> bytes:
        self._crash()
        return self._objects.read(key)

    def sign(self, key: str, seconds: int) -> str:
        return self._objects.sign(key, seconds)


class CrashingIndex:
    """The part of AuditIndex that the writer uses."""

    def __init__(self, index: AuditIndex, crash: Crashes) -> None:
        self._index = index
        self._crash = crash
        self.find, self.segments = index.find, index.segments

    def head(self, organization: str) -> Head:
        self._crash()
        return self._index.head(organization)

    def known(self, events: Sequence[AuditEvent]) -> set[str]:
        self._crash()
        return self._index.known(events)

    def extend(self, segment: Segment) -> bool:
        self._crash()
        extended = self._index.extend(segment)
        self._crash()
        return extended
