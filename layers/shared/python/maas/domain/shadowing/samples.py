"""Disagreements of a shadow that are kept, so that people can look at them."""

from dataclasses import dataclass

from maas.domain.shadowing.comparing import Disagreement

# Those of one rollout, and of one message; a later one takes the place of an earlier one.
SAMPLES_MAX, MESSAGE_SAMPLES_MAX = 100, 3
# Seconds.
KEPT = 14 * 86_400


@dataclass(frozen=True, slots=True)
class Sample:
    """`prediction_id` is that of the live answer, which was given `at` seconds since 1970."""

    prediction_id: str
    at: float
    disagreement: Disagreement
