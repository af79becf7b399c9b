"""The verdict on a step of a rollout: whether a guard is breached, holds it back, or lets it pass.

docs/decisions/0082-guards-are-sequential-tests.md has the reasons.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import floor, log

from maas.domain.inference.statistics import seconds_of
from maas.domain.judging.figures import Drift, Errors, Figures, Labels
from maas.domain.judging.sequential import (
    SOME,
    Share,
    Spread,
    above,
    higher,
    mean_bounds,
    quantile_of,
    slower,
)
from maas.domain.rollouts.guards import Guard, Metric

# The chance that a rollout of an equal version is aborted, by all of its guards in all of its steps.
ALPHA = 0.05


class Outcome(StrEnum):
    BREACH = "breach"
    HOLD = "hold"
    PASS = "pass"  # noqa: S105 - the word of a verdict


@dataclass(frozen=True, slots=True)
class Verdict:
    """`guard` is the one that is breached or holds the step back; None if all pass."""

    outcome: Outcome
    guard: Guard | None
    reason: str


@dataclass(frozen=True, slots=True)
class _Finding:
    """What a guard sees: `calls` of the candidate, whether it is breached, and the numbers in words."""

    calls: int
    is_breached: bool
    text: str


def judge(guards: Sequence[Guard], figures: Figures, *, steps: int = 1) -> Verdict:
    """The verdict on a step's figures: the first breach, else the first guard that has seen too little, else a pass.

    The chance of a false breach is spread evenly over the guards and the `steps` of the rollout, so that all together
    have ALPHA however often one looks.
    """
    found = [(guard, _TESTS[guard.metric](guard, figures, ALPHA / (len(guards) * steps))) for guard in guards]
    for guard, finding in found:
        if finding.is_breached and finding.calls >= guard.min_calls:
            return Verdict(Outcome.BREACH, guard, finding.text)
    for guard, finding in found:
        if finding.calls < guard.min_calls:
            return Verdict(Outcome.HOLD, guard, _waiting(guard, finding))
    return Verdict(Outcome.PASS, None, "; ".join(finding.text for _, finding in found) or "the rollout has no guards")


def _waiting(guard: Guard, finding: _Finding) -> str:
    return (
        f"{guard.metric} waits for {guard.min_calls:,} calls of the candidate and has {finding.calls:,}; {finding.text}"
    )


def _error_rate(guard: Guard, figures: Figures, alpha: float) -> _Finding:
    """Without a call of live to compare with, live counts as faultless: the threshold bounds the candidate alone."""
    live, candidate = figures.live.failed, figures.candidate.failed
    evidence = higher(candidate, live, guard.threshold) if live.calls else above(candidate, guard.threshold, SOME)
    text = (
        f"error_rate: {_of(candidate)} calls of the candidate failed and {_of(live)} of live; "
        f"it may be {_percent(guard.threshold)} of all calls higher"
    )
    return _Finding(candidate.calls, evidence >= -log(alpha), text)


def _latency(guard: Guard, figures: Figures, alpha: float) -> _Finding:
    """Without a call of live there is nothing to compare with: the guard holds."""
    live, candidate = figures.live.durations, figures.candidate.durations
    evidence = slower(candidate, live, guard.threshold, guard.quantile)
    calls = sum(candidate.values()) if live else 0
    text = (
        f"latency: the {guard.quantile:g} quantile is {_milliseconds(candidate, guard.quantile)} of the candidate and "
        f"{_milliseconds(live, guard.quantile)} of live; it may be {guard.threshold:g} times as long"
    )
    return _Finding(calls, evidence >= -log(alpha), text)


def _disagreement(guard: Guard, figures: Figures, alpha: float) -> _Finding:
    share = figures.compared or Share(0, 0)
    text = f"disagreement: {_of(share)} compared answers disagree; {_percent(guard.threshold)} may"
    return _Finding(share.calls, above(share, guard.threshold, SOME) >= -log(alpha), text)


def _feedback(guard: Guard, figures: Figures, alpha: float) -> _Finding:
    match figures.feedback:
        case Labels(live=live, candidate=candidate):
            # A right answer cannot be more than all, so a threshold beyond 1 is never breached.
            is_worse = guard.threshold < 1 and higher(candidate, live, guard.threshold) >= -log(alpha)
            text = (
                f"feedback: {_of(candidate)} labeled answers of the candidate are wrong and {_of(live)} of live; "
                f"it may be {_percent(guard.threshold)} more"
            )
            return _Finding(candidate.calls, is_worse and live.calls > 0, text)
        case Errors(live=live_errors, candidate=candidate_errors):
            return _mean_error(guard, live_errors, candidate_errors, alpha)
    return _Finding(0, is_breached=False, text="feedback: no answer has feedback")


def _mean_error(guard: Guard, live: Spread, candidate: Spread, alpha: float) -> _Finding:
    """Half of the chance is spent on each side's bound, which is right for large samples alone."""
    lowest, highest = mean_bounds(candidate, alpha / 2)[0], mean_bounds(live, alpha / 2)[1]
    is_worse = live.count >= guard.min_calls and lowest > highest + guard.threshold
    text = (
        f"feedback: the mean absolute error is {candidate.mean:.4g} of the candidate ({candidate.count:,} answers) and "
        f"{live.mean:.4g} of live ({live.count:,}); it may be {guard.threshold:g} more"
    )
    return _Finding(candidate.count, is_worse, text)


def _drift(guard: Guard, figures: Figures, alpha: float) -> _Finding:
    """Each look at a report spends a part of the chance: 1/2, 1/6, 1/12 and so on, which add up to all of it."""
    found = figures.drift or Drift((), 0, 1)
    level = alpha / (found.looks * (found.looks + 1))
    drifted, features = _discoveries(found.p_values, level), len(found.p_values)
    text = f"drift: {drifted} of {features} features drift in {found.rows:,} rows; {_percent(guard.threshold)} may"
    return _Finding(found.rows, features > 0 and drifted > guard.threshold * features, text)


def _discoveries(p_values: Sequence[float], level: float) -> int:
    """The features that drift at this false discovery rate (Benjamini and Hochberg, 1995)."""
    ordered = sorted(p_values)
    return max((rank for rank, p in enumerate(ordered, 1) if p <= level * rank / len(ordered)), default=0)


_TESTS: dict[Metric, Callable[[Guard, Figures, float], _Finding]] = {
    Metric.ERROR_RATE: _error_rate,
    Metric.LATENCY: _latency,
    Metric.DISAGREEMENT: _disagreement,
    Metric.FEEDBACK: _feedback,
    Metric.DRIFT: _drift,
}


def _of(share: Share) -> str:
    return f"{share.hits:,.0f} of {share.calls:,} ({_percent(share.rate)})"


def _percent(rate: float) -> str:
    return f"{rate * 100:.3g} %"


def _milliseconds(durations: Mapping[int, int], quantile: float) -> str:
    if not durations:
        return "unknown"
    return f"{seconds_of(floor(quantile_of(durations, quantile))) * 1000:.3g} ms"
