"""Comparisons of windows with baselines."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

from maas.domain.monitoring.baselines import Baseline
from maas.domain.monitoring.drift import drift
from maas.domain.monitoring.places import Place
from maas.domain.monitoring.reports import ROWS_MIN, DriftReport
from maas.domain.monitoring.summaries import VersionSummary, summary_of
from maas.domain.monitoring.windows import Window
from maas.services.baselines import Baselines
from maas.services.ports.monitoring import MonitoringStore
from maas.services.ports.sketches import Sketches
from maas.services.sketch_reading import read


class DriftReports:
    """Compares what SketchWatcher stored. `clock` returns seconds since 1970."""

    def __init__(self, store: MonitoringStore, sketches: Sketches, clock: Callable[[], float] = time.time) -> None:
        self._store, self._sketches, self._clock = store, sketches, clock
        self._baselines = Baselines(store, sketches, clock)

    def drift_of(self, place: Place, seconds: int) -> DriftReport:
        """Compares the last `seconds` of a version with its baseline, as Baselines chooses it. Raises Unavailable."""
        return self.report(place, Window.until(self._clock(), seconds), self._baselines.found(place))

    def report(self, place: Place, window: Window, baseline: Baseline | None) -> DriftReport:
        """Compares a window with a baseline. Raises Unavailable."""
        current = self.summary(place, window)
        enough = baseline is not None and min(baseline.summary.rows, current.rows) >= ROWS_MIN
        return DriftReport(
            version=place.version,
            window=window,
            made_at=datetime.fromtimestamp(self._clock(), UTC),
            rows=current.rows,
            baseline=baseline.kind if baseline else None,
            baseline_version=baseline.version if baseline else "",
            baseline_rows=baseline.summary.rows if baseline else 0,
            drift=drift(baseline.summary, current) if baseline and enough else None,
        )

    def summary(self, place: Place, window: Window) -> VersionSummary:
        """What all predictions of the window came to. Raises Unavailable."""
        return summary_of(read(self._store, self._sketches, place, window), self._sketches.distribution)
