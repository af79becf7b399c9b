"""Figures of predictions over HTTP, on the registry's own services with a store in memory."""

import asyncio
from typing import Any

import pytest

from maas.adapters.registry.kept_versions import KeptVersions
from maas.domain.catalog.models import ModelChange
from maas.domain.errors import Unavailable
from maas.domain.identity.principals import Principal
from maas.domain.inference.statistics import ByVersion, CacheUse
from maas.entrypoints.http import create_app, lambda_handler
from maas.services.call_statistics import CallStatistics, KeptStatistics
from maas.services.inference import InferenceService
from maas.services.ports.statistics import StatisticsStore
from maas.services.statistics import StatisticsService
from maas.web.routes.inference import inference_routes
from maas.web.routes.statistics import statistics_routes
from tests.fakes.inference import FakeRuntime, larger_column, model_with_file
from tests.fakes.registry import FakeRegistry, fake_registry
from tests.support.http_gateway import Gateway, Reply, first_error, person

VALUES = {"features": [[1, 2]]}


class World:
    """A model of ada's organization with version 1.0.0, and an app for each caller over one process's counts."""

    def __init__(self, registry: FakeRegistry, shared: StatisticsStore | None = None) -> None:
        self.registry, self.own = registry, KeptStatistics()
        self.calls = CallStatistics([self.own, shared] if shared else [self.own])
        service = InferenceService(KeptVersions(registry), FakeRuntime(larger_column))
        figures = StatisticsService(registry, self.calls, self.own, shared)
        routes = inference_routes(service), statistics_routes(figures)
        self._handler = lambda_handler(create_app(*routes, title="inference", statistics=self.calls))
        self.model_id = asyncio.get_event_loop().run_until_complete(self._published())

    async def _published(self) -> str:
        model_id = await model_with_file(self.registry, person(), {})
        await self.registry.publish_version(person(), model_id, "1.0.0")
        return model_id

    def __call__(self, method: str, path: str, body: Any = None, *, by: Principal | None = None) -> Reply:
        return Gateway(self._handler, by or person())(method, f"/api/v1{path}", body)

    def predict(self, body: Any = VALUES, by: Principal | None = None) -> Reply:
        return self("POST", f"/models/{self.model_id}/predict", body, by=by)


@pytest.fixture
def world() -> World:
    return World(fake_registry())


def times(reply: Reply) -> dict[str, float]:
    parts = [part.partition(";dur=") for part in reply.headers["server-timing"].split(", ")]
    return {name: float(milliseconds) for name, _, milliseconds in parts}


def test_every_prediction_tells_its_parts_and_they_sum_to_the_total(world: World) -> None:
    absent = {**VALUES, "version": "9.9.9"}
    for body, status in ((VALUES, 200), ({"features": [[1]]}, 422), ({"wrong": 1}, 422), (absent, 404)):
        reply = world.predict(body)
        assert reply.status == status
        found = times(reply)
        assert [*found] == ["init", "resolve", "download", "load", "queue", "infer", "other", "total"]
        total = found.pop("total")
        assert sum(found.values()) == pytest.approx(total, rel=0.05, abs=0.01)
        assert total > 0


def test_the_first_request_of_a_process_is_the_cold_one(world: World) -> None:
    first, second = world.predict(), world.predict()
    assert [reply.headers["x-cold-start"] for reply in (first, second)] == ["true", "false"]
    assert times(first)["init"] > 0
    assert times(second)["init"] == 0


def test_a_process_of_provisioned_concurrency_has_no_cold_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_LAMBDA_INITIALIZATION_TYPE", "provisioned-concurrency")
    reply = World(fake_registry()).predict()
    assert (reply.headers["x-cold-start"], times(reply)["init"]) == ("false", 0)


def test_the_answer_names_the_version_of_success_and_error(world: World) -> None:
    for body in (VALUES, {"features": [[1]]}):
        assert world.predict(body).headers["x-model-version"] == f"{world.model_id}/1.0.0"
    assert "x-model-version" not in world.predict({**VALUES, "version": "9.9.9"}).headers


