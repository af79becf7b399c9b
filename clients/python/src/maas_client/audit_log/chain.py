# Made by tools/client_audit.py from the server's module of this name: do not edit.
"""Records, each of which names the digest of the one before; heads; and the segments that records are stored in."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from maas_client.audit_log.canonical import digest

START = "0" * 64
FIELDS = frozenset(
    {
        "organization",
        "sequence",
        "id",
        "time",
        "recorded_at",
        "actor",
        "action",
        "object",
        "changed",
        "before",
        "after",
        "previous",
        "hash",
    }
)
Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Head:
    """The last record of an organization's chain; of an empty one, sequence 0."""

    organization: str
    sequence: int = 0
    hash: str = START
    recorded_at: str = ""

    @classmethod
    def of(cls, record: Record) -> "Head":
        return cls(record["organization"], record["sequence"], record["hash"], record["recorded_at"])


def fault_of(record: Record) -> str:
    """Returns the fault of a record by itself: `format`, `edited`, or nothing."""
    if record.keys() != FIELDS or type(record["sequence"]) is not int or record["sequence"] < 1:
        return "format"
    if not all(isinstance(record[name], str) for name in ("organization", "id", "recorded_at", "previous", "hash")):
        return "format"
    return "" if record["hash"] == hash_of(record) else "edited"


def hash_of(record: Record) -> str:
    """The digest of a record without its own `hash`. Raises ValueError if it has no canonical JSON."""
    return digest({name: value for name, value in record.items() if name != "hash"})
