"""Requests a minute by organization, user and API key, in leases of a shared count."""

import pytest

from maas.domain.identity.principals import Principal, Role
from maas.domain.identity.quotas import Quotas
from maas.services.request_limits import RequestLimits
from tests.fakes.request_counts import FakeRequestCounts

START = 1_000_000 * 60


class Seconds:
    def __init__(self) -> None:
        self.now = float(START)

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Seconds:
    return Seconds()


@pytest.fixture
def counts() -> FakeRequestCounts:
    return FakeRequestCounts()


def _by(subject: str = "ada", tenant: str = "acme", credential: str = "session/1") -> Principal:
    return Principal(subject, tenant, frozenset({Role.VIEWER}), frozenset(), credential)


def _limits(
    clock: Seconds, counts: FakeRequestCounts | None, *, organization: int = 0, user: int = 0, api_key: int = 0
) -> RequestLimits:
    return RequestLimits(Quotas(organization=organization, user=user, api_key=api_key), counts, clock)


def _allowed(limits: RequestLimits, by: Principal, tries: int) -> int:
    return sum(limits.take(by).refused is None for _ in range(tries))


@pytest.mark.parametrize("shared", [True, False])
def test_a_minute_has_exactly_as_many_requests_as_the_quota(clock: Seconds, shared: bool) -> None:
    limits = _limits(clock, FakeRequestCounts() if shared else None, user=1000)
    assert _allowed(limits, _by(), 1500) == 1000
    clock.now += 60
    assert _allowed(limits, _by(), 1500) == 1000


def test_processes_share_one_count(clock: Seconds, counts: FakeRequestCounts) -> None:
    processes = [_limits(clock, counts, user=1000) for _ in range(8)]
    turns = [process.take(_by()).refused is None for _ in range(250) for process in processes]
    assert sum(turns) <= 1000
    assert sum(turns) > 1000 - 8 * 20  # each may keep a lease of 2 %


def test_a_refusal_names_the_quota_and_its_end(clock: Seconds, counts: FakeRequestCounts) -> None:
    limits = _limits(clock, counts, organization=100, user=3, api_key=2)
    clock.now += 18.5
    by_key = _by(credential="key/k1")
    assert _allowed(limits, by_key, 2) == 2
    refused = limits.take(by_key).refused
    assert refused is not None
    assert (refused.limit, refused.retry_after) == ("api_key", 42)
    assert _allowed(limits, _by(), 5) == 1
    refused = limits.take(_by()).refused
    assert refused is not None
    assert refused.limit == "user"


def test_a_request_that_is_refused_counts_nowhere(clock: Seconds, counts: FakeRequestCounts) -> None:
    limits = _limits(clock, counts, organization=10, user=2)
    assert _allowed(limits, _by(), 50) == 2
    assert _allowed(limits, _by("grace"), 50) == 2
    assert sum(_allowed(limits, _by(f"user {each}"), 50) for each in range(10)) == 6


def test_callers_of_other_organizations_are_counted_apart(clock: Seconds, counts: FakeRequestCounts) -> None:
    limits = _limits(clock, counts, organization=5)
    assert _allowed(limits, _by(), 9) == 5
    assert _allowed(limits, _by("bob", "other"), 9) == 5


def test_the_fields_have_policy_and_rest(clock: Seconds, counts: FakeRequestCounts) -> None:
    limits = _limits(clock, counts, organization=100, user=50, api_key=20)
    clock.now += 10
    verdict = limits.take(_by(credential="key/k1"))
    assert verdict.policy == '"organization";q=100;w=60, "user";q=50;w=60, "api_key";q=20;w=60'
    assert verdict.state == '"organization";r=99;t=50, "user";r=49;t=50, "api_key";r=19;t=50'
    assert limits.take(_by()).state == '"organization";r=98;t=50, "user";r=48;t=50'


def test_a_quota_of_zero_is_none(clock: Seconds, counts: FakeRequestCounts) -> None:
    limits = _limits(clock, counts)
    verdict = limits.take(_by())
    assert (verdict.policy, verdict.state, verdict.refused, counts.calls) == ("", "", None, 0)


def test_a_busy_caller_costs_few_calls(clock: Seconds, counts: FakeRequestCounts) -> None:
    limits = _limits(clock, counts, user=60_000)
    assert _allowed(limits, _by(), 48_000) == 48_000
    assert counts.calls < 48_000 / 200
    before = counts.calls
    clock.now += 60
    assert _allowed(limits, _by(), 48_000) == 48_000
    assert counts.calls - before <= 48_000 / 1200 + 1


def test_an_idle_process_keeps_little(clock: Seconds, counts: FakeRequestCounts) -> None:
    processes = [_limits(clock, counts, user=60_000) for _ in range(300)]
    for process in processes:
        assert _allowed(process, _by(), 10) == 10
    assert sum(counts.sums.values()) <= 3000 * 1.25


def test_a_refused_flood_does_not_call_the_store(clock: Seconds, counts: FakeRequestCounts) -> None:
    limits = _limits(clock, counts, user=10)
    _allowed(limits, _by(), 10)
    before = counts.calls
    assert _allowed(limits, _by(), 1000) == 0
    assert counts.calls == before


def test_a_store_that_is_gone_leaves_each_process_to_itself(
    clock: Seconds, counts: FakeRequestCounts, capsys: pytest.CaptureFixture[str]
) -> None:
    limits, other = _limits(clock, counts, user=100), _limits(clock, counts, user=100)
    assert _allowed(limits, _by(), 60) == 60
    counts.is_gone = True
    assert _allowed(limits, _by(), 90) == 40
    assert _allowed(other, _by(), 190) == 100
    assert capsys.readouterr().out.count('"RequestLimitsLocal":[1.0]') == 2  # once for each process
    counts.is_gone = False
    clock.now += 60
    assert _allowed(limits, _by(), 190) == 100


def test_old_callers_are_forgotten(clock: Seconds, counts: FakeRequestCounts) -> None:
    limits = _limits(clock, counts, user=100)
    for each in range(50):
        limits.take(_by(f"user {each}"))
    clock.now += 60
    limits.take(_by())
    clock.now += 60
    limits.take(_by())
    assert len(limits._known) == 1


def test_what_is_left_is_read_from_the_shared_counts_and_costs_nothing(
    clock: Seconds, counts: FakeRequestCounts
) -> None:
    mine, others = (_limits(clock, counts, organization=100, user=50) for _ in range(2))
    assert _allowed(others, _by(), 30) == 30
    assert _allowed(mine, _by(), 1) == 1
    clock.now += 13
    for _ in range(5):
        left = {each.quota.name: (each.remaining, each.resets_in) for each in mine.left(_by())}
        assert left == {"organization": (69, 47), "user": (19, 47)}
    assert _allowed(mine, _by(), 30) == 19


def test_without_shared_counts_the_rest_is_that_of_the_process(clock: Seconds) -> None:
    limits = _limits(clock, None, user=10)
    assert _allowed(limits, _by(), 4) == 4
    assert [each.remaining for each in limits.left(_by())] == [6]
