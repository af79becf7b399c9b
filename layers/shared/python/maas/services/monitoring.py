"""What the values of predictions came to in a window, and whether they are those of the baseline."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from maas.domain.catalog.versions import Version
from maas.domain.errors import NotFound, PermissionDenied
from maas.domain.identity.principals import Principal, Scope
from maas.domain.monitoring.baselines import Baseline, BaselineKind, GivenColumn, given_summary
from maas.domain.monitoring.places import Place
from maas.domain.monitoring.reports import DriftReport
from maas.domain.monitoring.summaries import VersionSummary
from maas.domain.monitoring.windows import Window, window_seconds
from maas.services.baselines import Baselines
from maas.services.drift_reports import DriftReports
from maas.services.ports.monitoring import MonitoringStore
from maas.services.ports.sketches import Sketches
from maas.services.ports.versions import VersionReader


@dataclass(frozen=True, slots=True)
class Measured:
    """The figures of a version's predictions in a window."""

    version: Version
    window: Window
    summary: VersionSummary


@dataclass(frozen=True, slots=True)
class GivenBaseline:
    """A baseline as a client sends it."""

    rows: int
    inputs: Mapping[str, GivenColumn]
    outputs: Mapping[str, GivenColumn]


class MonitoringService:
    """Reads what SketchWatcher stored. `clock` returns seconds since 1970."""

    def __init__(
        self,
        registry: VersionReader,
        store: MonitoringStore,
        sketches: Sketches,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._registry, self._store, self._clock = registry, store, clock
        self._reports = DriftReports(store, sketches, clock)
        self._baselines = Baselines(store, sketches, clock)

    async def measured(self, by: Principal, model_id: str, ref: str, window: str) -> Measured:
        """The figures of a version of the caller's organization.

        Raises InvalidInput (window, ref), NotFound, also for a model of another organization, Unavailable.
        """
        wanted = Window.until(self._clock(), window_seconds(window))
        version = await self._own(by, model_id, ref, Scope.MODELS_READ)
        return Measured(version, wanted, self._reports.summary(Place.of(version), wanted))

    async def put_baseline(
        self, by: Principal, model_id: str, ref: str, given: GivenBaseline
    ) -> tuple[Version, Baseline]:
        """Stores a baseline in place of an earlier one that was given.

        Raises InvalidInput (inputs, outputs), WrongState (no checked file), TooLarge, and the others of `measured`.
        """
        version = await self._own(by, model_id, ref, Scope.MODELS_WRITE)
        made = Baseline(
            kind=BaselineKind.GIVEN,
            version=version.version,
            summary=given_summary(version, given.rows, given.inputs, given.outputs),
            created_at=self._now(),
            created_by=by.subject,
        )
        self._store.put_baseline(Place.of(version), made)
        return version, made

    async def baseline(
        self, by: Principal, model_id: str, ref: str, kind: BaselineKind | None
    ) -> tuple[Version, Baseline]:
        """The baseline of this kind, or the first of GIVEN, FIRST and PREVIOUS that there is.

        Raises NotFound (baseline) and the errors of `measured`.
        """
        version = await self._own(by, model_id, ref, Scope.MODELS_READ)
        found = await self._baseline_for(by, version, kind)
        if found is None:
            raise NotFound.of("baseline", "baseline", kind or version.version)
        return version, found

    async def drift(
        self, by: Principal, model_id: str, ref: str, window: str, kind: BaselineKind | None
    ) -> tuple[Version, DriftReport]:
        """Compares a window with a baseline as of `baseline`. Raises the errors of `measured`."""
        wanted = Window.until(self._clock(), window_seconds(window))
        version = await self._own(by, model_id, ref, Scope.MODELS_READ)
        found = await self._baseline_for(by, version, kind)
        return version, self._reports.report(Place.of(version), wanted, found)

    async def _baseline_for(self, by: Principal, version: Version, kind: BaselineKind | None) -> Baseline | None:
        """The baseline, unless it has the values of a version that the caller does not see. Raises Unavailable."""
        found = self._baselines.found(Place.of(version), kind)
        if found and found.version != version.version:
            try:
                await self._registry.get_version(by, version.model_id, found.version, Scope.MODELS_READ)
            except (NotFound, PermissionDenied):
                return None
        return found

    async def _own(self, by: Principal, model_id: str, ref: str, right: Scope) -> Version:
        """The version, if it is of the caller's organization. Raises InvalidInput (ref), NotFound."""
        version = await self._registry.get_version(by, model_id, ref, right)
        if version.tenant_id != by.tenant_id:
            raise NotFound.of("model_id", "model", model_id)
        return version

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), UTC)
