"""The latest reports of drift in the table of monitoring."""

from maas.adapters.aws.dynamodb_calls import unavailable
from maas.adapters.aws.monitoring_table import UNREACHABLE, MonitoringTable
from maas.domain.monitoring.places import Place
from maas.domain.monitoring.reports import DriftReport
from maas.wire.reports import report_item, report_key, report_of


class DynamoDriftReports(MonitoringTable):
    """The ReportStore port, and how surveys fill it."""

    def report(self, place: Place) -> DriftReport | None:
        with unavailable(UNREACHABLE):
            item = self._table.get_item(Key=report_key(place), ConsistentRead=True).get("Item")
        return None if item is None else report_of(item)

    def put_report(self, place: Place, report: DriftReport) -> None:
        with unavailable(UNREACHABLE):
            self._table.put_item(Item=report_item(place, report))
