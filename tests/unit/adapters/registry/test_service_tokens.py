import pytest

from maas.adapters.registry import service_tokens
from maas.adapters.registry.service_tokens import ServiceTokens
from maas.security import tokens
from tests.support.registry_server import KEY, KEYS, person


class Clock:
    """Stands in for the time module."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def time(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr(service_tokens, "time", found)
    return found


def test_a_token_names_its_principal() -> None:
    by = person()
    assert tokens.verify([KEY], tokens.SERVICE, ServiceTokens(KEYS).token(by)) == by


def test_a_token_is_cached_for_half_of_its_lifetime(clock: Clock) -> None:
    signer, by = ServiceTokens(KEYS), person()
    first = signer.token(by)
    clock.now += tokens.SERVICE.lifetime / 2 - 1
    assert signer.token(by) == first
    clock.now += 2
    assert signer.token(by) != first


def test_principals_never_share_a_token(clock: Clock) -> None:
    signer = ServiceTokens(KEYS)
    assert len({signer.token(person()) for _ in range(1_100)}) == 1_100
