"""Sketches of versions and their baselines, as they are stored. Every method may raise Unavailable."""

from collections.abc import Iterator
from typing import Protocol

from maas.domain.identity.identity_event import IdentityEvent
from maas.domain.monitoring.baselines import Baseline, BaselineKind
from maas.domain.monitoring.places import Flush, Place
from maas.domain.monitoring.reports import DriftReport
from maas.domain.monitoring.windows import Period, Window
from maas.services.ports.sketch_writer import SketchWriter


class SketchStore(SketchWriter, Protocol):
    def flushes(self, place: Place, period: Period, window: Window) -> Iterator[Flush]:
        """Those that start in the window, in the order of their starts. A flush may come in several parts."""
        ...

    def measured_versions(self, place: Place) -> Iterator[str]:
        """The versions of the model that were measured while their sketches are kept, in any order."""
        ...


class BaselineStore(Protocol):
    def baseline(self, place: Place, kind: BaselineKind) -> Baseline | None:
        """The stored baseline of this kind; only GIVEN and FIRST are stored."""
        ...

    def put_baseline(self, place: Place, baseline: Baseline) -> None:
        """Stores it in place of an earlier one of its kind. Raises TooLarge."""
        ...


class MonitoringStore(SketchStore, BaselineStore, Protocol):
    """What monitoring reads and stores of a version."""


class ReportStore(Protocol):
    def report(self, place: Place) -> DriftReport | None:
        """The latest report of drift; None without one in the last day."""
        ...


class SurveyStore(SketchStore, ReportStore, Protocol):
    def places(self, now: float) -> Iterator[Place]:
        """The versions that were measured on the day of `now` or the day before, of all organizations, each once."""
        ...

    def put_report(self, place: Place, report: DriftReport) -> None:
        """Stores it in place of an earlier one."""
        ...


class ModelTraces(Protocol):
    def remove(self, tenant_id: str, model_id: str) -> bool:
        """Removes figures, baselines, kept predictions and feedback of a model. Returns whether there may be more.

        One call removes so many that it takes some seconds. It may be repeated.
        """
        ...


class DriftNotes(Protocol):
    """What was told of the drift of versions."""

    def drifted_until(self, place: Place) -> int:
        """The end of the last window that drifted, in seconds since 1970; 0 if the version does not drift."""
        ...

    def renew(self, place: Place, window_end: int, now: int) -> None:
        """Notes that the version drifts still, if it does by the note."""
        ...

    def tell(self, place: Place, before: int, window_end: int, event: IdentityEvent) -> bool:
        """Stores the event and the note in one transaction, if the note says `before`; else returns False."""
        ...
