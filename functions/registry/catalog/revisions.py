"""Revisions of models and versions."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, TypeVar

from functions.registry.stored import StoredModel, StoredVersion
from maas.domain.clock import now
from maas.domain.errors import RevisionMismatch

R = TypeVar("R", StoredModel, StoredVersion)


def expect_revision(kind: str, record: StoredModel | StoredVersion, revision: int | None) -> None:
    """Raises RevisionMismatch if the record is at another revision; None accepts any."""
    if revision is not None and revision != record.revision:
        raise RevisionMismatch(f"the {kind} is at revision {record.revision}, not {revision}")


def revised(record: R, **changes: Any) -> R:
    """The record's next revision. Its time is later than the one before, even if this machine's clock is behind."""
    at = max(now(), record.updated_at + timedelta(microseconds=1))
    return replace(record, revision=record.revision + 1, updated_at=at, **changes)
