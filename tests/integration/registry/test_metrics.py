"""The registry's Prometheus metrics, scraped over HTTP, and their documentation."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from prometheus_client.parser import text_string_to_metric_families

from functions.registry.cache.counters import Counters
from functions.registry.container import build_server
from local.servers.ports import free_port
from maas.domain.errors import NotFound
from maas.domain.ids import new_id
from tests.fakes.repository import MemoryRepository
from tests.support.registry_client import GrpcRegistry
from tests.support.registry_server import KEYS, PEOPLE, as_signed, make_model, person

DOCS = Path(__file__).parents[3] / "docs/registry.md"
GET_MODEL = "/maas.registry.v1.RegistryService/GetModel"
Samples = dict[tuple[str, str, str], float]


class Scraped:
    """A registry whose metrics can be scraped."""

    def __init__(self) -> None:
        self.counters = Counters()
        self.server = build_server(
            MemoryRepository(),
            KEYS,
            as_signed,
            PEOPLE,
            listen="127.0.0.1:0",
            auth=True,
            counters=self.counters,
        )
        self._port = free_port()
        self.server.metrics.serve(f"127.0.0.1:{self._port}")

    async def text(self) -> str:
        def ask() -> httpx2.Response:
            return httpx2.get(f"http://127.0.0.1:{self._port}/metrics", trust_env=False)

        return (await asyncio.to_thread(ask)).raise_for_status().text

    async def samples(self) -> Samples:
        """Returns the values by metric name, method and code."""
        return {
            (sample.name, sample.labels.get("method", ""), sample.labels.get("code", "")): sample.value
            for family in text_string_to_metric_families(await self.text())
            for sample in family.samples
            if not sample.name.endswith("_bucket")
        }


@pytest.fixture
async def scraped() -> AsyncIterator[Scraped]:
    made = Scraped()
    await made.server.start()
    yield made
    await made.server.stop(grace=0)


async def test_calls_are_counted_by_method_and_code_and_timed(scraped: Scraped) -> None:
    registry, by = GrpcRegistry(f"127.0.0.1:{scraped.server.port}", KEYS), person()
    model = await make_model(registry, by)
    for _ in range(3):
        await registry.get_model(by, model.id)
    with pytest.raises(NotFound):
        await registry.get_model(by, new_id())
    await registry.close()
    found = await scraped.samples()
    assert found["maas_registry_calls_total", GET_MODEL, "OK"] == 3
    assert found["maas_registry_calls_total", GET_MODEL, "NOT_FOUND"] == 1
    assert found["maas_registry_call_seconds_count", GET_MODEL, ""] == 4
    assert 0 < found["maas_registry_call_seconds_sum", GET_MODEL, ""] < 4
    assert found["maas_registry_calls_under_way", "", ""] == 0
    assert found["maas_registry_calls_shed_total", "", ""] == 0


async def test_the_cache_counters_are_exported(scraped: Scraped) -> None:
    scraped.counters.local_hits, scraped.counters.breaker_open = 7, 1
    found = await scraped.samples()
    assert found["maas_registry_cache_local_hits_total", "", ""] == 7
    assert found["maas_registry_cache_breaker_open", "", ""] == 1
    scraped.counters.breaker_open = 0
    assert (await scraped.samples())["maas_registry_cache_breaker_open", "", ""] == 0


async def test_every_metric_is_documented(scraped: Scraped) -> None:
    registry, by = GrpcRegistry(f"127.0.0.1:{scraped.server.port}", KEYS), person()
    await make_model(registry, by)
    await registry.close()
    documented = DOCS.read_text()
    for family in text_string_to_metric_families(await scraped.text()):
        name = family.name + ("_total" if family.type == "counter" else "")
        assert f"`{name}`" in documented, name
