from collections.abc import Mapping

import pytest

from functions.registry.catalog.usage import UsageService
from maas.domain.inference.statistics import CacheUse
from tests.fakes.repository import MemoryRepository
from tests.support.http_gateway import person
from tests.support.registry_server import PEOPLE


@pytest.mark.parametrize(
    ("counts", "use", "rate"),
    [
        ({}, CacheUse(0, 0), None),
        ({"local_hits": 5, "shared_hits": 2, "absent_hits": 1, "waits": 1, "loads": 3}, CacheUse(9, 3), 0.75),
        ({"local_hits": 1, "shared_hits": 4, "loads": 0, "renewals": 4, "breaker_opened": 9}, CacheUse(5, 0), 1.0),
    ],
)
async def test_hits_and_misses_are_those_of_the_counters(
    counts: Mapping[str, int], use: CacheUse, rate: float | None
) -> None:
    found = await UsageService(MemoryRepository(), PEOPLE, lambda: counts).cache_use(person())
    assert (found, found.hit_rate) == (use, rate)
