"""Sketches of versions in memory."""

from collections.abc import Iterator
from datetime import UTC, datetime

from maas.domain.errors import Unavailable
from maas.domain.identity.identity_event import IdentityEvent
from maas.domain.monitoring.baselines import Baseline, BaselineKind
from maas.domain.monitoring.places import Flush, Place
from maas.domain.monitoring.reports import DriftReport
from maas.domain.monitoring.summaries import VersionSummary
from maas.domain.monitoring.windows import Period, Window


class FakeSketchStore:
    """The ports MonitoringStore and SurveyStore. While `down`, it is unreachable."""

    def __init__(self) -> None:
        self.kept: dict[tuple[Place, Period, int, str], Flush] = {}
        self.baselines: dict[tuple[Place, BaselineKind], Baseline] = {}
        self.reports: dict[Place, DriftReport] = {}
        self.down = False

    def put(self, flush: Flush) -> None:
        self._check()
        self.kept[flush.place, flush.period, flush.start, flush.source] = flush

    def flushes(self, place: Place, period: Period, window: Window) -> Iterator[Flush]:
        self._check()
        found = [each for each in self.kept.values() if (each.place, each.period) == (place, period)]
        yield from sorted((each for each in found if window.start <= each.start < window.end), key=_order)

    def measured_versions(self, place: Place) -> Iterator[str]:
        self._check()
        own = (place.tenant_id, place.model_id)
        yield from {each[0].version for each in self.kept if (each[0].tenant_id, each[0].model_id) == own}

    def baseline(self, place: Place, kind: BaselineKind) -> Baseline | None:
        self._check()
        return self.baselines.get((place, kind))

    def put_baseline(self, place: Place, baseline: Baseline) -> None:
        self._check()
        self.baselines[place, baseline.kind] = baseline

    def report(self, place: Place) -> DriftReport | None:
        self._check()
        return self.reports.get(place)

    def put_report(self, place: Place, report: DriftReport) -> None:
        self._check()
        self.reports[place] = report

    def places(self, now: float) -> Iterator[Place]:
        self._check()
        days = (Period.DAY.start(now), Period.DAY.start(now) - Period.DAY.seconds)
        minutes = [each for each in self.kept.values() if each.period is Period.MINUTE]
        yield from {each.place for each in minutes if Period.DAY.start(each.start) in days}

    def _check(self) -> None:
        if self.down:
            raise Unavailable("the fake store is down")


def _order(flush: Flush) -> tuple[int, str]:
    return flush.start, flush.source


class BaselinedSketchStore(FakeSketchStore):
    """A store in which every version has a baseline."""

    def baseline(self, place: Place, kind: BaselineKind) -> Baseline | None:
        summary = VersionSummary(calls=1, rows=1, inputs={}, outputs={})
        return Baseline(kind=kind, version=place.version, summary=summary, created_at=datetime.now(UTC))


class FakeModelTraces:
    """The ModelTraces port. Removes one trace a call; while `down`, it is unreachable."""

    def __init__(self, *traces: tuple[str, str]) -> None:
        self.kept = [*traces]
        self.down = False

    def remove(self, tenant_id: str, model_id: str) -> bool:
        if self.down:
            raise Unavailable("the fake traces are down")
        if (tenant_id, model_id) in self.kept:
            self.kept.remove((tenant_id, model_id))
        return (tenant_id, model_id) in self.kept


class FakeDriftNotes:
    """The DriftNotes port."""

    def __init__(self) -> None:
        self.kept: dict[Place, int] = {}
        self.events: list[IdentityEvent] = []

    def drifted_until(self, place: Place) -> int:
        return self.kept.get(place, 0)

    def renew(self, place: Place, window_end: int, now: int) -> None:
        if self.kept.get(place):
            self.kept[place] = window_end

    def tell(self, place: Place, before: int, window_end: int, event: IdentityEvent) -> bool:
        if self.kept.get(place, 0) != before:
            return False
        self.kept[place] = window_end
        self.events.append(event)
        return True
