"""Writes sketches of predictions into the table of monitoring."""

from maas.adapters.aws.monitoring_table import MonitoringTable
from maas.domain.monitoring.places import Flush, Place
from maas.domain.monitoring.windows import Period
from maas.wire import monitoring as items
from maas.wire.model_traces import Trace

# A version's last rollups are kept so long after its last day, and some days of TTL's delay.
_TRACED = Period.DAY.kept + 31 * Period.DAY.seconds


class DynamoSketchWriter(MonitoringTable):
    """The SketchWriter port."""

    def __init__(self, table: str, endpoint: str = "") -> None:
        super().__init__(table, endpoint)
        self._noted = set[tuple[int, Place]]()

    def put(self, flush: Flush) -> None:
        self._note(flush)
        for item in items.flush_items(flush):
            self._table.put(item)

    def _note(self, flush: Flush) -> None:
        """Notes once a day that the version was measured, so that surveys find it."""
        if flush.period is not Period.MINUTE:
            return
        day = Period.DAY.start(flush.start)
        self._noted = {each for each in self._noted if each[0] >= day - Period.DAY.seconds}
        if (day, flush.place) in self._noted:
            return
        for item in (items.noted_item(day, flush.place), items.traced_item(Trace.SKETCH, flush.place, day + _TRACED)):
            self._table.put(item)
        self._noted.add((day, flush.place))
