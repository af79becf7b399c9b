"""The verdict on a step of a rollout: whether a guard is breached, holds it back, or lets it pass.

docs/decisions/0082-guards-are-sequential-tests.md has the reasons.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from math import floor, log

from maas.domain.inference.statistics import seconds_of
from maas.domain.judging.figures import Drift, Errors, Figures, Labels
from maas.domain.judging.findings import Finding, GuardState, Seen
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
# Smaller p-values are beyond what the tests can tell.
_LEAST_P = 1e-290


class Outcome(StrEnum):
    BREACH = "breach"
    HOLD = "hold"
    PASS = "pass"  # noqa: S105 - the word of a verdict


@dataclass(frozen=True, slots=True)
class Verdict:
    """`guard` is the one that is breached or holds the step back; None if all pass. `findings` are those of all."""

    outcome: Outcome
    guard: Guard | None
    reason: str
    findings: tuple[Finding, ...] = ()


def judge(guards: Sequence[Guard], figures: Figures, *, steps: int = 1) -> Verdict:
    """The verdict on a step's figures: the first breach, else the first guard that has seen too little, else a pass.

    The chance of a false breach is spread evenly over the guards and the `steps` of the rollout, so that all together
    have ALPHA however often one looks.
    """
    found = tuple(_TESTS[guard.metric](guard, figures, ALPHA / (len(guards) * steps)) for guard in guards)
    for finding in found:
        if finding.state is GuardState.BREACHED:
            return Verdict(Outcome.BREACH, finding.guard, finding.text, found)
    for finding in found:
        if finding.state is GuardState.GATHERING:
            return Verdict(Outcome.HOLD, finding.guard, _waiting(finding), found)
    reason = "; ".join(finding.text for finding in found) or "the rollout has no guards"
    return Verdict(Outcome.PASS, None, reason, found)


def _waiting(finding: Finding) -> str:
    guard = finding.guard
    return (
        f"{guard.metric} waits for {guard.min_calls:,} calls of the candidate and has {finding.calls:,}; {finding.text}"
    )


def _by_evidence(
    guard: Guard, alpha: float, evidence: float, sides: tuple[Share | Seen, Share | Seen], text: str
) -> Finding:
    """The finding of a test that counts each call of the candidate. `sides` are live and the candidate."""
    live, candidate = sides
    return Finding(
        guard=guard,
        calls=candidate.calls,
        is_breached=evidence >= -log(alpha),
        text=text,
        alpha=alpha,
        live=live,
        candidate=candidate,
        evidence=evidence,
    )


def _error_rate(guard: Guard, figures: Figures, alpha: float) -> Finding:
    """Without a call of live to compare with, live counts as faultless: the threshold bounds the candidate alone."""
    live, candidate = figures.live.failed, figures.candidate.failed
    evidence = higher(candidate, live, guard.threshold) if live.calls else above(candidate, guard.threshold, SOME)
    text = (
        f"error_rate: {_of(candidate)} calls of the candidate failed and {_of(live)} of live; "
        f"it may be {_percent(guard.threshold)} of all calls higher"
    )
    return _by_evidence(guard, alpha, evidence, (live, candidate), text)


def _latency(guard: Guard, figures: Figures, alpha: float) -> Finding:
    """Without a call of live there is nothing to compare with: the guard gathers calls."""
    live, candidate = figures.live.durations, figures.candidate.durations
    evidence = slower(candidate, live, guard.threshold, guard.quantile)
    text = (
        f"latency: the {guard.quantile:g} quantile is {_milliseconds(candidate, guard.quantile)} of the candidate and "
        f"{_milliseconds(live, guard.quantile)} of live; it may be {guard.threshold:g} times as long"
    )
    sides = (_timed(live, guard.quantile), _timed(candidate, guard.quantile))
    found = _by_evidence(guard, alpha, evidence, sides, text)
    return found if live else replace(found, calls=0)


def _disagreement(guard: Guard, figures: Figures, alpha: float) -> Finding:
    share = figures.compared or Share(0, 0)
    text = f"disagreement: {_of(share)} compared answers disagree; {_percent(guard.threshold)} may"
    return _by_evidence(guard, alpha, above(share, guard.threshold, SOME), (Seen(), share), text)


def _feedback(guard: Guard, figures: Figures, alpha: float) -> Finding:
    match figures.feedback:
        case Labels(live=live, candidate=candidate):
            # A right answer cannot be more than all, so a threshold beyond 1 is never breached. Without a label of live
            # there is nothing to compare with.
            is_judged = guard.threshold < 1 and live.calls > 0
            evidence = higher(candidate, live, guard.threshold) if is_judged else 0.0
            text = (
                f"feedback: {_of(candidate)} labeled answers of the candidate are wrong and {_of(live)} of live; "
                f"it may be {_percent(guard.threshold)} more"
            )
            return _by_evidence(guard, alpha, evidence, (live, candidate), text)
        case Errors(live=live_errors, candidate=candidate_errors):
            return _mean_error(guard, live_errors, candidate_errors, alpha)
    return _by_evidence(guard, alpha, 0.0, (Seen(), Seen()), "feedback: no answer has feedback")


def _mean_error(guard: Guard, live: Spread, candidate: Spread, alpha: float) -> Finding:
    """Half of the chance is spent on each side's bound, which is right for large samples alone."""
    lowest, highest = mean_bounds(candidate, alpha / 2)[0], mean_bounds(live, alpha / 2)[1]
    text = (
        f"feedback: the mean absolute error is {candidate.mean:.4g} of the candidate ({candidate.count:,} answers) and "
        f"{live.mean:.4g} of live ({live.count:,}); it may be {guard.threshold:g} more"
    )
    return Finding(
        guard=guard,
        calls=candidate.count,
        is_breached=live.count >= guard.min_calls and lowest > highest + guard.threshold,
        text=text,
        alpha=alpha,
        live=live,
        candidate=candidate,
    )


def _drift(guard: Guard, figures: Figures, alpha: float) -> Finding:
    """Each look at a report spends a part of the chance: 1/2, 1/6, 1/12 and so on, which add up to all of it.

    The breach is that more features drift than may. If the number that may do drift, one of the others has a p-value of
    p with a chance of at most p times their number, however they depend on each other (Benjamini and Heller 2008,
    "Screening for partial conjunction hypotheses", Biometrics 64(4)).
    """
    found = figures.drift or Drift((), 0, 1)
    features, level = len(found.p_values), alpha / (found.looks * (found.looks + 1))
    allowed = floor(guard.threshold * features)
    others = features - allowed
    p_value = min(1.0, sorted(found.p_values)[allowed] * others) if features else 1.0
    drifted = sum(each * others <= level for each in found.p_values)
    text = f"drift: {drifted} of {features} features drift in {found.rows:,} rows; {_percent(guard.threshold)} may"
    evidence = log(level / alpha) - log(max(p_value, _LEAST_P))
    candidate = Seen(found.rows, drifted / features if features else None)
    return _by_evidence(guard, alpha, evidence, (Seen(), candidate), text)


_TESTS: dict[Metric, Callable[[Guard, Figures, float], Finding]] = {
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


def _timed(durations: Mapping[int, int], quantile: float) -> Seen:
    """The quantile of durations in seconds."""
    if not durations:
        return Seen()
    return Seen(sum(durations.values()), seconds_of(floor(quantile_of(durations, quantile))))


def _milliseconds(durations: Mapping[int, int], quantile: float) -> str:
    value = _timed(durations, quantile).value
    return "unknown" if value is None else f"{value * 1000:.3g} ms"
