"""The judge: looks at all active rollouts, takes bad candidates back, and moves good ones on.

A look may be repeated, and several judges may look at once: each change expects the rollout that was read, and each
watch the one before it (docs/decisions/0083-one-watch-of-a-rollout.md).
"""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol

from maas.domain.catalog.versions import Version, VersionState
from maas.domain.errors import Incompatible, MaasError, NotFound, RevisionMismatch, WrongState
from maas.domain.identity.principals import Principal, Scope
from maas.domain.identity.principals import judge as principal
from maas.domain.inference.statistics import of_rollout
from maas.domain.judging.figures import Figures
from maas.domain.judging.verdicts import Outcome, Verdict, judge
from maas.domain.judging.watching import KEPT, Watch, begun
from maas.domain.monitoring.places import Place
from maas.domain.monitoring.reports import DriftReport
from maas.domain.pages import Page
from maas.domain.rollouts.guards import Metric
from maas.domain.rollouts.rollouts import ActiveRollout, Rollout, RolloutAction, RolloutChange, RolloutState
from maas.domain.value_rules import REASON_MAX
from maas.platform.observability import logger
from maas.services.ports.rollout_watches import RolloutWatches
from maas.services.ports.statistics import StatisticsStore
from maas.services.rollout_outcomes import Feedback, Reports, drifting, outcomes

PAGE = 100
# A rollout that the judge itself has paused, which the reason tells, it lets go on by itself.
UNREADABLE = "the figures of calls can't be read; the rollout goes on by itself when they can"
READABLE = "the figures of calls can be read again"
DUE = "the start time has come"
LOADED = "the candidate is published and loaded"


class Rollouts(Protocol):
    """The part of the registry that a judge needs (services.ports.registry)."""

    async def get_version(
        self, by: Principal, model_id: str, ref: str, right: Scope = Scope.MODELS_READ
    ) -> Version: ...

    async def publish_version(
        self, by: Principal, model_id: str, version: str, force: str = "", expected_revision: int | None = None
    ) -> Version: ...

    async def list_rollouts(self, by: Principal, *, limit: int, after: str) -> Page[ActiveRollout]: ...

    async def change_rollout(self, by: Principal, model_id: str, change: RolloutChange) -> Rollout: ...


class Answer(StrEnum):
    """What came of the look at a rollout."""

    PUBLISHED = "published"
    STARTED = "started"
    WATCHED = "watched"
    ADVANCED = "advanced"
    PROMOTED = "promoted"
    ABORTED = "aborted"
    PAUSED = "paused"
    RESUMED = "resumed"
    UNREADABLE = "unreadable"
    FAILED = "failed"
    LEFT = "left"


@dataclass(frozen=True, slots=True)
class Looked:
    """The answer of a look, and the reason for it in plain English."""

    answer: Answer
    reason: str = ""


