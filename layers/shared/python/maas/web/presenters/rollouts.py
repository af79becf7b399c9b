"""Rollouts between the domain and the contract."""

from maas.contracts.rollouts import (
    ChangeRollout,
    GuardAnswer,
    GuardBody,
    JudgedGuardAnswer,
    JudgedRolloutAnswer,
    JudgementAnswer,
    RolloutAnswer,
    SeenAnswer,
    StartRollout,
    StepAnswer,
    ToleranceAnswer,
)
from maas.domain import value_rules
from maas.domain.clock import now
from maas.domain.errors import InvalidInput, Rule
from maas.domain.judging.findings import GuardJudgement, Judgement, Seen
from maas.domain.rollouts.guards import Guard
from maas.domain.rollouts.plans import Step, plan_of
from maas.domain.rollouts.rollouts import NewRollout, Rollout, RolloutAction, RolloutChange
from maas.domain.rollouts.sticky import StickyBy, sticky_by
from maas.domain.rollouts.tolerances import Tolerance


def new_rollout(body: StartRollout, alias: str) -> NewRollout:
    """The rollout, checked. The way to the registry is narrower: it takes numbers of at most 64 bits.

    Raises InvalidInput (plan, steps, sticky_by, guards, budget, tolerance, start_at, force).
    """
    plan = plan_of(body.plan)
    asked = NewRollout(
        alias=alias,
        candidate=body.candidate,
        plan=plan,
        steps=tuple(Step(step.percent, step.for_) for step in body.steps),
        sticky_by=StickyBy(plan.sticky_by) if body.sticky_by is None else sticky_by(body.sticky_by),
        guards=None if body.guards is None else tuple(_guard(*each) for each in enumerate(body.guards)),
        budget=body.budget,
        tolerance=Tolerance.of(body.tolerance.absolute, body.tolerance.relative),
        start_at=value_rules.moment(body.start_at, "start_at") if body.start_at is not None else None,
        release=body.release,
        force=body.force,
    )
    return asked.checked(now())


def rollout_change(body: ChangeRollout, alias: str, expected: int | None) -> RolloutChange:
    """Raises InvalidInput (action)."""
    if body.action not in [*RolloutAction]:
        raise InvalidInput.of("action", Rule.ENUM, f"must be one of {', '.join(RolloutAction)}")
    return RolloutChange(alias=alias, action=RolloutAction(body.action), reason=body.reason, expected=expected)


def rollout_answer(alias: str, rollout: Rollout) -> RolloutAnswer:
    return RolloutAnswer(
        id=rollout.id,
        alias=alias,
        live=rollout.live,
        candidate=rollout.candidate,
        plan=rollout.plan,
        state=rollout.state,
        percent=rollout.percent,
        step=rollout.step,
        steps=[StepAnswer(percent=step.percent, for_=step.seconds) for step in rollout.steps],
        since=rollout.since,
        sticky_by=str(rollout.sticky_by),
        guards=[_guard_answer(guard) for guard in rollout.guards],
        budget=rollout.budget,
        tolerance=ToleranceAnswer(absolute=rollout.tolerance.absolute, relative=rollout.tolerance.relative),
        start_at=rollout.start_at,
        publishes=rollout.publishes,
        reason=rollout.reason or None,
        force=rollout.force or None,
        created_by=rollout.created_by,
        created_at=rollout.created_at,
        revision=rollout.revision,
    )


def judged_answer(alias: str, rollout: Rollout, judgement: Judgement | None) -> JudgedRolloutAnswer:
    plain = rollout_answer(alias, rollout)
    found = None if judgement is None else _judgement_answer(judgement)
    return JudgedRolloutAnswer(**{name: getattr(plain, name) for name in RolloutAnswer.model_fields}, judgement=found)


def _judgement_answer(judgement: Judgement) -> JudgementAnswer:
    return JudgementAnswer(
        at=judgement.at,
        step=judgement.step,
        result=judgement.result,
        waits_for=judgement.waits_for,
        seconds_left=judgement.seconds_left,
        reason=judgement.reason,
        guards=[_judged_guard(each) for each in judgement.guards],
    )


def _judged_guard(judged: GuardJudgement) -> JudgedGuardAnswer:
    guard = judged.guard
    return JudgedGuardAnswer(
        metric=guard.metric,
        threshold=guard.threshold,
        min_calls=guard.min_calls,
        quantile=guard.quantile,
        state=judged.state,
        live=_seen(judged.live),
        candidate=_seen(judged.candidate),
        e_value=judged.e_value,
        limit=judged.limit,
        text=judged.text,
    )


def _seen(seen: Seen) -> SeenAnswer:
    return SeenAnswer(calls=seen.calls, value=seen.value, low=seen.low, high=seen.high)


def _guard(place: int, body: GuardBody) -> Guard:
    return Guard.of(place, body.metric, body.threshold, body.min_calls, body.quantile)


def _guard_answer(guard: Guard) -> GuardAnswer:
    return GuardAnswer(
        metric=guard.metric, threshold=guard.threshold, min_calls=guard.min_calls, quantile=guard.quantile
    )
