"""What people call the guards of a rollout, and the figures that these have seen."""

from maas_client.answers import JudgedGuard


def name(guard: JudgedGuard) -> str:
    """Returns the metric with its threshold, as in `latency q0.9 1.5`."""
    which = f" q{guard.quantile:g}" if guard.metric == "latency" else ""
    return f"{guard.metric}{which} {guard.threshold:g}"


def state(guard: JudgedGuard) -> str:
    if guard.state != "gathering":
        return guard.state
    return f"gathering: {guard.candidate.calls:,} of {guard.min_calls:,} calls"


def value(guard: JudgedGuard, number: float) -> str:
    """Returns a figure with its unit."""
    scaled, named = number * scale(guard), unit(guard)
    return f"{scaled:.3g} {named}" if named else f"{scaled:.4g}"


def unit(guard: JudgedGuard) -> str:
    """Returns `ms`, `%`, or nothing for the mean absolute error of numbers: that one alone has no e-value."""
    if guard.metric == "latency":
        return "ms"
    return "" if guard.e_value is None else "%"


def scale(guard: JudgedGuard) -> float:
    """Returns how many of its units are one of the API's."""
    return {"ms": 1000, "%": 100}.get(unit(guard), 1)


def bound(guard: JudgedGuard) -> float | None:
    """Returns what the candidate's figure may be at most, beside that of live; None if live has no figure yet."""
    if guard.metric in ("disagreement", "drift"):
        return guard.threshold
    if guard.live.value is None:
        return guard.threshold if guard.metric == "error_rate" else None
    return guard.live.value * guard.threshold if guard.metric == "latency" else guard.live.value + guard.threshold
