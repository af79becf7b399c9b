"""The judge: looks at all active rollouts, takes bad candidates back, and moves good ones on.

A look may be repeated, and several judges may look at once: each change expects the rollout that was read, and each
watch the one before it (docs/decisions/0083-one-watch-of-a-rollout.md).
"""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Protocol

from maas.domain.catalog.versions import Version, VersionState
from maas.domain.errors import Incompatible, MaasError, NotFound, RevisionMismatch, WrongState
from maas.domain.identity.principals import Principal, Scope
from maas.domain.identity.principals import judge as principal
from maas.domain.judging.findings import GuardJudgement, Judgement, Waits
from maas.domain.judging.verdicts import Outcome, Verdict, judge
from maas.domain.pages import Page
from maas.domain.rollouts.rollouts import ActiveRollout, Rollout, RolloutAction, RolloutChange, RolloutState
from maas.domain.value_rules import REASON_MAX
from maas.platform.observability import logger
from maas.services.ports.rollout_watches import RolloutWatches
from maas.services.ports.statistics import StatisticsStore
from maas.services.rollout_figures import RolloutFigures
from maas.services.rollout_outcomes import Feedback, Reports

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
    """The answer of a look, and the reason for it in plain English.

    `waits` is why the rollout stays as it is. A look that neither waits nor changes anything is another judge's.
    `left` are the seconds of the step that are left, `verdict` is that on its figures; None if there are none.
    """

    answer: Answer
    reason: str = ""
    waits: Waits | None = None
    left: float | None = None
    verdict: Verdict | None = None

    @property
    def is_anothers(self) -> bool:
        return self.answer in (Answer.WATCHED, Answer.LEFT) and self.waits is None


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
        self._rollouts, self._watches = rollouts, watches
        self._figures = RolloutFigures(statistics, watches, feedback, reports)
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
            looked = Looked(Answer.FAILED, error.message, Waits.FIGURES)
        except Exception as error:  # noqa: BLE001 - the other rollouts are looked at
            logger.error("a rollout can't be judged", exc_info=error, rollout=active.rollout.id)
            looked = Looked(Answer.FAILED, "unexpected", Waits.FIGURES)
        _log(active, looked)
        if not looked.is_anothers:
            self._keep(active, looked)
        return looked

    def _keep(self, active: ActiveRollout, looked: Looked) -> None:
        """Keeps what people see of the look. Without it they see the last one, and its time."""
        rollout = active.rollout
        try:
            self._watches.note(active.tenant_id, active.model_id, rollout.id)
            self._watches.put_judgement(rollout.id, _judgement(rollout, looked, self._clock()))
        except MaasError as error:
            logger.warning("a judgement can't be kept", reason=error.message, rollout=rollout.id)

    async def _judged(self, active: ActiveRollout) -> Looked:
        if active.rollout.state is RolloutState.PREPARING:
            return await self._released(active)
        if active.rollout.state is RolloutState.SCHEDULED:
            return await self._started(active)
        read = self._figures.read(active, self._clock())
        if read is None:
            return await self._unreadable(active)
        if not read.is_last:
            return Looked(Answer.WATCHED, "another judge looks at it")
        verdict = judge(active.rollout.guards, read.figures, steps=len(active.rollout.steps))
        left = max(0.0, active.rollout.steps[active.rollout.step].seconds - read.watch.seconds)
        return replace(await self._decided(active, left, verdict), left=left, verdict=verdict)

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
        return Looked(Answer.PUBLISHED, f"{rollout.candidate} is published, and functions load it", Waits.LOAD)

    async def _started(self, active: ActiveRollout) -> Looked:
        start_at = active.rollout.start_at
        if start_at is None or start_at.timestamp() > self._clock():
            return Looked(Answer.WATCHED, "the start time has not come", Waits.START)
        return await self._change(active, RolloutAction.START, Answer.STARTED, DUE)

    async def _unreadable(self, active: ActiveRollout) -> Looked:
        if active.rollout.state is RolloutState.RUNNING:
            paused = await self._change(active, RolloutAction.PAUSE, Answer.PAUSED, UNREADABLE)
            return replace(paused, waits=Waits.COUNTS)
        return Looked(Answer.UNREADABLE, UNREADABLE, Waits.COUNTS)

    async def _decided(self, active: ActiveRollout, left: float, verdict: Verdict) -> Looked:
        rollout = active.rollout
        if verdict.outcome is Outcome.BREACH:
            return await self._change(active, RolloutAction.ABORT, Answer.ABORTED, verdict.reason)
        if rollout.state is RolloutState.PAUSED:
            if rollout.reason != UNREADABLE:
                return Looked(Answer.WATCHED, f"it is paused; {verdict.reason}", Waits.PERSON)
            return await self._change(active, RolloutAction.RESUME, Answer.RESUMED, READABLE)
        return await self._passed(active, left, verdict)

    async def _passed(self, active: ActiveRollout, left: float, verdict: Verdict) -> Looked:
        """The next step, or the end, of a rollout whose step may be over."""
        rollout = active.rollout
        if verdict.outcome is Outcome.HOLD:
            return Looked(Answer.WATCHED, verdict.reason, Waits.CALLS)
        if not rollout.plan.promotes:
            return Looked(Answer.WATCHED, verdict.reason, Waits.PERSON)
        if left > 0:
            return Looked(Answer.WATCHED, f"the step has {left:,.0f} s left; {verdict.reason}", Waits.TIME)
        if rollout.step + 1 < len(rollout.steps):
            return await self._change(active, RolloutAction.ADVANCE, Answer.ADVANCED, verdict.reason)
        return await self._change(active, RolloutAction.PROMOTE, Answer.PROMOTED, verdict.reason)

    async def _change(self, active: ActiveRollout, action: RolloutAction, answer: Answer, reason: str) -> Looked:
        change = RolloutChange(
            alias=active.alias, action=action, reason=reason[:REASON_MAX], expected=active.rollout.revision
        )
        await self._rollouts.change_rollout(principal(active.tenant_id), active.model_id, change)
        return Looked(answer, reason)


def _judgement(rollout: Rollout, looked: Looked, now: float) -> Judgement:
    return Judgement(
        at=datetime.fromtimestamp(now, UTC),
        step=rollout.step,
        result=looked.answer,
        reason=looked.reason,
        waits_for=looked.waits,
        seconds_left=looked.left,
        guards=tuple(GuardJudgement.of(finding) for finding in looked.verdict.findings) if looked.verdict else (),
    )


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
