"""The identity table (DynamoDB): consistent reads, transactions, and its errors as the domain's."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Literal, TypeVar

from maas.adapters.aws.dynamodb_batches import get_many
from maas.adapters.aws.dynamodb_table import table_of
from maas.domain.identity.identity_event import IdentityEvent
from maas.domain.pages import cut
from maas.platform.dynamodb_errors import REFUSED
from maas.wire.identity.events import IDENTITY, events_item

T = TypeVar("T")

UNREACHABLE = "accounts can't be read or changed just now; try again"


class Refused(Exception):
    """A condition was not met that only the adapter knows. It reads again, or raises an error for callers."""


@dataclass(frozen=True, slots=True)
class Write:
    """One write of a transaction, and the error that it raises if its condition is not met."""

    kind: Literal["Put", "Update", "Delete", "ConditionCheck"]
    arguments: Mapping[str, Any]
    refused: Exception = field(default_factory=lambda: Refused("the condition of a write was not met"))


class IdentityTable:
    """The table of organizations, their members and credentials, for the adapters beside this module.

    An empty `endpoint` is AWS itself. Nothing is sent before the first call.
    """

    def __init__(self, name: str, endpoint: str = "") -> None:
        self.dynamo = table_of(name, endpoint, UNREACHABLE)

    def get(self, key: Mapping[str, str]) -> dict[str, Any] | None:
        """The item as it is stored now; None if there is none. Raises Unavailable."""
        return self.dynamo.get(key)

    def get_many(self, keys: Sequence[Mapping[str, str]]) -> list[dict[str, Any]]:
        """The items of these keys as they are stored now, without those that do not exist, in any order."""
        return get_many(self.dynamo, keys)

    def query(self, partition: str, *, begins_with: str, after: str = "") -> Iterator[dict[str, Any]]:
        """The items of a partition whose sort key begins so, in its order, from the one behind `after`."""
        start = {"pk": partition, "sk": after} if after else None
        return self.dynamo.query(partition, begins_with=begins_with, after=start, ConsistentRead=True)

    def listed(self, first: Mapping[str, str], after: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """The items whose keys are `first` and an id, each with this id, in its order from the one behind `after`."""
        prefix = first["sk"]
        stored = self.query(first["pk"], begins_with=prefix, after=f"{prefix}{after}" if after else "")
        return ((item["sk"].removeprefix(prefix), item) for item in stored)

    def commits(self, writes: Sequence[Write], events: Sequence[IdentityEvent]) -> bool:
        """Commits as `transact` does. Returns False where that raises Refused."""
        try:
            self.transact(writes, events)
        except Refused:
            return False
        return True

    def transact(self, writes: Sequence[Write], events: Sequence[IdentityEvent]) -> None:
        """Commits all writes and the events of what they change, or nothing.

        A write without an event changes nothing for anybody (maas.domain.identity.events says which); it says `()`.

        Raises:
            Exception: the `refused` of the first write whose condition is not met.
            Contended: another transaction was in the way at every attempt.
        """
        all_writes = [*writes, *_outbox(events)]
        reasons = self.dynamo.transact([{write.kind: write.arguments} for write in all_writes])
        for write, reason in zip(writes, reasons, strict=False):
            if reason == REFUSED:
                raise write.refused


def _outbox(events: Sequence[IdentityEvent]) -> list[Write]:
    """One item for all events of a transaction, because a transaction has at most 100."""
    return [Write("Put", {"Item": events_item(IDENTITY, events)})] if events else []


def first_page(records: Iterable[T], limit: int, place: Callable[[T], str]) -> tuple[list[T], str]:
    """At most `limit` records, and the place of the last one if there are more. Reads no further than it must."""
    page, last = cut(list(islice(records, limit + 1)), limit, place)
    return list(page), last
