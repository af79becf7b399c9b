"""Reads what a step of a rollout came to: counts of calls, feedback and reports of drift."""

from dataclasses import dataclass, replace

from maas.domain.inference.statistics import of_rollout
from maas.domain.judging.figures import Figures
from maas.domain.judging.watching import KEPT, Watch, begun
from maas.domain.monitoring.places import Place
from maas.domain.rollouts.guards import Metric
from maas.domain.rollouts.rollouts import ActiveRollout, Rollout, RolloutState
from maas.services.ports.rollout_watches import RolloutWatches
from maas.services.ports.statistics import StatisticsStore
from maas.services.rollout_outcomes import Feedback, Reports, drifting, outcomes


@dataclass(frozen=True, slots=True)
class Read:
    """A look at a rollout. `watch` is stored with this look; `is_last` tells that no other judge looked meanwhile."""

    watch: Watch
    figures: Figures
    is_last: bool


class RolloutFigures:
    """Reads figures, and keeps in the watch of a rollout what they will be counted from at the next look."""

    def __init__(
        self, statistics: StatisticsStore, watches: RolloutWatches, feedback: Feedback, reports: Reports
    ) -> None:
        self._statistics, self._watches = statistics, watches
        self._feedback, self._reports = feedback, reports

    def read(self, active: ActiveRollout, now: float) -> Read | None:
        """The figures at this look; None if the counts of calls can't be read. Raises Unavailable."""
        watch, rollout = self._watched(active, now), active.rollout
        if watch is None:
            return None
        report = None
        if _is_guarded(rollout, Metric.DRIFT):
            report = self._reports.report(Place(active.tenant_id, active.model_id, rollout.candidate))
        if report:
            watch = watch.reported(report.made_at.isoformat())
        is_last = self._watches.put(rollout.id, watch)
        found = replace(watch.figures(rollout.percent), drift=drifting(report, watch.reports))
        # Feedback is that of the whole rollout, because it comes later than its calls.
        if is_last and _is_guarded(rollout, Metric.FEEDBACK):
            found = replace(found, feedback=outcomes(self._feedback.sides(active.tenant_id, rollout.id)))
        return Read(watch, found, is_last)

    def _watched(self, active: ActiveRollout, now: float) -> Watch | None:
        """The watch after this look; None if the counts can't be read."""
        rollout, read = active.rollout, self._statistics.read
        watch = self._watches.get(rollout.id)
        if watch is None:
            before = read(active.tenant_id, active.model_id, _hour_before(now))
            if before is None:
                return None
            watch = begun(now, rollout.step, before.get(rollout.live, {}))
        slot = of_rollout(rollout.id)
        settled = read(active.tenant_id, slot, watch.settled(now))
        unsettled = read(active.tenant_id, slot, watch.open(now))
        if settled is None or unsettled is None:
            return None
        return watch.looked(now, rollout.step, settled, unsettled, runs=rollout.state is RolloutState.RUNNING)


def _is_guarded(rollout: Rollout, metric: Metric) -> bool:
    return any(guard.metric is metric for guard in rollout.guards)


def _hour_before(now: float) -> range:
    """The minutes of live's calls before a rollout. The last ones may be calls of the rollout already."""
    minute = int(now // 60)
    return range(minute - KEPT, minute - 1)
