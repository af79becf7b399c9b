"""Figures of values over HTTP, on the registry's own services with a store in memory."""

import asyncio
from typing import Any

import pytest

from maas.adapters.sketches.lazy import LazySketches
from maas.domain.identity.principals import Principal
from maas.entrypoints.http import create_app, lambda_handler
from maas.services.monitoring import MonitoringService
from maas.services.watching import SketchWatcher
from maas.web.routes.monitoring import monitoring_routes
from tests.fakes.inference import model_with_file
from tests.fakes.monitoring import FakeSketchStore
from tests.fakes.registry import fake_registry
from tests.support.http_gateway import Gateway, Reply, first_error, person
from tests.support.predicted import AT, predicted

PERSON = person()


class World:
    """A model of ada's organization with version 1.0.0, whose predictions are measured."""

    def __init__(self) -> None:
        self.registry, self.store, sketches = fake_registry(), FakeSketchStore(), LazySketches()
        self.watcher = SketchWatcher(sketches, self.store, pause=3600.0, clock=lambda: AT)
        service = MonitoringService(self.registry, self.store, sketches, clock=lambda: AT + 30)
        self._handler = lambda_handler(create_app(monitoring_routes(service), title="monitoring"))
        self.model_id = asyncio.get_event_loop().run_until_complete(self._published())

    async def _published(self) -> str:
        model_id = await model_with_file(self.registry, PERSON, {})
        self.version = await self.registry.publish_version(PERSON, model_id, "1.0.0")
        return model_id

    def get(self, query: str = "", by: Principal = PERSON, ref: str = "1.0.0") -> Reply:
        path = f"/api/v1/models/{self.model_id}/versions/{ref}/monitoring{query}"
        return Gateway(self._handler, by)("GET", path)

    def predict(self, *rows: Any, at: float = AT) -> None:
        given = [each for row in rows for each in row]
        assert self.version.artifact is not None
        names = [each.name for each in self.version.artifact.signature.outputs]
        answered = {name: [0] * len(rows) for name in names}
        [tensor] = self.version.artifact.signature.inputs
        self.watcher.predicted(predicted(self.version, {tensor.name: given}, answered, rows=len(rows), at=at))
        self.watcher.work(flush=True)


@pytest.fixture
def world() -> World:
    return World()


def test_the_figures_are_of_the_window(world: World) -> None:
    world.predict([1, 2], [3, 4])
    world.predict([50, 60], at=AT - 7200)
    found = world.get("?window=1h")
    assert (found.status, found.json["calls"], found.json["rows"]) == (200, 2, 3)  # the late one counts when flushed
    assert (found.json["since"], found.json["until"]) == ("2026-11-29T11:01:00Z", "2026-11-29T12:01:00Z")


def test_a_column_has_its_numbers(world: World) -> None:
    world.predict([1, 2], [3, 4])
    [first, second] = world.get().json["inputs"]
    assert (first["count"], first["missing"], first["mean"], first["deviation"]) == (2, 0, 2.0, 1.0)
    assert (second["minimum"], second["maximum"], second["quantiles"]["50"]) == (2.0, 4.0, 2.0)


def test_a_version_without_predictions_has_no_figures(world: World) -> None:
    found = world.get(ref="latest")
    assert (found.status, found.json["version"], found.json["rows"], found.json["inputs"]) == (200, "1.0.0", 0, [])


@pytest.mark.parametrize(
    ("query", "rule"),
    [("?window=", "window"), ("?window=1", "window"), ("?window=91d", "range"), ("?window=1h&window=2h", "repeated")],
)
def test_a_bad_window_is_a_problem_with_field_and_rule(world: World, query: str, rule: str) -> None:
    assert first_error(world.get(query)) == (422, "window", rule)


def test_the_figures_of_another_organization_are_not_found(world: World) -> None:
    other = person(tenant="01939e4c-7d2a-7b02-8a41-90c2f3d4e5f7")
    assert world.get(by=other).status == 404


def test_a_store_that_does_not_answer_is_503(world: World) -> None:
    world.store.down = True
    assert world.get().status == 503
