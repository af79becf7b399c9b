"""Networks of attempts, and spans of time with a limit."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maas.domain.errors import RegistrationClosed
from maas.domain.identity.attempts import KNOWN, PARTS, Tally, Window, network
from maas.domain.identity.registration import Registration

NOW = datetime(2026, 11, 29, 9, tzinfo=UTC)
WINDOW = Window("some", 10, 900)


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("", "unknown"),
        ("203.0.113.7, 10.0.0.1", "unknown"),
    ],
)
def test_a_network_is_an_ipv4_address_or_a_64(address: str, found: str) -> None:
    assert network(address) == found


@given(st.lists(st.integers(0, 3600), max_size=60))
def test_no_span_has_more_attempts_than_its_limit(tries: list[int]) -> None:
    counts, allowed = dict[int, int](), list[int]()
    for second in sorted(tries):
        now = NOW + timedelta(seconds=second)
        if WINDOW.wait(Tally(counts), now) == 0:
            allowed.append(second)
            counts[WINDOW.part(now)] = counts.get(WINDOW.part(now), 0) + 1
    for second in allowed:
        assert sum(second - 900 < other <= second for other in allowed) <= WINDOW.limit


@pytest.mark.parametrize("offset", [0, 1, 59, 60, 450])
def test_after_its_wait_an_attempt_is_allowed_and_not_before(offset: int) -> None:
    now = NOW + timedelta(seconds=offset)
    tally = Tally({WINDOW.part(now): 10})
    wait = WINDOW.wait(tally, now)
    assert 900 <= wait <= 900 + 900 // PARTS
    assert WINDOW.wait(tally, now + timedelta(seconds=wait)) == 0
    assert WINDOW.wait(tally, now + timedelta(seconds=wait - 1)) == 1


def test_a_count_is_forgotten_only_when_it_does_not_matter() -> None:
    tally = Tally({WINDOW.part(NOW): 10})
    gone = datetime.fromtimestamp(WINDOW.expires(NOW), UTC)
    assert WINDOW.wait(tally, gone - timedelta(seconds=1)) == 1
    assert WINDOW.wait(tally, gone) == 0


def test_a_limit_of_zero_allows_all() -> None:
    assert Window("some", 0, 900).wait(Tally({Window("some", 0, 900).part(NOW): 10**6}), NOW) == 0


def test_a_network_is_known_for_ninety_days() -> None:
    tally = Tally({}, int(NOW.timestamp()))
    assert tally.is_known(NOW + KNOWN - timedelta(seconds=1))
    assert not tally.is_known(NOW + KNOWN)
    assert not Tally().is_known(NOW)


def test_registration_is_open_by_invitation_or_closed() -> None:
    Registration.OPEN.check(invited=False)
    Registration.INVITED.check(invited=True)
    with pytest.raises(RegistrationClosed) as refused:
        Registration.INVITED.check(invited=False)
    assert [(each.field, each.rule) for each in refused.value.fields] == [("invitation", "required")]
    for invited in (True, False):
        with pytest.raises(RegistrationClosed, match="closed"):
            Registration.CLOSED.check(invited=invited)
