"""Reports of drift: what a window of a version's predictions is, beside its baseline."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from maas.domain.monitoring.baselines import BaselineKind
from maas.domain.monitoring.drift import Drift
from maas.domain.monitoring.windows import Window

# A window, or a baseline, with fewer rows is not judged.
ROWS_MIN = 100
# The first predictions of a version that are its baseline if none was given.
FIRST_ROWS = 1_000
# Seconds for which the latest report is kept.
KEPT = 86_400


class Outcome(StrEnum):
    """The end of a comparison. Without DRIFT or STABLE there is nothing to compare yet."""

    DRIFT = "drift"
    STABLE = "stable"
    FEW_ROWS = "few_rows"
    NO_BASELINE = "no_baseline"


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftReport:
    """A comparison of a window with a baseline. `drift` is None if there was nothing to compare.

    `baseline` is None without one, and what is said of it is empty. `rows` are those of the window.
    """

    version: str
    window: Window
    made_at: datetime
    rows: int
    baseline: BaselineKind | None = None
    baseline_version: str = ""
    baseline_rows: int = 0
    drift: Drift | None = None

    @property
    def outcome(self) -> Outcome:
        if self.baseline is None:
            return Outcome.NO_BASELINE
        if self.drift is None:
            return Outcome.FEW_ROWS
        return Outcome.DRIFT if self.drift.drifts else Outcome.STABLE

    @property
    def share(self) -> float:
        """The part of the inputs' columns that drift; 0 if there was nothing to compare."""
        return self.drift.share if self.drift else 0.0
