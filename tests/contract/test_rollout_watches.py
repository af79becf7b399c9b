"""What a judge keeps of rollouts, in memory and in DynamoDB."""

from dataclasses import replace

import pytest

from maas.adapters.aws.rollout_watches import DynamoRolloutWatches
from maas.domain.errors import Unavailable
from maas.domain.ids import new_id
from maas.domain.judging.watching import Watch, begun
from maas.services.ports.rollout_watches import RolloutWatches
from tests.fakes.rollouts import FakeWatches
from tests.support.aws import Aws
from tests.unit.web.routes.test_rollouts import JUDGEMENT

NOON = 1_800_000_000.5
COUNTS = {"live": {"calls": 9, "serving:60": 9}, "candidate": {"calls": 1, "error:model_crashed": 1}}


@pytest.fixture(params=["memory", "moto"])
def watches(request: pytest.FixtureRequest) -> RolloutWatches:
    if request.param == "memory":
        return FakeWatches()
    aws: Aws = request.getfixturevalue("aws")
    table = aws.application.functions["JudgeFunction"].environment["MAAS_MONITORING_TABLE"]
    return DynamoRolloutWatches(table, aws.endpoint)


def looked(watch: Watch) -> Watch:
    return watch.looked(watch.at + 60, watch.step, COUNTS, COUNTS)


def test_an_unknown_rollout_has_no_watch(watches: RolloutWatches) -> None:
    assert watches.get(new_id()) is None


def test_a_watch_survives_the_round_trip(watches: RolloutWatches) -> None:
    rollout_id, watch = new_id(), looked(begun(NOON, 2, {"calls": 70}))
    assert watches.put(rollout_id, watch)
    assert watches.get(rollout_id) == watch


def test_a_watch_follows_the_one_before(watches: RolloutWatches) -> None:
    rollout_id, first = new_id(), looked(begun(NOON, 0, {}))
    assert watches.put(rollout_id, first)
    assert watches.put(rollout_id, looked(first))
    assert watches.get(rollout_id) == looked(first)


def test_two_judges_at_once_keep_one_watch(watches: RolloutWatches) -> None:
    rollout_id, first = new_id(), looked(begun(NOON, 0, {}))
    assert watches.put(rollout_id, first)
    assert not watches.put(rollout_id, replace(first, step=1))
    second = looked(first)
    assert watches.put(rollout_id, second)
    assert not watches.put(rollout_id, second)
    assert watches.get(rollout_id) == second


def test_a_judgement_replaces_the_one_before(watches: RolloutWatches) -> None:
    rollout_id = new_id()
    assert watches.judgement(rollout_id) is None
    for found in (JUDGEMENT, replace(JUDGEMENT, waits_for=None, guards=())):
        watches.put_judgement(rollout_id, found)
        assert watches.judgement(rollout_id) == found


def test_a_table_that_does_not_answer_is_unavailable() -> None:
    gone = DynamoRolloutWatches("nowhere", "http://127.0.0.1:1")
    with pytest.raises(Unavailable):
        gone.get("any")
    with pytest.raises(Unavailable):
        gone.judgement("any")
    with pytest.raises(Unavailable):
        gone.note("acme", "any", "any")
    with pytest.raises(Unavailable):
        gone.put_judgement("any", JUDGEMENT)
    with pytest.raises(Unavailable):
        gone.put("any", looked(begun(NOON, 0, {})))
