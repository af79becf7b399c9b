"""Kept keys of idempotency: their storage, and the seal of their answers. Every method may raise Unavailable."""

from datetime import datetime
from typing import Protocol

from maas.domain.idempotency import KeyRecord


class KeyRecords(Protocol):
    """Reads are strongly consistent. Each change is conditional, so of several callers one is successful."""

    def add(self, record: KeyRecord, now: datetime) -> KeyRecord | None:
        """Stores a record whose id is free, or whose predecessor has expired. Otherwise returns the stored one."""
        ...

    def replace(self, before: KeyRecord, after: KeyRecord) -> bool:
        """Replaces a record whose last attempt and answer are those of `before`. Returns False otherwise."""
        ...

    def remove(self, record: KeyRecord) -> None:
        """Removes the record if its last attempt is still the same."""
        ...


class Sealer(Protocol):
    """Authenticated encryption."""

    def seal(self, name: str, value: bytes) -> bytes: ...

    def unseal(self, name: str, sealed: bytes) -> bytes | None:
        """The value; None if it was not sealed with this name, or its key is gone."""
        ...
