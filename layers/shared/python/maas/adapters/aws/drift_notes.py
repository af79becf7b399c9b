"""Notes of drift that was told, in the table of monitoring: `DRIFT#<tenant>#<model>#<version>`, `told`.

`window_end` is the end of the last window that drifted, in seconds since 1970; it is 0 after the end of the drift. A
note that nobody renews is removed after KEPT seconds.
"""

from typing import Any

from maas.adapters.aws.dynamodb_table import table_of
from maas.domain.identity.identity_event import IdentityEvent
from maas.domain.monitoring.places import Place
from maas.platform.dynamodb_errors import REFUSED, cancellation_reasons
from maas.wire.identity.events import MONITORING, events_item
from maas.wire.monitoring import drift_partition

KEPT = 90 * 86_400
_UNREACHABLE = "notes of drift can't be read or stored just now; try again"
_RIVALS = frozenset({"None", REFUSED, "TransactionConflict"})


class DynamoDriftNotes:
    """The DriftNotes port. `events_table` is the identity table, whose stream carries events to the bus."""

    def __init__(self, table: str, events_table: str, endpoint: str = "") -> None:
        self._table = table_of(table, endpoint, _UNREACHABLE)
        self._events_table = events_table

    def drifted_until(self, place: Place) -> int:
        item = self._table.get(_key(place))
        return int(item["window_end"]) if item else 0

    def renew(self, place: Place, window_end: int, now: int) -> None:
        self._table.put(_item(place, window_end, now), "window_end > :none", {":none": 0})

    def tell(self, place: Place, before: int, window_end: int, event: IdentityEvent) -> bool:
        condition = "window_end = :before" if before else "attribute_not_exists(pk) OR window_end = :before"
        noted = {
            "Item": _item(place, window_end, int(event.time.timestamp())),
            "ConditionExpression": condition,
            "ExpressionAttributeValues": {":before": before},
        }
        told = {"TableName": self._events_table, "Item": events_item(MONITORING, [event])}
        try:
            self._table.transact_once([{"Put": noted}, {"Put": told}])
        except self._table.client.exceptions.TransactionCanceledException as error:
            if _RIVALS.issuperset(cancellation_reasons(error)):
                return False
            raise
        return True


def _key(place: Place) -> dict[str, str]:
    return {"pk": drift_partition(place), "sk": "told"}


def _item(place: Place, window_end: int, now: int) -> dict[str, Any]:
    return {**_key(place), "window_end": window_end, "expires": now + KEPT}
