"""Totals of feedback: counts by name (maas.domain.feedback.counts has the names), and the units of two of them."""

from collections.abc import Mapping

# A confidence is counted in millionths, an error in units of 1e-12.
CONFIDENCE_UNIT, ERROR_UNIT = 1_000_000, 10**12
Counts = Mapping[str, int]
# The counts of the sides of a rollout.
SideCounts = Mapping[str, Counts]
