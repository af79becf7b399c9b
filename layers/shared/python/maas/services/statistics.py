"""What an organization's predictions came to in the last minutes."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from maas.domain.catalog.models import Model
from maas.domain.errors import NotFound, Unavailable
from maas.domain.identity.principals import Principal, Scope
from maas.domain.inference.statistics import ByVersion, CacheUse, Figures, added, figures
from maas.services.call_statistics import CallStatistics
from maas.services.ports.statistics import StatisticsStore

# All versions and codes of one answer.
VERSIONS_MAX = 100


class Registry(Protocol):
    """The part of the registry that is asked (services.ports.registry)."""

    async def get_model(self, by: Principal, model_id: str, right: Scope = Scope.MODELS_READ) -> Model: ...

    async def cache_use(self, by: Principal) -> CacheUse: ...


@dataclass(frozen=True, slots=True)
class Window:
    """Whole minutes from `start` (seconds since 1970) on; the last one is not over.

    `shared`: the figures are those of all processes, and not of the one that answers.
    """

    start: int
    minutes: int
    shared: bool


@dataclass(frozen=True, slots=True)
class ModelStatistics:
    """Figures by version, the most called first, at most VERSIONS_MAX."""

    model_id: str
    window: Window
    versions: Mapping[str, Figures]


@dataclass(frozen=True, slots=True)
class OrganizationStatistics:
    """Figures of all predictions. `registry_hit_rate` is None if the registry was not read or does not answer."""

    window: Window
    predictions: Figures
    registry_hit_rate: float | None


class StatisticsService:
    """Reads what CallStatistics counted: from `shared`, or from this process alone while that does not answer."""

    def __init__(
        self,
        registry: Registry,
        calls: CallStatistics,
        own: StatisticsStore,
        shared: StatisticsStore | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._registry, self._calls = registry, calls
        self._own, self._shared = own, shared
        self._clock = clock

    async def of_model(self, by: Principal, model_id: str, minutes: int) -> ModelStatistics:
        """The figures of the caller's organization for its own model.

        Raises NotFound, also for a model of another organization that the caller may read, and Unavailable.
        """
        model = await self._registry.get_model(by, model_id)
        if model.tenant_id != by.tenant_id:
            raise NotFound.of("model_id", "model", model_id)
        window, counts = self._read(by, model.id, minutes)
        found = {version: figures(each) for version, each in counts.items()}
        most_called = sorted(found.items(), key=lambda entry: entry[1].calls, reverse=True)
        return ModelStatistics(model.id, window, dict(most_called[:VERSIONS_MAX]))

    async def of_organization(self, by: Principal, minutes: int) -> OrganizationStatistics:
        """The figures of all predictions of the caller's organization, whose access the registry looks up."""
        try:
            rate = (await self._registry.cache_use(by)).hit_rate
        except Unavailable:  # the figures of predictions are told without it
            rate = None
        window, counts = self._read(by, "", minutes)
        total: dict[str, int] = {}
        for each in counts.values():
            added(total, each)
        return OrganizationStatistics(window, figures(total), rate)

    def _read(self, by: Principal, model_id: str, minutes: int) -> tuple[Window, ByVersion]:
        """The window and its counts, those of this process's last second included."""
        self._calls.flush()
        last = int(self._clock() // 60)
        wanted = range(last - minutes + 1, last + 1)
        found = self._shared.read(by.tenant_id, model_id, wanted) if self._shared else None
        window = Window(wanted.start * 60, minutes, found is not None)
        return window, self._own.read(by.tenant_id, model_id, wanted) or {} if found is None else found
