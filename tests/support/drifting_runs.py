"""Simulated rollouts with a drift guard: rows are sketched, compared each five minutes, and judged by the product."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from maas.adapters.sketches import kll
from maas.adapters.sketches.columns import column_of
from maas.domain.judging.figures import Figures, side
from maas.domain.judging.verdicts import Outcome, judge
from maas.domain.judging.watching import Watch
from maas.domain.monitoring.drift import drift
from maas.domain.monitoring.reports import DriftReport
from maas.domain.monitoring.sketches import VersionSketch, joined
from maas.domain.monitoring.summaries import summary_of
from maas.domain.monitoring.windows import Window
from maas.domain.rollouts.guards import Guard, Metric
from maas.domain.tensor_rules import Family
from maas.services.rollout_outcomes import drifting
from tests.support.judged_world import NOON

Columns = Callable[[np.random.Generator, int], dict[str, Any]]
BASELINE, PER_HOUR = 1_000, 12
DRIFT = Guard(metric=Metric.DRIFT, threshold=0.0)


def mixed(rng: np.random.Generator, rows: int) -> dict[str, Any]:
    """Columns of six kinds, independent of each other but for the last two, which are the same."""
    normal = rng.normal(size=rows)
    return {
        "normal": normal,
        "heavy": np.exp(2 * rng.normal(size=rows)),
        "gaps": np.where(rng.random(rows) < 0.05, np.nan, rng.normal(size=rows)),
        "stars": rng.integers(1, 6, rows).astype(float),
        "words": np.array([f"w{each}" for each in np.minimum(rng.zipf(1.6, rows), 60)], object),
        "linked": normal * 3 + 1,
    }


def shifted(rng: np.random.Generator, rows: int) -> dict[str, Any]:
    """Columns of which one has moved by one standard deviation."""
    found = mixed(rng, rows)
    return {**found, "normal": found["normal"] + 1}


def sketched(columns: dict[str, Any]) -> VersionSketch:
    inputs = {
        name: column_of(values, Family.STRING if values.dtype == object else Family.FLOAT)
        for name, values in columns.items()
    }
    return VersionSketch(calls=1, rows=len(columns["normal"]), inputs=inputs)


@dataclass(frozen=True, slots=True)
class DriftRun:
    """A rollout whose candidate gets `rows` rows in five minutes, beside a baseline of BASELINE rows of live.

    Each of the `reports` is about the last hour, so that windows overlap.
    """

    live: Columns
    candidate: Columns
    reports: int
    rows: int = 100

    def end(self, seed: int) -> int | None:
        """Returns after how many rows the guard was breached; None if it was not."""
        rng = np.random.default_rng(seed)
        baseline = summary_of(sketched(self.live(rng, BASELINE)), kll.distribution)
        hour, watch = deque[VersionSketch](maxlen=PER_HOUR), Watch(step=0, at=0.0, final_to=0)
        for number in range(1, self.reports + 1):
            hour.append(sketched(self.candidate(rng, self.rows)))
            current = summary_of(joined([*hour], kll.joined), kll.distribution)
            report = DriftReport(
                version="2.0.0",
                window=Window(0, 3600),
                made_at=NOON,
                rows=current.rows,
                drift=drift(baseline, current),
            )
            watch = watch.reported(str(number))
            figures = Figures(live=side({}), candidate=side({}), drift=drifting(report, watch.reports))
            if judge([DRIFT], figures).outcome is Outcome.BREACH:
                return number * self.rows
        return None
