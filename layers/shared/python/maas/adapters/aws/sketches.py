"""Sketches and baselines in a DynamoDB table of their own."""

from collections.abc import Iterator

from boto3.dynamodb.conditions import Key

from maas.adapters.aws.drift_reports import DynamoDriftReports
from maas.adapters.aws.dynamodb_calls import queried, unavailable
from maas.adapters.aws.monitoring_table import UNREACHABLE
from maas.adapters.aws.sketch_writer import DynamoSketchWriter
from maas.domain.monitoring.baselines import Baseline, BaselineKind
from maas.domain.monitoring.places import Flush, Place
from maas.domain.monitoring.windows import Period, Window
from maas.wire import monitoring as items
from maas.wire.baselines import baseline_item, baseline_key, baseline_of
from maas.wire.model_traces import Trace, index


class DynamoSketches(DynamoSketchWriter, DynamoDriftReports):
    """The ports MonitoringStore and SurveyStore."""

    def flushes(self, place: Place, period: Period, window: Window) -> Iterator[Flush]:
        if window.end <= window.start:
            return
        between = Key("sk").between(items.sort_key(period, window.start), items.sort_key(period, window.end))
        condition = Key("pk").eq(items.partition(place)) & between
        for item in queried(self._table, UNREACHABLE, condition):
            yield items.flush_of(place, item)

    def measured_versions(self, place: Place) -> Iterator[str]:
        noted = Key("pk").eq(index(place.tenant_id, place.model_id)) & Key("sk").begins_with(f"{Trace.SKETCH}#")
        for item in queried(self._table, UNREACHABLE, noted):
            yield str(item["sk"]).partition("#")[2]

    def baseline(self, place: Place, kind: BaselineKind) -> Baseline | None:
        with unavailable(UNREACHABLE):
            item = self._table.get_item(Key=baseline_key(place, kind), ConsistentRead=True).get("Item")
        return None if item is None else baseline_of(item)

    def put_baseline(self, place: Place, baseline: Baseline) -> None:
        for item in (items.traced_item(Trace.BASELINE, place), baseline_item(place, baseline)):
            with unavailable(UNREACHABLE):
                self._table.put_item(Item=item)

    def places(self, now: float) -> Iterator[Place]:
        found = set[Place]()
        for day in (Period.DAY.start(now), Period.DAY.start(now) - Period.DAY.seconds):
            for item in queried(self._table, UNREACHABLE, Key("pk").eq(items.day_partition(day))):
                place = items.noted_place(item)
                if place not in found:
                    found.add(place)
                    yield place
