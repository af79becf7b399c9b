"""Baselines of versions: the one that a client gave, the first predictions, or those of the version before."""

from collections.abc import Callable
from datetime import UTC, datetime

from maas.domain.catalog.versions import Version
from maas.domain.errors import InvalidInput, NotFound
from maas.domain.identity.principals import Principal, Scope
from maas.domain.monitoring.baselines import Baseline, BaselineKind
from maas.domain.monitoring.places import Place
from maas.domain.monitoring.reports import FIRST_ROWS, ROWS_MIN
from maas.domain.monitoring.sketches import VersionSketch, joined
from maas.domain.monitoring.summaries import summary_of
from maas.domain.monitoring.windows import Period, Window
from maas.services.ports.monitoring import MonitoringStore
from maas.services.ports.registry import VersionReader
from maas.services.ports.sketches import Sketches
from maas.services.sketch_reading import read

# The predictions of the version before that are a baseline are those of a week.
_PREVIOUS = 7 * Period.DAY.seconds


class OwnBaselines:
    """Finds the baselines that versions have by themselves. `clock` returns seconds since 1970."""

    def __init__(self, store: MonitoringStore, sketches: Sketches, clock: Callable[[], float]) -> None:
        self._store, self._sketches, self._clock = store, sketches, clock

    def own(self, place: Place, kind: BaselineKind | None = None) -> Baseline | None:
        """The baseline that the version has by itself: the one that was given, or its first predictions."""
        if kind is not BaselineKind.FIRST and (given := self._store.baseline(place, BaselineKind.GIVEN)):
            return given
        if kind is BaselineKind.GIVEN:
            return None
        return self._store.baseline(place, BaselineKind.FIRST) or self._first(place)

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

    def _baseline(self, kind: BaselineKind, version: str, sketch: VersionSketch) -> Baseline:
        return Baseline(
            kind=kind,
            version=version,
            summary=summary_of(sketch, self._sketches.distribution),
            created_at=datetime.fromtimestamp(self._clock(), UTC),
        )


class Baselines(OwnBaselines):
    """Finds all baselines."""

    def __init__(
        self, registry: VersionReader, store: MonitoringStore, sketches: Sketches, clock: Callable[[], float]
    ) -> None:
        super().__init__(store, sketches, clock)
        self._registry = registry

    async def found(self, by: Principal, version: Version, kind: BaselineKind | None) -> Baseline | None:
        """The baseline of this kind, or the first of GIVEN, FIRST and PREVIOUS that there is. Raises Unavailable."""
        place = Place.of(version)
        if kind in (None, BaselineKind.GIVEN, BaselineKind.FIRST):
            stored = self.own(place, kind)
            if stored or kind:
                return stored
        return await self._previous(by, version)

    async def _previous(self, by: Principal, version: Version) -> Baseline | None:
        try:
            before = await self._registry.get_version(by, version.model_id, f"<{version.version}", Scope.MODELS_READ)
        except (NotFound, InvalidInput):  # it is the first one, or ranges do not have its number
            return None
        end = Period.MINUTE.start(self._clock()) + 60
        found = read(self._store, self._sketches, Place.of(before), Window(end - _PREVIOUS, end))
        return self._baseline(BaselineKind.PREVIOUS, before.version, found) if found.rows >= ROWS_MIN else None
