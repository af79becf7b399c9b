"""Observations: once a minute, beside the request, and lost with a log line and a count."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import pytest

from maas.domain.errors import Unavailable
from maas.domain.identity.accounts import Credentials
from maas.domain.identity.identity_event import IdentityEvent
from maas.domain.identity.pauses import CALLER_MAX, PAUSE
from maas.domain.identity.principals import Principal
from maas.platform import trace
from maas.platform.request_context import CURRENT, RequestContext
from maas.services import observations as module
from maas.services.observations import Observations
from tests.support.captured_logs import logged

BY = Principal("ada", "acme", frozenset(), frozenset(), "key/k.fingerprint")
KNOWN = Credentials(tenant_id="acme", user_id="ada", password_hash="hash")


@dataclass
class Log:
    """Keeps events; waits for `open` before each, and fails while `down`."""

    events: list[IdentityEvent] = field(default_factory=list)
    down: bool = False
    open: threading.Event = field(default_factory=threading.Event)

    def append(self, event: IdentityEvent) -> None:
        assert self.open.wait(10)
        if self.down:
            raise Unavailable("the table does not answer")
        self.events.append(event)


@pytest.fixture
def log() -> Iterator[Log]:
    log = Log()
    log.open.set()
    yield log
    log.open.set()


@dataclass
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def observations(log: Log, clock: Clock) -> Observations:
    return Observations(log, clock)


def test_a_refusal_names_who_asked_for_what(observations: Observations, log: Log) -> None:
    token = CURRENT.set(RequestContext(trace.continued(""), "r", principal=BY, source_address="192.0.2.1"))
    try:
        observations.refused(BY, "DELETE /api/v1/models/{model_id}", "model/m", "no right")
    finally:
        CURRENT.reset(token)
    observations.settle(10)
    [event] = log.events
    assert (event.type, event.tenant_id, event.subject, event.object) == ("AccessRefused", "acme", "ada", "model/m")
    assert (event.credential, event.address, event.request_id) == ("key/k", "192.0.2.1", "r")
    assert event.after == {"action": "DELETE /api/v1/models/{model_id}", "reason": "no right", "repeats": 0}


def test_the_same_refusal_is_noted_once_a_minute(observations: Observations, log: Log, clock: Clock) -> None:
    for clock.now in (0, 1, 59):
        observations.refused(BY, "GET /a", "model/m", "no right")
    observations.refused(BY, "GET /a", "model/another", "no right")
    clock.now = 60
    observations.refused(BY, "GET /a", "model/m", "no right")
    observations.settle(10)
    assert [event.object for event in log.events] == ["model/m", "model/another", "model/m"]


def test_an_observation_says_how_many_were_left_out(observations: Observations, log: Log, clock: Clock) -> None:
    for clock.now in (0, 1, 2, PAUSE, 2 * PAUSE):
        observations.refused(BY, "GET /a", "model/m", "no right")
        observations.sign_in_failed("ada@example.com", KNOWN)
    observations.settle(10)
    told = {(event.type, event.after["repeats"]) for event in log.events if event.after}
    assert told == {(kind, repeats) for kind in ("AccessRefused", "SignInFailed") for repeats in (0, 2)}
    assert len(log.events) == 6


def test_a_limited_sign_in_is_told_after_a_failure_of_the_account(observations: Observations, log: Log) -> None:
    observations.sign_in_limited("ada@example.com")
    observations.sign_in_failed("ada@example.com", KNOWN)
    for _ in range(3):
        observations.sign_in_limited("Ada@example.com")
    observations.settle(10)
    assert [event.after for event in log.events] == [
        {"reason": "wrong_credentials", "repeats": 0},
        {"reason": "rate_limited", "repeats": 0},
    ]
    assert {(event.tenant_id, event.object) for event in log.events} == {("acme", "user/ada")}


def test_a_failed_sign_in_does_the_same_work_for_an_unknown_address(observations: Observations, log: Log) -> None:
    observations.sign_in_failed("ada@example.com", KNOWN)
    observations.sign_in_failed("Ada@example.com", KNOWN)
    observations.sign_in_failed("nobody@example.com", None)
    observations.settle(10)
    known, unknown = log.events
    assert (known.tenant_id, known.object, known.subject) == ("acme", "user/ada", "anonymous")
    assert (unknown.tenant_id, unknown.object, unknown.type) == ("", "user/", "SignInFailed")


def test_a_network_of_a_key_is_told_once_an_hour_beside_the_known_ones(
    observations: Observations, log: Log, clock: Clock
) -> None:
    known = ["192.0.2.0/24", "198.51.100.0/24"]
    for clock.now in (0, 1, 3599, 3600):
        for address in ("192.0.2.7", "198.51.100.8", "203.0.113.9", "203.0.113.10", "no address"):
            observations.key_used(BY, "k", known, address)
    observations.settle(10)
    assert [event.after for event in log.events] == [{"network": "203.0.113.0/24"}] * 2
    first = log.events[0]
    assert (first.type, first.object, first.subject) == ("KeyUsedFromNewNetwork", "key/k", "ada")
    assert first.before == {"network": "198.51.100.0/24"}


def test_networks_of_one_key_that_are_told_are_bounded(observations: Observations, log: Log) -> None:
    with logged() as lines:
        for number in range(CALLER_MAX + 5):
            observations.key_used(BY, "k", ["192.0.2.0/24"], f"10.0.{number}.1")
            observations.settle(10)
    assert (len(log.events), lines().count("an observation is lost")) == (CALLER_MAX, 5)


def test_nobody_waits_long_for_a_slow_log(observations: Observations, log: Log) -> None:
    log.open.clear()
    started = time.perf_counter()
    observations.refused(BY, "GET /a", "model/m", "no right")
    observations.settle()
    assert time.perf_counter() - started < 0.1
    assert log.events == []
    log.open.set()
    observations.settle(10)
    assert len(log.events) == 1


def test_a_lost_observation_is_logged_and_counted(
    observations: Observations, log: Log, capsys: pytest.CaptureFixture[str]
) -> None:
    log.down = True
    with logged() as lines:
        observations.refused(BY, "GET /a", "model/m", "no right")
        observations.settle(10)
    assert "an observation is lost" in lines()
    assert '"ObservationsLost":[1.0]' in capsys.readouterr().out


def test_a_flood_of_refusals_is_bounded(observations: Observations, log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WAITING_MAX", 3)
    log.open.clear()
    with logged() as lines:
        for number in range(10):
            observations.refused(BY, "GET /a", f"model/{number}", "no right")
    assert lines().count("an observation is lost") == 7
    log.open.set()
    observations.settle(10)
    assert len(log.events) == 3


def test_made_up_objects_of_one_caller_use_its_share_up(observations: Observations, log: Log, clock: Clock) -> None:
    for number in range(CALLER_MAX + 40):
        observations.refused(BY, "DELETE /a", f"model/{number}", "no right")
        observations.settle(10)
    observations.refused(replace(BY, subject="grace"), "DELETE /a", "model/1", "no right")
    clock.now = PAUSE
    observations.refused(BY, "DELETE /a", "model/last", "no right")
    observations.settle(10)
    assert len(log.events) == CALLER_MAX + 2
    assert [event.subject for event in log.events[-2:]] == ["grace", "ada"]
