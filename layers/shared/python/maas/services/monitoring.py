"""What the values of predictions came to in a window."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from maas.domain.catalog.versions import Version
from maas.domain.errors import NotFound
from maas.domain.identity.principals import Principal, Scope
from maas.domain.monitoring.places import Place
from maas.domain.monitoring.summaries import VersionSummary, summary_of
from maas.domain.monitoring.windows import Window, window_seconds
from maas.services.ports.monitoring import SketchStore
from maas.services.ports.registry import VersionReader
from maas.services.ports.sketches import Sketches
from maas.services.sketch_reading import read


@dataclass(frozen=True, slots=True)
class Measured:
    """The figures of a version's predictions in a window."""

    version: Version
    window: Window
    summary: VersionSummary


class MonitoringService:
    """Reads what SketchWatcher stored. `clock` returns seconds since 1970."""

    def __init__(
        self,
        registry: VersionReader,
        store: SketchStore,
        sketches: Sketches,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._registry, self._store, self._sketches, self._clock = registry, store, sketches, clock

    async def measured(self, by: Principal, model_id: str, ref: str, window: str) -> Measured:
        """The figures of a version of the caller's organization.

        Raises InvalidInput (window, ref), NotFound, also for a model of another organization, Unavailable.
        """
        seconds = window_seconds(window)
        version = await self.own_version(by, model_id, ref, Scope.MODELS_READ)
        wanted = Window.until(self._clock(), seconds)
        return Measured(version, wanted, self._summary(version, wanted))

    async def own_version(self, by: Principal, model_id: str, ref: str, right: Scope) -> Version:
        """The version, if it is of the caller's organization. Raises InvalidInput (ref), NotFound."""
        version = await self._registry.get_version(by, model_id, ref, right)
        if version.tenant_id != by.tenant_id:
            raise NotFound.of("model_id", "model", model_id)
        return version

    def _summary(self, version: Version, window: Window) -> VersionSummary:
        found = read(self._store, self._sketches, Place.of(version), window)
        return summary_of(found, self._sketches.distribution)
