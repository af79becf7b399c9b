"""Sides of calls: nobody goes back, shares are as asked, and every process finds the same."""

import os
import subprocess
import sys
from dataclasses import replace
from hashlib import sha256
from math import sqrt
from statistics import NormalDist

import pytest

from maas.domain.rollouts import routing
from maas.domain.rollouts.plans import Plan, Step
from maas.domain.rollouts.rollouts import Rollout, RolloutState
from maas.domain.rollouts.routing import Assignment, ShadowTerms, Side, assigned, place_of
from maas.domain.rollouts.sticky import NO_KEYS, RoutingKeys, StickyBy, StickyKind
from tests.support.sample_records import ROLLOUT

PERCENTS = (1, 5, 25, 100)
CANARY = replace(
    ROLLOUT,
    steps=tuple(Step(percent, 60) for percent in PERCENTS),
    step=0,
    sticky_by=StickyBy(StickyKind.HEADER, "x-user"),
)
KEYS = [f"user-{number}" for number in range(10_000)]
# Of a share that is as asked, one check in a million is outside: two-sided, with the rollout's id chosen beforehand.
DEVIATIONS = NormalDist().inv_cdf(1 - 1e-6 / 2)
ANOTHER_PROCESS = """
import sys
from hashlib import sha256
from tests.unit.domain.rollouts.test_routing import CANARY, moved, at
print(sha256(repr([sorted(moved(at(CANARY, step))) for step in range(4)]).encode()).hexdigest())
"""


def at(rollout: Rollout, step: int) -> Rollout:
    return replace(rollout, step=step)


def moved(rollout: Rollout) -> set[str]:
    """The keys that the candidate answers."""
    sides = {key: assigned(rollout, "ada", RoutingKeys({"x-user": key})) for key in KEYS}
    return {key for key, found in sides.items() if found.side is Side.CANDIDATE}


def test_no_key_goes_back_while_the_percent_grows() -> None:
    seen = [moved(at(CANARY, step)) for step in range(4)]
    assert seen[0] < seen[1] < seen[2] < seen[3] == set(KEYS)


@pytest.mark.parametrize("rollout_id", [f"0190a000-0000-7000-8000-00000000000{place}" for place in range(5)])
@pytest.mark.parametrize("step", range(3))
def test_a_share_is_within_binomial_bounds(rollout_id: str, step: int) -> None:
    share = PERCENTS[step] / 100
    bound = DEVIATIONS * sqrt(len(KEYS) * share * (1 - share))
    assert abs(len(moved(replace(CANARY, id=rollout_id, step=step))) - len(KEYS) * share) <= bound


def test_another_rollout_chooses_other_keys() -> None:
    here, there = (moved(replace(CANARY, id=f"rollout-{place}", step=2)) for place in range(2))
    # A sixteenth of the keys is in both quarters; all would be if a key had one place for all rollouts.
    assert 400 < len(here & there) < 900


def test_four_processes_find_the_same_sides() -> None:
    here = sha256(repr([sorted(moved(at(CANARY, step))) for step in range(4)]).encode()).hexdigest()
    others = [
        subprocess.Popen(
            [sys.executable, "-c", ANOTHER_PROCESS],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONHASHSEED": str(seed)},
            stdout=subprocess.PIPE,
            text=True,
        )
        for seed in range(1, 5)
    ]
    assert [process.communicate(timeout=60)[0].strip() for process in others] == [here] * 4


@pytest.mark.parametrize("digest", [b"\xff" * 8, b"\xff" * 7 + b"\x00", b"\x00" * 8])
def test_every_place_is_below_100(digest: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    class Hash:
        def digest(self) -> bytes:
            return digest

    monkeypatch.setattr(routing, "blake2b", lambda _, digest_size: Hash())
    assert 0 <= place_of("r", "k") < 100
    assert assigned(at(CANARY, 3), "ada", RoutingKeys({"x-user": "k"})).side is Side.CANDIDATE


@pytest.mark.parametrize("key", ["", "\ud800", "ü" * 5000, "\x00"])
def test_any_key_has_a_side(key: str) -> None:
    assert assigned(at(CANARY, 3), "ada", RoutingKeys({"x-user": key})).side is Side.CANDIDATE


def test_a_call_without_the_key_is_routed_by_chance() -> None:
    half = replace(CANARY, steps=(Step(50, 0),), step=0)
    found = [assigned(half, "ada", NO_KEYS).side for _ in range(1000)]
    assert 350 < found.count(Side.CANDIDATE) < 650


def test_a_caller_has_one_side() -> None:
    half = replace(CANARY, steps=(Step(50, 0),), step=0, sticky_by=StickyBy(StickyKind.CALLER))
    assert len({assigned(half, "ada", NO_KEYS) for _ in range(50)}) == 1
    assert {assigned(half, f"caller-{each}", NO_KEYS).side for each in range(50)} == {*Side}


def test_the_candidate_of_a_shadow_answers_nobody() -> None:
    shadow = replace(CANARY, plan=Plan.SHADOW, steps=(Step(100, 0),), step=0)
    terms = ShadowTerms(shadow.candidate, shadow.budget, shadow.tolerance)
    assert assigned(shadow, "ada", NO_KEYS) == Assignment(shadow.id, Side.LIVE, is_shadowed=True, shadow=terms)
    part = replace(shadow, steps=(Step(25, 0),))
    found = [assigned(part, "ada", RoutingKeys({"x-user": key})) for key in KEYS]
    assert {each.side for each in found} == {Side.LIVE}
    assert 2200 < sum(each.is_shadowed for each in found) < 2800


@pytest.mark.parametrize("state", [RolloutState.PREPARING, RolloutState.SCHEDULED, RolloutState.ABORTED])
def test_live_answers_before_the_start_and_after_an_abort(state: RolloutState) -> None:
    assert moved(replace(CANARY, step=3, state=state)) == set()
