"""Rollouts as plain values."""

from functions.registry.rollout_records import rollout_of, rollout_values
from maas.domain.rollouts.tolerances import Tolerance
from tests.support.sample_records import ROLLOUT


def test_a_rollout_is_read_back() -> None:
    assert rollout_of(rollout_values(ROLLOUT)) == ROLLOUT


def test_a_rollout_from_before_there_were_tolerances_has_the_default() -> None:
    values = rollout_values(ROLLOUT)
    del values["tolerance"]
    assert rollout_of(values).tolerance == Tolerance()
