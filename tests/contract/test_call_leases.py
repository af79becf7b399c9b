"""Every implementation of the CallLeases port: in memory, and in Redis."""

import uuid

import pytest

from maas.adapters.redis_call_leases import RedisCallLeases
from maas.domain.inference.concurrency import Answer, Slots, Turn
from maas.domain.inference.local_leases import LocalLeases
from maas.services.ports.call_leases import CallLeases
from tests.support.redis_server import RedisServer

RUNS = Answer(Turn.RUNS)


@pytest.fixture(params=["local", "redis"])
def leases(request: pytest.FixtureRequest) -> CallLeases:
    if request.param == "local":
        return LocalLeases(queue_max=2)
    shared_redis: RedisServer = request.getfixturevalue("shared_redis")
    return RedisCallLeases(lambda: shared_redis.url, queue_max=2)


@pytest.fixture
def model() -> Slots:
    return Slots("model", uuid.uuid4().hex, 2)


def test_as_many_run_as_there_are_slots(leases: CallLeases, model: Slots) -> None:
    assert leases.take("1", "a", [model], 9) == RUNS
    assert leases.take("2", "a", [model], 9) == RUNS
    assert leases.take("3", "a", [model], 9) == Answer(Turn.WAITS, model)

    leases.give_back("1", "a", [model])

    assert leases.take("3", "a", [model], 9) == RUNS


def test_a_call_takes_all_kinds_of_slots_or_none(leases: CallLeases, model: Slots) -> None:
    version = Slots("version", model.key, 1)
    assert leases.take("1", "a", [model, version], 9) == RUNS

    assert leases.take("2", "a", [model, version], 9) == Answer(Turn.WAITS, version)

    assert leases.take("3", "a", [model], 9) == RUNS  # the call that waits holds none of these


def test_a_lease_ends(leases: CallLeases, model: Slots) -> None:
    leases.take("1", "a", [model], 0)
    leases.take("2", "a", [model], -1)

    assert leases.take("3", "a", [model], 9) == RUNS


def test_the_queue_is_bounded(leases: CallLeases, model: Slots) -> None:
    for call in "12":
        leases.take(call, "a", [model], 9)
    for call in "34":
        assert leases.take(call, "a", [model], 9).turn is Turn.WAITS

    assert leases.take("5", "a", [model], 9) == Answer(Turn.FULL, model)
    assert leases.take("4", "a", [model], 9).turn is Turn.WAITS  # it has its place already

    leases.give_back("3", "a", [model])

    assert leases.take("5", "a", [model], 9).turn is Turn.WAITS


def test_an_organization_with_its_share_lets_others_pass(leases: CallLeases, model: Slots) -> None:
    leases.take("1", "a", [model], 9)
    leases.take("2", "a", [model], 9)
    assert leases.take("3", "b", [model], 9).turn is Turn.WAITS

    leases.give_back("1", "a", [model])

    assert leases.take("4", "a", [model], 9) == Answer(Turn.WAITS, model)
    assert leases.take("3", "b", [model], 9) == RUNS


def test_alone_an_organization_has_all_slots(leases: CallLeases, model: Slots) -> None:
    leases.take("1", "a", [model], 9)
    leases.take("2", "a", [model], 9)
    leases.take("3", "b", [model], 9)
    leases.give_back("3", "b", [model])
    leases.give_back("1", "a", [model])

    assert leases.take("4", "a", [model], 9) == RUNS


def test_what_was_not_held_is_given_back(leases: CallLeases, model: Slots) -> None:
    leases.give_back("1", "a", [model])

    assert leases.take("1", "a", [model], 9) == RUNS


def test_without_redis_each_process_has_the_slots(model: Slots) -> None:
    leases = RedisCallLeases(lambda: "redis://127.0.0.1:1/0", queue_max=2)

    assert [leases.take(call, "a", [model], 9).turn for call in "123"] == [Turn.RUNS, Turn.RUNS, Turn.WAITS]


def test_two_processes_share_slots_in_redis(shared_redis: RedisServer, model: Slots) -> None:
    first, second = RedisCallLeases(lambda: shared_redis.url), RedisCallLeases(lambda: shared_redis.url)
    first.take("1", "a", [model], 9)
    second.take("2", "a", [model], 9)

    assert first.take("3", "a", [model], 9).turn is Turn.WAITS

    second.give_back("2", "a", [model])

    assert first.take("3", "a", [model], 9) == RUNS


def test_a_place_in_the_queue_is_lost_by_who_asks_no_more(model: Slots) -> None:
    now = [0.0]
    leases = LocalLeases(lambda: now[0], queue_max=1)
    for call in "12":
        leases.take(call, "a", [model], 9)
    leases.take("3", "a", [model], 9)
    now[0] += 0.6

    assert leases.take("4", "a", [model], 9).turn is Turn.WAITS


def test_those_that_wait_are_counted(leases: CallLeases, model: Slots) -> None:
    taken = [leases.take(call, "a", [model], 9) for call in "12"]
    queued = [leases.take(call, "a", [model], 9) for call in "345"]
    assert [answer.waiting for answer in taken + queued] == [0, 0, 1, 2, 2]
