"""Sketches in a DynamoDB table of their own, whose TTL removes them."""

from collections.abc import Iterator

from boto3.dynamodb.conditions import Key

from maas.adapters.aws.dynamodb_calls import queried, table_of, unavailable
from maas.domain.monitoring.places import Flush, Place
from maas.domain.monitoring.windows import Period, Window
from maas.wire import monitoring as items

_UNREACHABLE = "figures of values can't be read or stored just now; try again"


class DynamoSketches:
    """The SketchStore port."""

    def __init__(self, table: str, endpoint: str = "") -> None:
        self._table = table_of(table, endpoint)

    def put(self, flush: Flush) -> None:
        for item in items.flush_items(flush):
            with unavailable(_UNREACHABLE):
                self._table.put_item(Item=item)

    def flushes(self, place: Place, period: Period, window: Window) -> Iterator[Flush]:
        if window.end <= window.start:
            return
        between = Key("sk").between(items.sort_key(period, window.start), items.sort_key(period, window.end))
        condition = Key("pk").eq(items.partition(place)) & between
        for item in queried(self._table, _UNREACHABLE, condition):
            yield items.flush_of(place, item)
