"""Rollouts between the domain and maas.registry.v1."""

from maas.domain.errors import InvalidInput, Rule
from maas.domain.rollouts.guards import Guard, Metric
from maas.domain.rollouts.plans import Plan, Step, plan_of
from maas.domain.rollouts.rollouts import (
    ActiveRollout,
    NewRollout,
    Rollout,
    RolloutAction,
    RolloutChange,
    RolloutState,
)
from maas.domain.rollouts.sticky import sticky_by
from maas.domain.rollouts.tolerances import DEFAULT_TOLERANCE, Tolerance
from maas.rpc.registry.v1 import registry_pb2 as pb
from maas.wire.fields import expected_of, from_timestamp, moment_of, to_timestamp


def to_rollout(rollout: Rollout) -> pb.Rollout:
    return pb.Rollout(
        id=rollout.id,
        live=rollout.live,
        candidate=rollout.candidate,
        plan=rollout.plan,
        steps=[_to_step(step) for step in rollout.steps],
        sticky_by=str(rollout.sticky_by),
        guards=[_to_guard(guard) for guard in rollout.guards],
        budget=rollout.budget,
        tolerance=_to_tolerance(rollout.tolerance),
        state=rollout.state,
        step=rollout.step,
        since=to_timestamp(rollout.since),
        start_at=to_timestamp(rollout.start_at),
        reason=rollout.reason,
        force=rollout.force,
        created_by=rollout.created_by,
        created_at=to_timestamp(rollout.created_at),
        revision=rollout.revision,
        publishes=rollout.publishes,
    )


def from_rollout(message: pb.Rollout) -> Rollout:
    return Rollout(
        id=message.id,
        live=message.live,
        candidate=message.candidate,
        plan=Plan(message.plan),
        steps=tuple(_from_step(step) for step in message.steps),
        sticky_by=sticky_by(message.sticky_by),
        guards=tuple(_from_guard(guard) for guard in message.guards),
        budget=message.budget,
        tolerance=_tolerance_of(message),
        state=RolloutState(message.state),
        step=message.step,
        since=from_timestamp(message.since),
        start_at=from_timestamp(message.start_at) if message.HasField("start_at") else None,
        reason=message.reason,
        force=message.force,
        created_by=message.created_by,
        created_at=from_timestamp(message.created_at),
        revision=message.revision,
        publishes=message.publishes,
    )


def to_start_rollout(model_id: str, new: NewRollout) -> pb.StartRolloutRequest:
    guards = None if new.guards is None else pb.GuardList(values=[_to_guard(guard) for guard in new.guards])
    return pb.StartRolloutRequest(
        model_id=model_id,
        alias=new.alias,
        candidate=new.candidate,
        plan=new.plan,
        steps=[_to_step(step) for step in new.steps],
        sticky_by=str(new.sticky_by),
        guards=guards,
        budget=new.budget,
        tolerance=_to_tolerance(new.tolerance),
        start_at=to_timestamp(new.start_at),
        force=new.force,
        release=new.release,
    )


def from_start_rollout(message: pb.StartRolloutRequest) -> NewRollout:
    """Raises InvalidInput (plan, sticky_by, guards)."""
    return NewRollout(
        alias=message.alias,
        candidate=message.candidate,
        plan=plan_of(message.plan),
        steps=tuple(_from_step(step) for step in message.steps),
        sticky_by=sticky_by(message.sticky_by),
        guards=_given_guards(message),
        budget=message.budget,
        tolerance=_tolerance_of(message),
        start_at=moment_of(message, "start_at") if message.HasField("start_at") else None,
        force=message.force,
        release=message.release,
    )


def to_change_rollout(model_id: str, change: RolloutChange) -> pb.ChangeRolloutRequest:
    return pb.ChangeRolloutRequest(
        model_id=model_id,
        alias=change.alias,
        action=change.action,
        reason=change.reason,
        expected_revision=change.expected,
    )


def from_change_rollout(message: pb.ChangeRolloutRequest) -> RolloutChange:
    """Raises InvalidInput (action)."""
    if message.action not in [*RolloutAction]:
        raise InvalidInput.of("action", Rule.ENUM, f"must be one of {', '.join(RolloutAction)}")
    return RolloutChange(
        alias=message.alias,
        action=RolloutAction(message.action),
        reason=message.reason,
        expected=expected_of(message),
    )


def to_active(found: ActiveRollout) -> pb.ActiveRollout:
    rollout = to_rollout(found.rollout)
    return pb.ActiveRollout(tenant_id=found.tenant_id, model_id=found.model_id, alias=found.alias, rollout=rollout)


def from_active(message: pb.ActiveRollout) -> ActiveRollout:
    rollout = from_rollout(message.rollout)
    return ActiveRollout(tenant_id=message.tenant_id, model_id=message.model_id, alias=message.alias, rollout=rollout)


def _given_guards(message: pb.StartRolloutRequest) -> tuple[Guard, ...] | None:
    if not message.HasField("guards"):
        return None
    given = enumerate(message.guards.values)
    return tuple(Guard.of(place, each.metric, each.threshold, each.min_calls, each.quantile) for place, each in given)


def _to_tolerance(tolerance: Tolerance) -> pb.Tolerance:
    return pb.Tolerance(absolute=tolerance.absolute, relative=tolerance.relative)


def _tolerance_of(message: pb.Rollout | pb.StartRolloutRequest) -> Tolerance:
    """The default one, if the message is from before there were others."""
    if not message.HasField("tolerance"):
        return DEFAULT_TOLERANCE
    return Tolerance(message.tolerance.absolute, message.tolerance.relative)


def _to_step(step: Step) -> pb.RolloutStep:
    return pb.RolloutStep(percent=step.percent, seconds=step.seconds)


def _from_step(message: pb.RolloutStep) -> Step:
    return Step(message.percent, message.seconds)


def _to_guard(guard: Guard) -> pb.Guard:
    return pb.Guard(metric=guard.metric, threshold=guard.threshold, min_calls=guard.min_calls, quantile=guard.quantile)


def _from_guard(message: pb.Guard) -> Guard:
    return Guard(
        metric=Metric(message.metric),
        threshold=message.threshold,
        min_calls=message.min_calls,
        quantile=message.quantile,
    )
