"""Counts of predictions as CloudWatch metrics: lines of EMF, for each version once a minute."""

import time
from collections.abc import Callable, Mapping

from maas.domain.inference.statistics import (
    CALLS,
    COLD_STARTS,
    HITS,
    PHASES,
    ByVersion,
    Figures,
    Slot,
    added,
    figures,
    is_rollout,
    values_of,
)
from maas.platform.observability import VALUES_MAX, publish_with

PERIOD = 60.0

_Key = tuple[str, str, str]


class EmfStatistics:
    """A sink of CallStatistics. It writes when a minute has passed since it did so last, and at the first call.

    The metrics have the dimensions `service` and `stage`. Organization, model and version are properties of a line,
    which Logs Insights can search (docs/observability.md).
    """

    def __init__(self, period: float = PERIOD, clock: Callable[[], float] = time.monotonic) -> None:
        self._period, self._clock = period, clock
        self._written: float | None = None
        self._counts: dict[_Key, dict[str, int]] = {}

    def add(self, counts: Mapping[Slot, ByVersion]) -> None:
        for slot, versions in counts.items():
            for version, each in versions.items():
                # All calls of an organization are counted twice: as such, and for their version if they have one.
                # Those of a rollout are those of its two versions.
                if (slot.model_id or not version) and not is_rollout(slot.model_id):
                    added(self._counts.setdefault((slot.tenant_id, slot.model_id, version), {}), each)
        if self._written is None or self._clock() - self._written >= self._period:
            self._write()

    def _write(self) -> None:
        self._written, found, self._counts = self._clock(), self._counts, {}
        for (tenant_id, model_id, version), counts in found.items():
            times = {phase: values_of(counts, phase, VALUES_MAX) for phase in PHASES}
            milliseconds = {f"{phase.title()}Time": [each * 1000 for each in times[phase]] for phase in times}
            publish_with(
                _numbers(figures(counts), counts),
                {name: values for name, values in milliseconds.items() if values},
                {"tenant": tenant_id, "model_id": model_id, "version": version},
            )


def _numbers(found: Figures, counts: Mapping[str, int]) -> dict[str, int]:
    numbers = {
        "Predictions": counts.get(CALLS, 0),
        "PredictionErrors": sum(found.errors.values()),
        "ResultHits": counts.get(HITS, 0),
        "ColdStarts": counts.get(COLD_STARTS, 0),
        "QueueLength": int(found.queue.p99) if found.queue else 0,
    }
    return numbers | {f"PredictionErrors_{code}": number for code, number in found.errors.items()}
