"""Sketches and baselines in a DynamoDB table of their own, whose TTL removes sketches."""

from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING

import boto3
from boto3.dynamodb.conditions import Key

from maas.adapters.aws import call_time
from maas.adapters.aws.dynamodb_calls import queried, unavailable
from maas.domain.monitoring.baselines import Baseline, BaselineKind
from maas.domain.monitoring.places import Flush, Place
from maas.domain.monitoring.reports import DriftReport
from maas.domain.monitoring.windows import Period, Window
from maas.wire import monitoring as items
from maas.wire.baselines import baseline_item, baseline_key, baseline_of
from maas.wire.model_traces import Trace, index
from maas.wire.reports import report_item, report_key, report_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

# A version's last rollups are kept so long after its last day, and some days of TTL's delay.
_TRACED = Period.DAY.kept + 31 * Period.DAY.seconds
_UNREACHABLE = "figures of values can't be read or stored just now; try again"


class DynamoSketches:
    """The ports MonitoringStore and SurveyStore."""

    def __init__(self, table: str, endpoint: str = "") -> None:
        self._name, self._endpoint = table, endpoint
        self._noted = set[tuple[int, Place]]()

    @cached_property
    def _table(self) -> "Table":
        """The table, with a session of its own: a thread makes it at the first call, so that no start waits for it."""
        session = boto3.Session()
        return session.resource("dynamodb", endpoint_url=self._endpoint or None, config=call_time.config()).Table(
            self._name
        )

    def put(self, flush: Flush) -> None:
        self._note(flush)
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

    def measured_versions(self, place: Place) -> Iterator[str]:
        noted = Key("pk").eq(index(place.tenant_id, place.model_id)) & Key("sk").begins_with(f"{Trace.SKETCH}#")
        for item in queried(self._table, _UNREACHABLE, noted):
            yield str(item["sk"]).partition("#")[2]

    def baseline(self, place: Place, kind: BaselineKind) -> Baseline | None:
        with unavailable(_UNREACHABLE):
            item = self._table.get_item(Key=baseline_key(place, kind), ConsistentRead=True).get("Item")
        return None if item is None else baseline_of(item)

    def put_baseline(self, place: Place, baseline: Baseline) -> None:
        for item in (items.traced_item(Trace.BASELINE, place), baseline_item(place, baseline)):
            with unavailable(_UNREACHABLE):
                self._table.put_item(Item=item)

    def report(self, place: Place) -> DriftReport | None:
        with unavailable(_UNREACHABLE):
            item = self._table.get_item(Key=report_key(place), ConsistentRead=True).get("Item")
        return None if item is None else report_of(item)

    def put_report(self, place: Place, report: DriftReport) -> None:
        with unavailable(_UNREACHABLE):
            self._table.put_item(Item=report_item(place, report))

    def places(self, now: float) -> Iterator[Place]:
        found = set[Place]()
        for day in (Period.DAY.start(now), Period.DAY.start(now) - Period.DAY.seconds):
            for item in queried(self._table, _UNREACHABLE, Key("pk").eq(items.day_partition(day))):
                place = items.noted_place(item)
                if place not in found:
                    found.add(place)
                    yield place

    def _note(self, flush: Flush) -> None:
        """Notes once a day that the version was measured, so that surveys find it."""
        if flush.period is not Period.MINUTE:
            return
        day = Period.DAY.start(flush.start)
        self._noted = {each for each in self._noted if each[0] >= day - Period.DAY.seconds}
        if (day, flush.place) in self._noted:
            return
        for item in (items.noted_item(day, flush.place), items.traced_item(Trace.SKETCH, flush.place, day + _TRACED)):
            with unavailable(_UNREACHABLE):
                self._table.put_item(Item=item)
        self._noted.add((day, flush.place))