def test_a_model_s_figures_are_told_by_version(world: World) -> None:
    for body in (VALUES, VALUES, {"features": [[3, 2]]}, {"features": [[1]]}):
        world.predict(body)
    answer = world("GET", f"/models/{world.model_id}/stats?minutes=5")
    assert answer.status == 200
    [version] = answer.json["versions"]
    assert (answer.json["model_id"], answer.json["minutes"], answer.json["shared"]) == (world.model_id, 5, False)
    assert (version["version"], version["calls"], version["errors"]) == ("1.0.0", 4, {"invalid_input": 1})
    assert version["results"] == {"hits": 1, "hit_rate": 0.3333}
    assert version["cold_starts"] == 1
    assert version["phases"]["total"]["count"] == 4
    assert 0 < version["phases"]["total"]["p50"] <= version["phases"]["total"]["p99"]
    assert version["queue"] == {"count": 4, "p50": 0, "p90": 0, "p99": 0}


def test_an_organization_s_figures_have_calls_without_a_version(world: World) -> None:
    world.predict()
    world.predict({**VALUES, "version": "9.9.9"})
    world.predict({"wrong": 1})
    answer = world("GET", "/stats")
    assert answer.json["predictions"]["calls"] == 3
    assert answer.json["predictions"]["errors"] == {"invalid_input": 1, "not_found": 1}
    assert answer.json["registry"] == {"hit_rate": None}
    assert answer.json["minutes"] == 60


def test_another_organization_sees_neither_the_model_nor_its_calls(world: World) -> None:
    other = person(tenant="other")
    world.predict()
    assert world("GET", f"/models/{world.model_id}/stats", by=other).status == 404
    assert world("GET", "/stats", by=other).json["predictions"]["calls"] == 0


def test_a_public_model_of_another_organization_has_no_figures_here(world: World) -> None:
    change = ModelChange(is_public=True)
    asyncio.get_event_loop().run_until_complete(world.registry.update_model(person(), world.model_id, change))
    other = person(tenant="other")
    assert world.predict(by=other).status == 200
    assert world("GET", f"/models/{world.model_id}/stats", by=other).status == 404
    assert world("GET", "/stats", by=other).json["predictions"]["calls"] == 1
    assert world("GET", f"/models/{world.model_id}/stats").json["versions"] == []


@pytest.mark.parametrize("minutes", ["0", "61", "-1", "1.5", "x", "", "99999999999999999999"])
def test_minutes_are_1_to_60(world: World, minutes: str) -> None:
    for path in ("/stats", f"/models/{world.model_id}/stats"):
        assert first_error(world("GET", f"{path}?minutes={minutes}"))[:2] == (422, "minutes")


def test_figures_of_all_processes_come_from_their_store() -> None:
    class Shared(KeptStatistics):
        answers = True

        def read(self, tenant_id: str, model_id: str, minutes: range) -> ByVersion:
            return super().read(tenant_id, model_id, minutes) if self.answers else None  # type: ignore[return-value]

    shared = Shared()
    one, other = World(fake_registry(), shared), World(fake_registry(), shared)
    one.predict()
    other.predict()
    one.calls.flush()
    found = other("GET", "/stats").json
    assert (found["predictions"]["calls"], found["shared"]) == (2, True)
    shared.answers = False
    found = other("GET", "/stats").json
    assert (found["predictions"]["calls"], found["shared"]) == (1, False)


def test_the_registry_s_hit_rate_is_left_out_while_it_does_not_answer(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def use(_by: Principal) -> CacheUse:
        return CacheUse(97, 3)

    monkeypatch.setattr(world.registry, "cache_use", use)
    assert world("GET", "/stats").json["registry"] == {"hit_rate": 0.97}

    async def fail(_by: Principal) -> CacheUse:
        raise Unavailable("down")

    monkeypatch.setattr(world.registry, "cache_use", fail)
    assert world("GET", "/stats").json["registry"] == {"hit_rate": None}
