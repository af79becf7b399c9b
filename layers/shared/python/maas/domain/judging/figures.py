"""Figures of the two sides of a rollout, by which guards are judged, from counts that can be added up."""

from collections.abc import Mapping
from dataclasses import dataclass

from maas.domain import errors
from maas.domain.inference.statistics import (
    CALLS,
    CANCELLED,
    COMPARED,
    DISAGREED,
    ERROR,
    REFUSED,
    SERVING,
    ByVersion,
    Counts,
    added,
)
from maas.domain.judging.sequential import Share, Spread

LIVE, CANDIDATE = "live", "candidate"

# Errors that a caller has made, or that end a call before a version computes it. They count for neither side. All other
# codes count against the version that was asked: one that nobody has thought of is more likely the version's fault.
# `too_large` is such a one: a body is refused before a side is chosen, so here it is the version's answer.
_CALLERS = frozenset(
    error.code
    for error in (
        errors.InvalidInput,
        errors.TokenNotTrusted,
        errors.NotFound,
        errors.AlreadyExists,
        errors.WrongState,
        errors.RevisionMismatch,
        errors.PreconditionRequired,
        errors.Unauthenticated,
        errors.TokenExpired,
        errors.InvalidCredentials,
        errors.PermissionDenied,
        errors.Exhausted,
        errors.RateLimited,
    )
) | {CANCELLED}


@dataclass(frozen=True, slots=True)
class Side:
    """Calls of one side. `failed` of the calls that count.

    `durations` is the histogram of SERVING: the total time of answers that the model computed, without the time of
    starting a process and loading the model. The side with less traffic has more cold starts and fewer kept results, so
    it would be the slower one whatever its version.
    """

    failed: Share
    durations: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Labels:
    """Wrong answers of each side among those for which callers gave the right one."""

    live: Share
    candidate: Share


@dataclass(frozen=True, slots=True)
class Errors:
    """Sizes of the errors of each side's numbers, for which callers gave the right ones."""

    live: Spread
    candidate: Spread


@dataclass(frozen=True, slots=True)
class Drift:
    """The p-value of each feature of the candidate's `rows` inputs. `looks` is the number of reports so far, from 1."""

    p_values: tuple[float, ...]
    rows: int
    looks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """All that is known of a step of a rollout. `compared` are answers of a shadow, its hits those that disagree.

    None is what nothing measures.
    """

    live: Side
    candidate: Side
    compared: Share | None = None
    feedback: Labels | Errors | None = None
    drift: Drift | None = None


def side(counts: Counts) -> Side:
    """The figures of a side. A call whose values the model could not compute counts as failed."""
    errors_ = {name.partition(":")[2]: number for name, number in counts.items() if name.startswith(f"{ERROR}:")}
    refused = min(counts.get(REFUSED, 0), errors_.get(errors.InvalidInput.code, 0))
    ours = sum(number for code, number in errors_.items() if code not in _CALLERS)
    own = sum(errors_.values()) - ours - refused
    calls = max(0, counts.get(CALLS, 0) - own)
    return Side(Share(min(calls, ours + refused), calls), _durations(counts))


def compared(counts: Counts) -> Share | None:
    """The answers of a shadow that were compared, and those that disagree; None if none was."""
    calls = counts.get(COMPARED, 0)
    return Share(min(calls, counts.get(DISAGREED, 0)), calls) if calls else None


def judged(counts: ByVersion) -> dict[str, dict[str, int]]:
    """The counts of both sides that figures follow from, which are few enough to be kept."""
    return {name: {each: n for each, n in counts.get(name, {}).items() if _is_judged(each)} for name in _SIDES}


def summed(first: ByVersion, second: ByVersion) -> dict[str, dict[str, int]]:
    """The counts of both sides from two times."""
    return {name: added(dict(first.get(name, {})), second.get(name, {})) for name in _SIDES}


def since(counts: ByVersion, before: ByVersion) -> dict[str, dict[str, int]]:
    """The counts of both sides without those before a moment. Counts that were lost since then are not made up for."""
    return {
        name: {
            each: number - before.get(name, {}).get(each, 0)
            for each, number in counts.get(name, {}).items()
            if number > before.get(name, {}).get(each, 0)
        }
        for name in _SIDES
    }


_SIDES = (LIVE, CANDIDATE)
_SERVING = f"{SERVING}:"
_JUDGED = frozenset({CALLS, REFUSED, COMPARED, DISAGREED})


def _is_judged(name: str) -> bool:
    return name in _JUDGED or name.startswith((_SERVING, f"{ERROR}:"))


def _durations(counts: Counts) -> dict[int, int]:
    return {int(name.removeprefix(_SERVING)): number for name, number in counts.items() if name.startswith(_SERVING)}
