"""Rollouts as plain values, and back. Shares and thresholds are texts, because DynamoDB has no binary fractions."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from maas.domain.rollouts.guards import Guard, Metric
from maas.domain.rollouts.plans import Plan, Step
from maas.domain.rollouts.rollouts import Rollout, RolloutState
from maas.domain.rollouts.sticky import sticky_by
from maas.domain.rollouts.tolerances import DEFAULT_TOLERANCE, Tolerance
from maas.domain.value_rules import REASON_MAX

# Bytes of the longest reason in UTF-8.
_REASON_BYTES = 4 * REASON_MAX


def rollout_values(rollout: Rollout) -> dict[str, Any]:
    return {
        "id": rollout.id,
        "live": rollout.live,
        "candidate": rollout.candidate,
        "plan": str(rollout.plan),
        "steps": [{"percent": repr(step.percent), "seconds": step.seconds} for step in rollout.steps],
        "sticky_by": str(rollout.sticky_by),
        "guards": [_guard_values(guard) for guard in rollout.guards],
        "budget": rollout.budget,
        "tolerance": {
            "absolute": repr(rollout.tolerance.absolute),
            "relative": repr(rollout.tolerance.relative),
        },
        "state": str(rollout.state),
        "step": rollout.step,
        "since": rollout.since.isoformat(),
        "start_at": rollout.start_at and rollout.start_at.isoformat(),
        "publishes": rollout.publishes,
        "reason": rollout.reason,
        "force": rollout.force,
        "created_by": rollout.created_by,
        "created_at": rollout.created_at.isoformat(),
        "revision": rollout.revision,
    }


def rollout_of(values: Mapping[str, Any]) -> Rollout:
    return Rollout(
        id=values["id"],
        live=values["live"],
        candidate=values["candidate"],
        plan=Plan(values["plan"]),
        steps=tuple(Step(float(step["percent"]), int(step["seconds"])) for step in values["steps"]),
        sticky_by=sticky_by(values["sticky_by"]),
        guards=tuple(_guard_of(guard) for guard in values["guards"]),
        budget=int(values["budget"]),
        tolerance=_tolerance_of(values),
        state=RolloutState(values["state"]),
        step=int(values["step"]),
        since=datetime.fromisoformat(values["since"]),
        start_at=values["start_at"] and datetime.fromisoformat(values["start_at"]),
        publishes=values["publishes"],
        reason=values["reason"],
        force=values["force"],
        created_by=values["created_by"],
        created_at=datetime.fromisoformat(values["created_at"]),
        revision=int(values["revision"]),
    )


def rollout_room(rollout: Rollout) -> int:
    """The bytes that a rollout may come to in the item of its model, whatever the reasons of its changes will be.

    It is that of JSON, which is at least that of DynamoDB.
    """
    values = rollout_values(replace(rollout, reason=""))
    return len(json.dumps(values, ensure_ascii=False).encode()) + _REASON_BYTES


def _tolerance_of(values: Mapping[str, Any]) -> Tolerance:
    """The default one, if the rollout is from before there were others."""
    found = values.get("tolerance")
    return Tolerance(float(found["absolute"]), float(found["relative"])) if found else DEFAULT_TOLERANCE


def _guard_values(guard: Guard) -> dict[str, Any]:
    return {
        "metric": str(guard.metric),
        "threshold": repr(guard.threshold),
        "min_calls": guard.min_calls,
        "quantile": repr(guard.quantile),
    }


def _guard_of(values: Mapping[str, Any]) -> Guard:
    return Guard(
        metric=Metric(values["metric"]),
        threshold=float(values["threshold"]),
        min_calls=int(values["min_calls"]),
        quantile=float(values["quantile"]),
    )
