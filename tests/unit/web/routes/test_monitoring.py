"""Figures of values over HTTP, on the registry's own services with a store in memory."""

import asyncio
from typing import Any

import pytest

from maas.adapters.sketches.lazy import LazySketches
from maas.domain.identity.principals import Principal, Role
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

    def get(self, query: str = "", by: Principal = PERSON, ref: str = "1.0.0", of: str = "monitoring") -> Reply:
        path = f"/api/v1/models/{self.model_id}/versions/{ref}/{of}{query}"
        return Gateway(self._handler, by)("GET", path)

    def put(self, body: Any, by: Principal = PERSON) -> Reply:
        return Gateway(self._handler, by)("PUT", f"/api/v1/models/{self.model_id}/versions/1.0.0/baseline", body)

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


def column(*values: float, **more: Any) -> dict[str, Any]:
    ordered = sorted(values)
    mean = sum(ordered) / len(ordered)
    deviation = (sum((each - mean) ** 2 for each in ordered) / len(ordered)) ** 0.5
    bounds = {"minimum": ordered[0], "maximum": ordered[-1]}
    return {"count": len(ordered), "mean": mean, "deviation": deviation, **bounds, "quantiles": ordered, **more}


FLAT = [number / 200 for number in range(200)]
BASELINE = {"rows": 200, "inputs": {"x[0]": column(*FLAT), "x[1]": column(*FLAT)}}


def test_a_baseline_is_shown_as_it_was_set(world: World) -> None:
    assert world.get(of="baseline").status == 404
    made = world.put(BASELINE)
    assert (made.status, made.json["kind"], made.json["rows"], made.json["outputs"]) == (200, "given", 200, [])
    assert world.get("?kind=given", of="baseline").json == made.json
    assert first_error(world.get("?kind=first", of="baseline")) == (404, "baseline", "exists")


def test_a_shift_of_one_column_is_drift_of_that_column(world: World) -> None:
    world.put(BASELINE)
    world.predict(*([each, each + 0.5] for each in FLAT))
    found = world.get("?window=5m", of="drift").json
    assert (found["outcome"], found["share"], found["baseline"], found["rows"]) == ("drift", 0.5, "given", 200)
    assert {each["name"]: each["drifts"] for each in found["columns"]} == {"x[0]": False, "x[1]": True}
    shifted = found["columns"][1]
    assert (shifted["test"], [each["kind"] for each in shifted["violations"]]) == ("ks", ["range"])
    assert shifted["adjusted"] < 0.01 < shifted["psi"]


def test_predictions_like_the_baseline_are_stable(world: World) -> None:
    world.put(BASELINE)
    world.predict(*([each, each] for each in FLAT))
    found = world.get(of="drift").json
    assert (found["outcome"], found["share"]) == ("stable", 0.0)


def test_without_a_baseline_or_rows_nothing_is_compared(world: World) -> None:
    assert world.get(of="drift").json["outcome"] == "no_baseline"
    world.put(BASELINE)
    world.predict([1, 2])
    found = world.get(of="drift").json
    assert (found["outcome"], found["rows"], found["baseline_rows"], found["columns"]) == ("few_rows", 1, 200, [])


def test_the_first_thousand_rows_become_the_baseline(world: World) -> None:
    world.predict(*([each, each] for each in FLAT * 4))
    assert first_error(world.get("?kind=first", of="baseline")) == (404, "baseline", "exists")
    world.predict(*([each, each] for each in FLAT))
    first = world.get(of="baseline").json
    assert (first["kind"], first["rows"]) == ("first", 1000)
    world.predict(*([each + 3, each] for each in FLAT * 10))
    assert world.get("?kind=first", of="baseline").json == first
    assert world.get(of="drift").json["outcome"] == "drift"


@pytest.mark.parametrize(
    ("body", "field", "rule"),
    [
        ({"rows": 200, "inputs": {"x[0]": column(1, 2)}}, "inputs.x[1]", "required"),
        ({"rows": 200, "inputs": {**BASELINE["inputs"], "y": column(1, 2)}}, "inputs.y", "unknown"),  # type: ignore[dict-item]
        ({"rows": 0, "inputs": {}}, "rows", "range"),
        ({"rows": 1, "inputs": {"x[0]": column(2), "x[1]": column(1, count=-1)}}, "inputs.x[1].count", "range"),
        ({"rows": 1, "inputs": {"x[0]": column(2), "x[1]": {"count": "1"}}}, "inputs.x[1].count", "type"),
        ({"rows": 1, "inputs": {"x[0]": column(2), "x[1]": column(*range(202))}}, "inputs.x[1].quantiles", "max_items"),
        ({"rows": 1}, "inputs", "required"),
    ],
)
def test_a_bad_baseline_is_a_problem_with_field_and_rule(world: World, body: Any, field: str, rule: str) -> None:
    assert first_error(world.put(body)) == (422, field, rule)


def test_an_unknown_kind_of_baseline_is_refused(world: World) -> None:
    assert first_error(world.get("?baseline=best", of="drift")) == (422, "baseline", "enum")
    assert first_error(world.get("?kind=best", of="baseline")) == (422, "kind", "enum")


def test_a_reader_may_not_set_a_baseline(world: World) -> None:
    assert world.put(BASELINE, by=person(Role.VIEWER)).status == 403
