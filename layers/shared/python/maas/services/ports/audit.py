"""The needs of the audit log: objects that are written once, and an index of their records."""

from collections.abc import Sequence
from typing import Protocol

from maas.domain.audit.chain import Head, Record, Segment
from maas.domain.audit.events import AuditEvent
from maas.domain.audit.filters import AuditFilter, Period
from maas.domain.audit.stored import Found, StoredSegment


class AuditObjects(Protocol):
    """Segments. Every method raises Unavailable."""

    def add(self, key: str, body: bytes) -> bool:
        """Stores an object, if there is none with this key; returns whether it has."""
        ...

    def read(self, key: str) -> bytes:
        """The content of an object. Raises NotFound."""
        ...

    def sign(self, key: str, seconds: int) -> str:
        """A URL to read the object with, for so many seconds."""
        ...


class AuditIndex(Protocol):
    """The heads of all organizations, and the records that a segment has. Every method raises Unavailable."""

    def head(self, organization: str) -> Head:
        """The head as it is stored now."""
        ...

    def known(self, events: Sequence[AuditEvent]) -> set[str]:
        """The ids of those of the events, which are of one organization, that have a record now."""
        ...

    def extend(self, segment: Segment) -> bool:
        """Stores records and head of a segment, if `segment.before` is still the head; returns whether it was."""
        ...

    def find(self, organization: str, narrowed: AuditFilter, *, limit: int, after: str) -> Found[Record]:
        """At most `limit` records, the newest first, from behind the place `after`. A page may have fewer."""
        ...

    def segments(self, organization: str, period: Period, *, limit: int, after: str) -> Found[StoredSegment]:
        """At most `limit` segments whose last record was recorded in the period, the oldest first."""
        ...


class HeadSigner(Protocol):
    """The platform's signature."""

    def sign(self, head: Head) -> str:
        """A JWS (RFC 7515) that vouches for the head. Raises Unavailable."""
        ...