class JudgeService:
    """The use case of the judge. `time_left` returns the seconds in which a look may be begun."""

    def __init__(
        self,
        rollouts: Rollouts,
        statistics: StatisticsStore,
        watches: RolloutWatches,
        feedback: Feedback,
        reports: Reports,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._rollouts = rollouts
        self._statistics = statistics
        self._watches = watches
        self._feedback, self._reports = feedback, reports
        self._clock = clock

    async def look(self, time_left: Callable[[], float]) -> list[Looked]:
        """Looks at all active rollouts, in a random order, so that those that are left are others each time.

        Raises Unavailable if the registry does not answer.
        """
        found = await self._active()
        random.shuffle(found)
        return [await self._look(active) if time_left() > 0 else Looked(Answer.LEFT) for active in found]

    async def _active(self) -> list[ActiveRollout]:
        found, after = list[ActiveRollout](), ""
        while True:
            page = await self._rollouts.list_rollouts(principal("all"), limit=PAGE, after=after)
            found += page.items
            if not (after := page.next_cursor):
                return found

    async def _look(self, active: ActiveRollout) -> Looked:
        """The look at one rollout. No error of one keeps the judge from the others."""
        try:
            looked = await self._judged(active)
        except (RevisionMismatch, WrongState):
            looked = Looked(Answer.WATCHED, "somebody else has changed the rollout")
        except MaasError as error:
            looked = Looked(Answer.FAILED, error.message)
        except Exception as error:  # noqa: BLE001 - the other rollouts are looked at
            logger.error("a rollout can't be judged", exc_info=error, rollout=active.rollout.id)
            looked = Looked(Answer.FAILED, "unexpected")
        _log(active, looked)
        return looked

    async def _judged(self, active: ActiveRollout) -> Looked:
        if active.rollout.state is RolloutState.PREPARING:
            return await self._released(active)
        if active.rollout.state is RolloutState.SCHEDULED:
            return await self._started(active)
        watch = self._watched(active, self._clock())
        if watch is None:
            return await self._unreadable(active)
        report = self._report(active)
        if report:
            watch = watch.reported(report.made_at.isoformat())
        if not self._watches.put(active.rollout.id, watch):
            return Looked(Answer.WATCHED, "another judge looks at it")
        return await self._decided(active, watch, self._figures(active, watch, report))

    async def _released(self, active: ActiveRollout) -> Looked:
        """The next step of a release: its candidate is published, and answers calls from the next look on.

        Each step may be repeated, and a judge that ends between two of them leaves a state from which another goes on.
        """
        by, rollout = principal(active.tenant_id), active.rollout
        try:
            version = await self._rollouts.get_version(by, active.model_id, rollout.candidate)
            if version.state is VersionState.PUBLISHED:
                return await self._change(active, RolloutAction.START, Answer.STARTED, LOADED)
            await self._rollouts.publish_version(by, active.model_id, rollout.candidate, rollout.force)
        except (Incompatible, NotFound) as error:
            return await self._change(active, RolloutAction.ABORT, Answer.ABORTED, error.message)
        return Looked(Answer.PUBLISHED, f"{rollout.candidate} is published, and functions load it")

    async def _started(self, active: ActiveRollout) -> Looked:
        start_at = active.rollout.start_at
        if start_at is None or start_at.timestamp() > self._clock():
            return Looked(Answer.WATCHED, "the start time has not come")
        return await self._change(active, RolloutAction.START, Answer.STARTED, DUE)

    def _watched(self, active: ActiveRollout, now: float) -> Watch | None:
        """The watch after this look; None if the figures can't be read."""
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

    async def _unreadable(self, active: ActiveRollout) -> Looked:
        if active.rollout.state is RolloutState.RUNNING:
            return await self._change(active, RolloutAction.PAUSE, Answer.PAUSED, UNREADABLE)
        return Looked(Answer.UNREADABLE, UNREADABLE)

    async def _decided(self, active: ActiveRollout, watch: Watch, figures: Figures) -> Looked:
        rollout = active.rollout
        verdict = judge(rollout.guards, figures, steps=len(rollout.steps))
        if verdict.outcome is Outcome.BREACH:
            return await self._change(active, RolloutAction.ABORT, Answer.ABORTED, verdict.reason)
        if rollout.state is RolloutState.PAUSED:
            if rollout.reason != UNREADABLE:
                return Looked(Answer.WATCHED, f"it is paused; {verdict.reason}")
            return await self._change(active, RolloutAction.RESUME, Answer.RESUMED, READABLE)
        return await self._passed(active, watch, verdict)

    def _report(self, active: ActiveRollout) -> DriftReport | None:
        """The latest report of the candidate's drift, if a guard asks for it."""
        if not _is_guarded(active.rollout, Metric.DRIFT):
            return None
        return self._reports.report(Place(active.tenant_id, active.model_id, active.rollout.candidate))

    def _figures(self, active: ActiveRollout, watch: Watch, report: DriftReport | None) -> Figures:
        """The figures of the step. Feedback is that of the whole rollout, because it comes later than its calls."""
        found, rollout = watch.figures(active.rollout.percent), active.rollout
        if _is_guarded(rollout, Metric.FEEDBACK):
            found = replace(found, feedback=outcomes(self._feedback.sides(active.tenant_id, rollout.id)))
        return replace(found, drift=drifting(report, watch.reports))

    async def _passed(self, active: ActiveRollout, watch: Watch, verdict: Verdict) -> Looked:
        """The next step, or the end, of a rollout whose step may be over."""
        rollout = active.rollout
        left = rollout.steps[rollout.step].seconds - watch.seconds
        if verdict.outcome is Outcome.HOLD or not rollout.plan.promotes:
            return Looked(Answer.WATCHED, verdict.reason)
        if left > 0:
            return Looked(Answer.WATCHED, f"the step has {left:,.0f} s left; {verdict.reason}")
        if rollout.step + 1 < len(rollout.steps):
            return await self._change(active, RolloutAction.ADVANCE, Answer.ADVANCED, verdict.reason)
        return await self._change(active, RolloutAction.PROMOTE, Answer.PROMOTED, verdict.reason)

    async def _change(self, active: ActiveRollout, action: RolloutAction, answer: Answer, reason: str) -> Looked:
        change = RolloutChange(
            alias=active.alias, action=action, reason=reason[:REASON_MAX], expected=active.rollout.revision
        )
        await self._rollouts.change_rollout(principal(active.tenant_id), active.model_id, change)
        return Looked(answer, reason)


def _is_guarded(rollout: Rollout, metric: Metric) -> bool:
    return any(guard.metric is metric for guard in rollout.guards)


def _hour_before(now: float) -> range:
    """The minutes of live's calls before a rollout. The last ones may be calls of the rollout already."""
    minute = int(now // 60)
    return range(minute - KEPT, minute - 1)


def _log(active: ActiveRollout, looked: Looked) -> None:
    rollout = active.rollout
    logger.info(
        "rollout judged",
        answer=looked.answer,
        reason=looked.reason,
        tenant=active.tenant_id,
        model_id=active.model_id,
        alias=active.alias,
        rollout=rollout.id,
        state=rollout.state,
        step=rollout.step,
        candidate=rollout.candidate,
    )
