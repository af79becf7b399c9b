"""Limits of sign-ins and registrations, with an injected clock."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import pytest

from maas.domain.errors import InvalidCredentials, OrganizationRequired, RateLimited, RegistrationClosed
from maas.domain.identity.registration import AdmissionRules, Registration
from maas.services.admission import Admission
from tests.fakes.attempts import FakeAttempts
from tests.support.account_world import EMAIL, Clock

HOME, AWAY, THIEF = "203.0.113.7", "198.51.100.1", "192.0.2.99"
OPEN = AdmissionRules(Registration.OPEN, failures=100, registrations=20)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def admission(clock: Clock) -> Admission:
    return Admission(FakeAttempts(), OPEN, clock)


def _fail(admission: Admission, source: str, email: str = EMAIL) -> None:
    with pytest.raises(InvalidCredentials), admission.sign_in(email, source):
        raise InvalidCredentials("wrong")


def _succeed(admission: Admission, source: str, email: str = EMAIL) -> None:
    with admission.sign_in(email, source):
        pass


def _refused(admission: Admission, source: str, email: str = EMAIL) -> RateLimited:
    tried = False
    with pytest.raises(RateLimited) as refused, admission.sign_in(email, source):
        tried = True
    assert not tried, "the password was looked at"
    return refused.value


def test_the_eleventh_failure_of_a_network_is_not_tried(admission: Admission, clock: Clock) -> None:
    for _ in range(10):
        _fail(admission, HOME)
    refused = _refused(admission, HOME)
    assert refused.limit == "sign_in_account_network"
    assert 900 <= refused.retry_after <= 960
    clock.now += timedelta(seconds=refused.retry_after)
    _fail(admission, HOME)


def test_another_network_and_another_account_go_on(admission: Admission) -> None:
    for _ in range(10):
        _fail(admission, HOME)
    _succeed(admission, AWAY)
    _succeed(admission, HOME, "grace@example.com")
    assert _refused(admission, HOME, EMAIL.upper()).limit == "sign_in_account_network"


def test_a_success_does_not_forgive_failures(admission: Admission) -> None:
    for _ in range(9):
        _fail(admission, HOME)
    _succeed(admission, HOME)
    _fail(admission, HOME)
    _refused(admission, HOME)


def _attack(admission: Admission, networks: int) -> None:
    for each in range(networks):
        for _ in range(10):
            _fail(admission, f"192.0.2.{each}")


def test_many_networks_together_are_stopped(admission: Admission, clock: Clock) -> None:
    _attack(admission, 10)
    refused = _refused(admission, THIEF)
    assert refused.limit == "sign_in_account"
    assert 24 * 3600 <= refused.retry_after <= 24 * 3600 + 24 * 3600 // 15
    clock.now += timedelta(seconds=refused.retry_after)
    _fail(admission, THIEF)


def test_an_attack_never_locks_out_a_network_that_signed_in(admission: Admission) -> None:
    _succeed(admission, HOME)
    _attack(admission, 10)
    _refused(admission, AWAY)
    _fail(admission, HOME)
    _succeed(admission, HOME)


def test_a_network_that_signed_in_keeps_its_own_limit(admission: Admission) -> None:
    _succeed(admission, HOME)
    for _ in range(10):
        _fail(admission, HOME)
    assert _refused(admission, HOME).limit == "sign_in_account_network"


def test_a_network_may_fail_a_hundred_times_over_all_accounts(admission: Admission) -> None:
    for each in range(100):
        _fail(admission, THIEF, f"{each}@example.com")
    assert _refused(admission, THIEF, "fresh@example.com").limit == "sign_in_network"
    _fail(admission, HOME, "fresh@example.com")


def test_a_64_of_ipv6_is_one_network(admission: Admission) -> None:
    for each in range(10):
        _fail(admission, f"2001:db8::{each}")
    _refused(admission, "2001:db8::ffff")
    _fail(admission, "2001:db8:0:1::1")


def _at_once(admission: Admission, outcomes: list[Callable[[], None]]) -> list[str]:
    """The answers to attempts that all begin before the first one ends."""
    if not outcomes:
        return []
    answer, later = "ok", list[str]()
    try:
        with admission.sign_in(EMAIL, HOME):
            later = _at_once(admission, outcomes[1:])
            outcomes[0]()
    except (InvalidCredentials, RateLimited, OrganizationRequired) as error:
        answer = error.code
    return [*later, answer]  # in the order in which they end


def _wrong() -> None:
    raise InvalidCredentials("wrong")


def _several() -> None:
    raise OrganizationRequired("several")


def test_of_attempts_at_once_ten_failures_are_told(admission: Admission) -> None:
    told = _at_once(admission, [_wrong] * 50)
    assert told == ["invalid_credentials"] * 10 + ["rate_limited"] * 40


@pytest.mark.parametrize("right", [lambda: None, _several])
def test_a_right_password_after_the_last_failure_is_not_told(admission: Admission, right: Callable[[], None]) -> None:
    assert _at_once(admission, [right, *[_wrong] * 10])[-1] == "rate_limited"


def test_a_right_password_before_the_last_failure_is_told(admission: Admission) -> None:
    assert _at_once(admission, [*[_wrong] * 9, lambda: None])[0] == "ok"


def _register(admission: Admission, source: str, *, invited: bool = False) -> None:
    with admission.registration(EMAIL, source, invited=invited):
        pass


def test_a_network_registers_twenty_accounts_an_hour(admission: Admission, clock: Clock) -> None:
    for _ in range(20):
        _register(admission, HOME)
    with pytest.raises(RateLimited) as refused:
        _register(admission, HOME)
    assert refused.value.limit == "registration_network"
    _register(admission, AWAY)
    clock.now += timedelta(seconds=refused.value.retry_after)
    _register(admission, HOME)


def test_registrations_with_an_invitation_count_as_others_do(admission: Admission) -> None:
    for number in range(20):
        _register(admission, HOME, invited=number % 2 == 0)
    for invited in (True, False):
        with pytest.raises(RateLimited) as refused:
            _register(admission, HOME, invited=invited)
        assert refused.value.limit == "registration_network"


def test_a_refused_registration_is_not_counted(admission: Admission, clock: Clock) -> None:
    for _ in range(100):
        with suppress(RateLimited):
            _register(admission, HOME)
    clock.now += timedelta(seconds=3600 + 3600 // 15)
    _register(admission, HOME)


def test_joining_with_a_wrong_password_is_a_failure_to_sign_in(admission: Admission) -> None:
    for _ in range(10):
        with pytest.raises(InvalidCredentials), admission.registration(EMAIL, HOME, invited=True):
            raise InvalidCredentials("wrong")
    assert _refused(admission, HOME).limit == "sign_in_account_network"


def test_a_limit_of_zero_is_off(clock: Clock) -> None:
    admission = Admission(FakeAttempts(), AdmissionRules(Registration.OPEN, failures=0, registrations=0), clock)
    for each in range(120):
        _fail(admission, HOME, f"{each}@example.com")
        _register(admission, HOME)


def test_closed_registration_counts_nothing(clock: Clock) -> None:
    attempts = FakeAttempts()
    admission = Admission(attempts, AdmissionRules(Registration.CLOSED, 100, 20), clock)
    with pytest.raises(RegistrationClosed):
        _register(admission, HOME)
    assert attempts.tallies == {}
