"""One rollout, and the judge that looks at it each minute."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from maas.domain.inference.statistics import ByVersion, Slot, of_rollout
from maas.domain.rollouts.guards import Guard, Metric
from maas.domain.rollouts.plans import Plan, Step
from maas.domain.rollouts.rollouts import ActiveRollout, Rollout, RolloutAction, RolloutChange, RolloutState
from maas.domain.rollouts.sticky import StickyBy, StickyKind
from maas.domain.rollouts.tolerances import DEFAULT_TOLERANCE
from maas.services.call_statistics import KeptStatistics
from maas.services.judging import Answer, JudgeService
from tests.fakes.feedback import FakeFeedback
from tests.fakes.monitoring import FakeSketchStore
from tests.fakes.rollouts import FakeRollouts, FakeWatches

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
GUARDS = (Guard(metric=Metric.ERROR_RATE, threshold=0.01),)
STEPS = (Step(5, 120), Step(100, 60))
GOOD: dict[str, Mapping[str, int]] = {"live": {"calls": 950}, "candidate": {"calls": 60}}
BAD: dict[str, Mapping[str, int]] = {"live": {"calls": 950}, "candidate": {"calls": 60, "error:model_crashed": 60}}


class Statistics(KeptStatistics):
    """Counts of this test. `is_gone` is a store that does not answer."""

    is_gone = False

    def read(self, tenant_id: str, model_id: str, minutes: range) -> ByVersion | None:  # type: ignore[override]
        return None if self.is_gone else super().read(tenant_id, model_id, minutes)


class World:
    """One rollout, looked at each minute of a clock that `skew` puts forward or back."""

    def __init__(self) -> None:
        self.rollouts, self.statistics, self.watches = FakeRollouts(), Statistics(), FakeWatches()
        self.feedback, self.reports = FakeFeedback(), FakeSketchStore()
        self.now, self.skew = NOON, 0.0
        self.judge = JudgeService(
            self.rollouts,
            self.statistics,
            self.watches,
            self.feedback,
            self.reports,
            clock=lambda: self.now.timestamp() + self.skew,
        )
        self.begin()

    def begin(self, model_id: str = "iris", **changes: object) -> None:
        plain = Rollout(
            id=f"rollout-of-{model_id}",
            live="1.0.0",
            candidate="2.0.0",
            plan=Plan.CANARY,
            steps=STEPS,
            sticky_by=StickyBy(StickyKind.CALLER),
            guards=GUARDS,
            budget=1000,
            state=RolloutState.RUNNING,
            step=0,
            since=self.now,
            start_at=None,
            tolerance=DEFAULT_TOLERANCE,
            publishes=False,
            reason="",
            force="",
            created_by="ada",
            created_at=self.now,
            revision=7,
        )
        rollout = replace(plain, **changes)  # type: ignore[arg-type]
        self.rollouts.add(ActiveRollout(tenant_id="acme", model_id=model_id, alias="production", rollout=rollout))

    @property
    def rollout(self) -> Rollout:
        return self.rollouts.rollout("iris")

    def count(self, counts: ByVersion, *, model_id: str = "iris", minutes_off: int = 0) -> None:
        minute = int(self.now.timestamp() // 60) + minutes_off
        self.statistics.add({Slot("acme", of_rollout(f"rollout-of-{model_id}"), minute): counts})

    async def look(self) -> Answer:
        """Looks, and goes on to the next minute."""
        [looked] = await self.judge.look(lambda: 1.0)
        self.now += timedelta(minutes=1)
        return looked.answer

    async def change(self, action: RolloutAction, reason: str = "") -> None:
        change = RolloutChange(alias="production", action=action, reason=reason)
        await self.rollouts.change_rollout(None, "iris", change)  # type: ignore[arg-type]
