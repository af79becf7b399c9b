"""Answers of reports, as the API gives them: drift, performance, comparisons and rollouts."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from maas_client.answers import (
    AliasMove,
    CalibrationBin,
    ClassFigures,
    Classification,
    ColumnDrift,
    Comparison,
    Drift,
    Interval,
    JudgedGuard,
    JudgedRollout,
    Judgement,
    Performance,
    PerformanceGroup,
    PerformancePoint,
    Regression,
    Rollout,
    RolloutGuard,
    RolloutStep,
    RolloutTolerance,
    SeenSide,
    Segment,
)
from maas_client.answers.monitoring import Violation

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
MODEL = "01a1c3d2-0000-7000-8000-000000000000"


def column(name: str, psi: float, *, drifts: bool = False, side: str = "input", test: str = "ks") -> ColumnDrift:
    violations = [Violation(kind="range", rate=0.075, expected=0.045)] if drifts else []
    return ColumnDrift(
        name=name,
        side=side,
        drifts=drifts,
        test=test,
        statistic=0.2,
        p_value=1e-6 if drifts else 0.6,
        adjusted=1e-5 if drifts else 0.8,
        psi=psi,
        jensen_shannon=psi / 10,
        missing_rate=0.06 if drifts else 0.0,
        baseline_missing_rate=0.01 if drifts else 0.0,
        violations=violations,
    )


def drift(columns: Sequence[ColumnDrift], outcome: str | None = None) -> Drift:
    found = outcome or ("drift" if any(each.drifts for each in columns) else "stable")
    inputs = [each for each in columns if each.side == "input"]
    return Drift(
        model_id=MODEL,
        version="1.0.0",
        since=NOON - timedelta(hours=1),
        until=NOON,
        outcome=found,
        share=sum(each.drifts for each in inputs) / max(1, len(inputs)),
        rows=2000,
        baseline=None if found == "no_baseline" else "given",
        baseline_version=None if found == "no_baseline" else "1.0.0",
        baseline_rows=0 if found == "no_baseline" else 150,
        columns=[*columns],
    )


def labels(accuracy: float, rows: int = 400) -> Classification:
    bins = [
        CalibrationBin(low=low / 10, high=(low + 1) / 10, rows=rows // 5, confidence=low / 10 + 0.05, accuracy=low / 10)
        for low in range(5, 10)
    ]
    return Classification(
        rows=rows,
        accuracy=Interval(estimate=accuracy, low=accuracy - 0.03, high=min(1.0, accuracy + 0.02)),
        f1_macro=accuracy,
        classes=[ClassFigures(label="setosa", precision=1, recall=1, f1=1, support=rows, auc=None, ece=None, bins=[])],
        auc=None,
        auc_error=None,
        ece=0.05,
        bins=bins,
    )


def group(
    version: str, accuracy: float | None = None, rmse: float | None = None, segment: Segment | None = None
) -> PerformanceGroup:
    points = [
        PerformancePoint(
            at=NOON - timedelta(hours=6 - hour),
            rows=40 + 10 * hour,
            accuracy=None if accuracy is None else accuracy - 0.01 * (hour % 3),
            f1_macro=accuracy,
            auc=None,
            ece=None,
            rmse=None if rmse is None else rmse + 0.1 * hour,
            mae=rmse,
        )
        for hour in range(6)
    ]
    return PerformanceGroup(
        version=version,
        rollout_id=None,
        side=None,
        segment=segment,
        classification=None if accuracy is None else labels(accuracy),
        regression=None if rmse is None else Regression(rows=300, rmse=rmse, mae=rmse * 0.8, bias=0.1),
        points=points,
    )


def performance(groups: Sequence[PerformanceGroup], by: str = "version") -> Performance:
    return Performance(
        model_id=MODEL, since=NOON - timedelta(hours=24), until=NOON, step="hour", by=by, items=[*groups]
    )


def comparison(
    old: PerformanceGroup, new: PerformanceGroup, change: Interval | None, mae: Interval | None
) -> Comparison:
    both = [
        {"version": each.version, "classification": each.classification, "regression": each.regression}
        for each in (old, new)
    ]
    return Comparison.model_validate(
        {
            "model_id": MODEL,
            "since": NOON - timedelta(hours=24),
            "until": NOON,
            "old": both[0],
            "new": both[1],
            "accuracy_change": change,
            "mae_change": mae,
        }
    )


_STEPS = (5.0, 25.0, 50.0, 100.0)


def rollout(step: int = 1, state: str = "running", *, minute: int = 20, reason: str | None = None) -> Rollout:
    percent = 0.0 if state == "aborted" else _STEPS[step]
    return Rollout(
        id="01a1c3d2-0000-7000-8000-00000000000a",
        alias="production",
        live="1.0.0",
        candidate="1.1.0",
        plan="canary",
        state=state,
        percent=percent,
        step=step,
        steps=[RolloutStep.model_validate({"percent": each, "for": 1200}) for each in _STEPS],
        since=NOON + timedelta(minutes=minute),
        sticky_by="caller",
        guards=[RolloutGuard(metric="error_rate", threshold=0.02, min_calls=100, quantile=0.9)],
        budget=0,
        start_at=None,
        tolerance=RolloutTolerance(absolute=1e-6, relative=0.01),
        publishes=False,
        reason=reason,
        force=None,
        created_by="someone",
        created_at=NOON,
        revision=step + 2 + 10 * (state == "aborted"),
    )


def judged_rollout(guards: Sequence[JudgedGuard]) -> JudgedRollout:
    judgement = Judgement(
        at=NOON + timedelta(minutes=25),
        step=1,
        result="watched",
        waits_for="time",
        seconds_left=900.0,
        reason="the step has 900 s left",
        guards=[*guards],
    )
    return JudgedRollout(**{name: getattr(rollout(), name) for name in Rollout.model_fields}, judgement=judgement)


def judged_guard(
    metric: str, threshold: float, live: float | None, candidate: float | None, **more: Any
) -> JudgedGuard:
    """What a guard has seen, each side's bounds being a fifth below and above."""
    return JudgedGuard(
        **{
            "metric": metric,
            "threshold": threshold,
            "min_calls": 50,
            "quantile": 0.9,
            "state": "holds",
            "live": _seen(900, live),
            "candidate": _seen(310, candidate),
            "e_value": 1.5,
            "limit": 40.0,
            "text": "",
            **more,
        }
    )


def _seen(calls: int, value: float | None) -> SeenSide:
    low, high = (None, None) if value is None else (0.8 * value, 1.2 * value)
    return SeenSide(calls=0 if value is None else calls, value=value, low=low, high=high)


# A guard of each kind, and of each that one side or both have no figure of.
GUARDS = [
    judged_guard("error_rate", 0.02, 0.01, 0.04, state="breached"),
    judged_guard("latency", 1.5, 0.0021, 0.0034),
    judged_guard("drift", 0.2, None, 0.1),
    judged_guard("feedback", 0.5, 2.0, 2.25, e_value=None),
    judged_guard("latency", 1.25, None, None, state="gathering", quantile=0.5),
    judged_guard("error_rate", 0.25, None, 0.0),
]


def move(of: Rollout) -> AliasMove:
    return AliasMove(
        alias="production",
        kind="rollout",
        from_version=of.live,
        to_version=of.live,
        reason=of.reason,
        moved_by="someone",
        moved_at=of.since,
        revision=of.revision,
        rollout=of,
    )
