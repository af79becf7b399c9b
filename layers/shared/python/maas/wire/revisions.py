"""The revision that a request may expect."""

from typing import Any


def expected_of(message: Any) -> int | None:
    """Of a message with an optional `expected_revision`; None where it is not set: any will do."""
    return int(message.expected_revision) if message.HasField("expected_revision") else None
