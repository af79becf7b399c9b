"""Baselines of versions: the one that a client gave, the first predictions, or those of the version before."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from maas.domain.monitoring.baselines import Baseline, BaselineKind, version_before
from maas.domain.monitoring.places import Place
from maas.domain.monitoring.reports import FIRST_ROWS, ROWS_MIN
from maas.domain.monitoring.sketches import VersionSketch, joined
from maas.domain.monitoring.summaries import summary_of
from maas.domain.monitoring.windows import Period, Window
from maas.services.ports.monitoring import MonitoringStore
from maas.services.ports.sketches import Sketches
from maas.services.sketch_reading import read

# The predictions of the version before that are a baseline are those of a week.
_PREVIOUS = 7 * Period.DAY.seconds


class Baselines:
    """Finds the baselines of versions, from what is stored of the model alone. `clock` returns seconds since 1970."""

    def __init__(self, store: MonitoringStore, sketches: Sketches, clock: Callable[[], float]) -> None:
        self._store, self._sketches, self._clock = store, sketches, clock

    def found(self, place: Place, kind: BaselineKind | None = None) -> Baseline | None:
        """The baseline of this kind, or the first of GIVEN, FIRST and PREVIOUS that there is. Raises Unavailable."""
        for each in (kind,) if kind else BaselineKind:
            if found := self._of_kind(place, each):
                return found
        return None

    def _of_kind(self, place: Place, kind: BaselineKind) -> Baseline | None:
        if kind is BaselineKind.PREVIOUS:
            return self._previous(place)
        found = self._store.baseline(place, kind)
        return self._first(place) if found is None and kind is BaselineKind.FIRST else found

    def _first(self, place: Place) -> Baseline | None:
        """Takes the first predictions as the baseline, as soon as there are enough."""
        now, found, hours = self._clock(), VersionSketch(), set[int]()
        for period in (Period.HOUR, Period.MINUTE):
            for flush in self._store.flushes(place, period, Window(int(now) - period.kept, int(now) + 60)):
                if period is Period.HOUR:
                    hours.add(flush.start)
                elif Period.HOUR.start(flush.start) in hours:
                    continue
                found = joined([found, flush.sketch], self._sketches.joined)
                if found.rows >= FIRST_ROWS:
                    made = self._baseline(BaselineKind.FIRST, place.version, found)
                    self._store.put_baseline(place, made)
                    return made
        return None

    def _previous(self, place: Place) -> Baseline | None:
        number = version_before(place.version, self._store.measured_versions(place))
        if number is None:
            return None
        end = Period.MINUTE.start(self._clock()) + 60
        found = read(self._store, self._sketches, replace(place, version=number), Window(end - _PREVIOUS, end))
        return self._baseline(BaselineKind.PREVIOUS, number, found) if found.rows >= ROWS_MIN else None

    def _baseline(self, kind: BaselineKind, version: str, sketch: VersionSketch) -> Baseline:
        return Baseline(
            kind=kind,
            version=version,
            summary=summary_of(sketch, self._sketches.distribution),
            created_at=datetime.fromtimestamp(self._clock(), UTC),
        )
