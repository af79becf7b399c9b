"""The latest reports of drift in the table of monitoring."""

from maas.adapters.aws.monitoring_table import MonitoringTable
from maas.domain.monitoring.places import Place
from maas.domain.monitoring.reports import DriftReport
from maas.wire.reports import report_item, report_key, report_of


class DynamoDriftReports(MonitoringTable):
    """The ReportStore port, and how surveys fill it."""

    def report(self, place: Place) -> DriftReport | None:
        item = self._table.get(report_key(place))
        return None if item is None else report_of(item)

    def put_report(self, place: Place, report: DriftReport) -> None:
        self._table.put(report_item(place, report))
