"""Simulated rollouts: calls of two versions, counted as the product counts them, and judged at every look."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import erf, log, sqrt

import numpy as np

from maas.domain.inference.statistics import BUCKET_MAX, CALLS
from maas.domain.judging.figures import Figures, side, since, summed
from maas.domain.judging.verdicts import Outcome, Verdict, judge
from maas.domain.rollouts.guards import DEFAULT_GUARDS, Guard

# The canary's own steps; a step of 100 % is compared with live's calls of the steps before.
STEPS = (1, 5, 25, 100)
_UNIT = 1e-6


@dataclass(frozen=True, slots=True)
class Kind:
    """A version: the part of its calls that fail, and the median and sigma of its log-normal durations in seconds."""

    errors: float = 0.002
    median: float = 0.01
    sigma: float = 0.5


@dataclass(frozen=True, slots=True)
class Ended:
    """The end of a run: how many of the candidate's calls were counted, and the last verdict."""

    calls: int
    verdict: Verdict

    @property
    def is_aborted(self) -> bool:
        return self.verdict.outcome is Outcome.BREACH


@dataclass(frozen=True, slots=True)
class Run:
    """A rollout of `candidate` beside `live`, looked at after every `look` calls of the candidate.

    Each step ends after `step_calls` of them, if no guard holds it back.
    """

    live: Kind
    candidate: Kind
    look: int = 10
    step_calls: int = 300
    steps: Sequence[float] = STEPS
    guards: Sequence[Guard] = DEFAULT_GUARDS

    def end(self, seed: int) -> Ended:
        rng, counts, before = np.random.default_rng(seed), summed({}, {}), summed({}, {})
        verdict = Verdict(Outcome.HOLD, None, "nothing was seen")
        for percent in self.steps:
            calls = 0
            while calls < self.step_calls or verdict.outcome is Outcome.HOLD:
                calls += self.look
                lives = round(self.look * (100 - percent) / percent)
                new = {"live": _calls(self.live, lives, rng), "candidate": _calls(self.candidate, self.look, rng)}
                counts = summed(counts, new)
                verdict = judge(self.guards, _figures(counts, before, percent), steps=len(self.steps))
                if verdict.outcome is Outcome.BREACH:
                    return Ended(counts["candidate"][CALLS], verdict)
            before = counts
        return Ended(counts["candidate"][CALLS], verdict)


def _figures(counts: dict[str, dict[str, int]], before: dict[str, dict[str, int]], percent: float) -> Figures:
    here = since(counts, before)
    return Figures(live=side(counts["live"] if percent == 100 else here["live"]), candidate=side(here["candidate"]))


def _calls(kind: Kind, number: int, rng: np.random.Generator) -> dict[str, int]:
    failed = int(rng.binomial(number, kind.errors))
    durations = rng.multinomial(number, shares(kind.median, kind.sigma))
    found = {f"serving:{bucket}": int(durations[bucket]) for bucket in np.flatnonzero(durations)}
    return {CALLS: number, **found, **({"error:model_crashed": failed} if failed else {})}


@cache
def shares(median: float, sigma: float) -> tuple[float, ...]:
    """The chance of each bucket for log-normal durations."""
    edges = [_below(_UNIT * 2 ** (bucket / 4), median, sigma) for bucket in range(1, BUCKET_MAX + 1)]
    return tuple(float(each) for each in np.diff([0.0, *edges, 1.0]))


def _below(seconds: float, median: float, sigma: float) -> float:
    return (1 + erf(log(seconds / median) / sigma / sqrt(2))) / 2
