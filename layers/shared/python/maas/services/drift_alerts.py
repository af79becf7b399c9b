"""Tells of drift: once when it is found, and once when it has ended."""

from maas.domain.monitoring.events import drift_ended, drift_found
from maas.domain.monitoring.places import Place
from maas.domain.monitoring.reports import DriftReport, Outcome
from maas.services.ports.monitoring import DriftNotes


class DriftAlerts:
    """A survey may be repeated, and two may look at once: each event is stored with the note that it was told."""

    def __init__(self, notes: DriftNotes) -> None:
        self._notes = notes

    def look(self, place: Place, report: DriftReport) -> None:
        """Tells what a new report changes. Raises Unavailable.

        Windows overlap, so a version at the edge would begin and end to drift with each report. The end is therefore
        told by a window that has no minute of the last one that drifted. A report on too little changes nothing.
        """
        until = self._notes.drifted_until(place)
        if report.outcome is Outcome.DRIFT:
            if until:
                self._notes.renew(place, report.window.end, int(report.made_at.timestamp()))
            else:
                self._notes.tell(place, 0, report.window.end, drift_found(place, report))
        elif report.outcome is Outcome.STABLE and 0 < until <= report.window.start:
            self._notes.tell(place, until, 0, drift_ended(place, report))
