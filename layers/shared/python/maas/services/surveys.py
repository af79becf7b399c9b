"""Looks at all versions that were called lately: rolls their sketches up, and reports their drift."""

import random
import time
from collections.abc import Callable, Iterator

from maas.domain.monitoring.places import Flush, Place
from maas.domain.monitoring.reports import DriftReport, Outcome
from maas.domain.monitoring.windows import Period, Window
from maas.platform.observability import logger, publish
from maas.services.drift_alerts import DriftAlerts
from maas.services.drift_reports import DriftReports
from maas.services.ports.monitoring import SurveyStore
from maas.services.ports.sketches import Sketches
from maas.services.sketch_reading import read

# Seconds after a period's end when all sketches of it are there: they come up to five minutes late, and clocks differ
# by up to ten.
SETTLED = 1_200
# Seconds that a report is about, and that one survey may take.
REPORTED, SURVEY_MAX = 3_600, 240.0
# A survey looks this far back for hours that are not rolled up; the first one of an hour looks as far as minutes go.
_BACK = 3 * Period.HOUR.seconds
_FIRST = 300
_DAYS_BACK = 5 * Period.DAY.seconds


class Surveys:
    """Surveys all organizations. `clock` returns seconds since 1970."""

    def __init__(
        self,
        store: SurveyStore,
        sketches: Sketches,
        reports: DriftReports,
        alerts: DriftAlerts,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store, self._sketches, self._reports, self._alerts = store, sketches, reports, alerts
        self._clock = clock

    def run(self) -> int:
        """Returns how many versions were looked at. A version that fails is logged, and the others go on.

        Raises Unavailable if the versions can't be listed.
        """
        begun, looked, drifting = time.monotonic(), 0, 0
        places = [*self._store.places(self._clock())]
        random.shuffle(places)  # if there is no time for all of them, others are left out each time
        for place in places:
            if time.monotonic() - begun > SURVEY_MAX:
                logger.warning("a survey took too long", looked=looked, left_out=len(places) - looked)
                break
            try:
                drifting += self._look(place)
            except Exception as error:  # noqa: BLE001 - a record that is damaged stops no other version
                logger.error("a version was not surveyed", exc_info=error, model_id=place.model_id)
            looked += 1
        publish({"VersionsSurveyed": looked, "VersionsDrifting": drifting})
        return looked

    def _look(self, place: Place) -> bool:
        """Returns whether the version drifts."""
        now = self._clock()
        for period, start in self._due(place, now):
            sketch = read(self._store, self._sketches, place, Window(start, start + period.seconds))
            if sketch.calls:
                self._store.put(Flush(place, period, start, "", sketch))
        report = self._reports.drift_of(place, REPORTED)
        if report.rows:
            self._store.put_report(place, report)
            self._alerts.look(place, report)
            _log(place, report)
        return report.outcome is Outcome.DRIFT

    def _due(self, place: Place, now: float) -> Iterator[tuple[Period, int]]:
        """The hours, then the days, that are over and not rolled up. An hour or day without calls is due again."""
        first = now % Period.HOUR.seconds < _FIRST
        back = Period.MINUTE.kept - Period.HOUR.seconds if first else _BACK
        yield from self._missing(place, Period.HOUR, now, back)
        if first:
            yield from self._missing(place, Period.DAY, now, _DAYS_BACK)

    def _missing(self, place: Place, period: Period, now: float, back: int) -> Iterator[tuple[Period, int]]:
        window = Window(period.start(now - back), period.start(now - SETTLED))
        known = {flush.start for flush in self._store.flushes(place, period, window)}
        yield from ((period, start) for start in range(window.start, window.end, period.seconds) if start not in known)


def _log(place: Place, report: DriftReport) -> None:
    if report.outcome is Outcome.DRIFT and report.drift:
        drifting = [each.name for each in report.drift.columns if each.drifts]
        logger.warning(
            "predictions drift",
            organization=place.tenant_id,
            model_id=place.model_id,
            version=place.version,
            share=round(report.share, 4),
            columns=drifting[:10],
        )
