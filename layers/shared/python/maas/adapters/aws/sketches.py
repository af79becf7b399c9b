"""Sketches and baselines in a DynamoDB table of their own."""

from collections.abc import Iterator

from maas.adapters.aws.drift_reports import DynamoDriftReports
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
        between = (items.sort_key(period, window.start), items.sort_key(period, window.end))
        for item in self._table.query(items.partition(place), between=between):
            yield items.flush_of(place, item)

    def measured_versions(self, place: Place) -> Iterator[str]:
        for item in self._table.query(index(place.tenant_id, place.model_id), begins_with=f"{Trace.SKETCH}#"):
            yield str(item["sk"]).partition("#")[2]

    def baseline(self, place: Place, kind: BaselineKind) -> Baseline | None:
        item = self._table.get(baseline_key(place, kind))
        return None if item is None else baseline_of(item)

    def put_baseline(self, place: Place, baseline: Baseline) -> None:
        for item in (items.traced_item(Trace.BASELINE, place), baseline_item(place, baseline)):
            self._table.put(item)

    def places(self, now: float) -> Iterator[Place]:
        found = set[Place]()
        for day in (Period.DAY.start(now), Period.DAY.start(now) - Period.DAY.seconds):
            for item in self._table.query(items.day_partition(day)):
                place = items.noted_place(item)
                if place not in found:
                    found.add(place)
                    yield place
