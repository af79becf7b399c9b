"""Calls from outside have a quota in each minute; those of our functions are not counted here."""

from dataclasses import replace

import pytest

from functions.registry.server.call_rates import CallRates
from maas.domain.errors import RateLimited
from maas.domain.identity.principals import Principal
from maas.domain.identity.quotas import Quotas
from tests.support.caches import Clock

BY = Principal("ada", "acme", frozenset(), frozenset(), "key/k.fingerprint")


def test_a_spent_quota_refuses_until_the_minute_ends() -> None:
    clock = Clock()
    clock.now = 120
    rates = CallRates(Quotas(organization=3, user=2, api_key=0), clock)
    rates.take(BY)
    rates.take(BY)
    clock.now = 179.5
    with pytest.raises(RateLimited) as error:
        rates.take(BY)
    assert (error.value.limit, error.value.retry_after) == ("user", 1)
    rates.take(replace(BY, subject="grace"))
    with pytest.raises(RateLimited, match="organization"):
        rates.take(replace(BY, subject="linus"))
    rates.take(replace(BY, tenant_id="another", subject="linus"))
    clock.now = 180
    rates.take(BY)


def test_a_refused_call_counts_in_no_quota() -> None:
    rates = CallRates(Quotas(organization=3, user=0, api_key=1), Clock())
    rates.take(BY)
    for _ in range(4):
        with pytest.raises(RateLimited, match="API key"):
            rates.take(BY)
    rates.take(replace(BY, credential="session/1"))
    rates.take(replace(BY, credential="session/1"))
    with pytest.raises(RateLimited, match="organization"):
        rates.take(replace(BY, credential="session/1"))


def test_a_quota_of_zero_allows_all() -> None:
    rates = CallRates(Quotas(organization=0, user=0, api_key=0), Clock())
    for _ in range(100):
        rates.take(BY)
