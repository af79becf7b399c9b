"""Shows what the judge of a rollout last saw, guard by guard."""

from collections.abc import Iterator

from maas_client.answers import JudgedGuard, Judgement, SeenSide
from maas_client.reports import guard_words

HEAD = ("guard", "state", "live", "candidate", "evidence")
_WAITS = {
    "start": "waits for its time",
    "load": "waits until the candidate is loaded",
    "counts": "waits until the counts of calls can be read",
    "figures": "waits until it can be judged",
    "calls": "waits for calls",
    "time": "waits for the end of the step",
    "person": "waits for you",
}


def rows(found: Judgement) -> Iterator[tuple[str, ...]]:
    """The rows of a table with HEAD, one for each guard."""
    for guard in found.guards:
        yield (
            guard_words.name(guard),
            guard_words.state(guard),
            _side(guard, guard.live),
            _side(guard, guard.candidate),
            _evidence(guard),
        )


def told(found: Judgement) -> str:
    """One line: when the rollout was judged, and why it stays as it is."""
    line = f"judged at {found.at:%Y-%m-%d %H:%M:%S}: {_WAITS.get(found.waits_for or '', found.result)}"
    return line if found.seconds_left is None else f"{line}, {found.seconds_left:.0f} s of the step left"


def seen(found: Judgement | None) -> tuple[str | None, ...]:
    """What is news to somebody who watches: why the rollout waits, and the states of its guards."""
    return (found.waits_for, *(guard.state for guard in found.guards)) if found else ()


def _side(guard: JudgedGuard, side: SeenSide) -> str:
    if side.value is None:
        return f"{side.calls:,} calls" if side.calls else ""
    text = f"{guard_words.value(guard, side.value)} of {side.calls:,}"
    if side.low is None or side.high is None:
        return text
    return f"{text} ({guard_words.value(guard, side.low)} to {guard_words.value(guard, side.high)})"


def _evidence(guard: JudgedGuard) -> str:
    return "by its bounds" if guard.e_value is None else f"{guard.e_value:.3g} of {guard.limit:.3g}"
