"""The side of a rollout that answers a call: a pure function of the rollout and a key.

Each key has a place from 0 to 100 that depends on the rollout's id alone. The candidate answers the keys below its
percent, so a key that it answers once it answers while the percent grows, in every process.
"""

import random
from dataclasses import dataclass
from enum import StrEnum
from hashlib import blake2b

from maas.domain.rollouts.plans import Plan
from maas.domain.rollouts.rollouts import Rollout
from maas.domain.rollouts.sticky import RoutingKeys
from maas.domain.rollouts.tolerances import DEFAULT_TOLERANCE, Tolerance

_SIZE = 8
# A float holds 53 bits: more would round the highest places up to 100, which no percent is above.
_BITS = 53


class Side(StrEnum):
    LIVE = "live"
    CANDIDATE = "candidate"


@dataclass(frozen=True, slots=True)
class ShadowTerms:
    """What a rollout of the plan `shadow` computes its calls once more with: `budget` calls an hour at most.

    Numbers within `tolerance` agree.
    """

    candidate: str
    budget: int
    tolerance: Tolerance = DEFAULT_TOLERANCE


@dataclass(frozen=True, slots=True)
class Assignment:
    """The side that answers a call under a rollout.

    `shadow` is set for every call of a plan `shadow`. `is_shadowed`: the candidate computes this one once more, after
    its answer.
    """

    rollout_id: str
    side: Side
    is_shadowed: bool = False
    shadow: ShadowTerms | None = None


def place_of(rollout_id: str, key: str) -> float:
    """The place of a key, from 0 to less than 100; uniform over keys."""
    digest = blake2b(f"{rollout_id}:{key}".encode(errors="surrogatepass"), digest_size=_SIZE).digest()
    return (int.from_bytes(digest) >> 8 * _SIZE - _BITS) / (1 << _BITS) * 100


def assigned(rollout: Rollout, subject: str, keys: RoutingKeys) -> Assignment:
    """The assignment of a call of this subject. A call without the key is routed by chance."""
    key = rollout.sticky_by.key(subject, keys)
    place = place_of(rollout.id, key) if key else random.random() * 100  # noqa: S311 - no secret
    is_chosen = place < rollout.percent
    if rollout.plan is Plan.SHADOW:
        terms = ShadowTerms(rollout.candidate, rollout.budget, rollout.tolerance)
        return Assignment(rollout.id, Side.LIVE, is_shadowed=is_chosen, shadow=terms)
    return Assignment(rollout.id, Side.CANDIDATE if is_chosen else Side.LIVE)
