"""Captures over HTTP, on the registry's own services with a store in memory."""

import asyncio
import gzip
from typing import Any

import pytest

from maas.domain.capturing.captures import captures_prefix, new_key
from maas.domain.identity.principals import Principal, Role
from maas.domain.ids import new_id
from maas.entrypoints.http import create_app, lambda_handler
from maas.security.cursors import Cursors
from maas.services.captures import CaptureService
from maas.services.inference import InferenceService
from maas.services.questions import Question
from maas.web.routes.captures import captures_routes
from tests.fakes.captures import FakeCaptures, ObservedEvents
from tests.fakes.inference import FakeRuntime, larger_column, model_with_file
from tests.fakes.registry import fake_registry
from tests.support.http_gateway import Gateway, Reply, first_error, person
from tests.support.registry_server import KEYS

PERSON = person()
SETTING = {"percent": 100, "redact": ["petal"], "keep_days": 30, "outputs": True}


class World:
    """A model of ada's organization with version 1.0.0, of the features petal and sepal."""

    def __init__(self) -> None:
        self.registry, self.files, self.log = fake_registry(), FakeCaptures(), ObservedEvents()
        service = CaptureService(self.registry, self.files, self.log, Cursors(KEYS))
        self._handler = lambda_handler(create_app(captures_routes(service), title="captures"))
        self.model_id = asyncio.get_event_loop().run_until_complete(self._published())

    async def _published(self) -> str:
        model_id = await model_with_file(self.registry, PERSON, {"feature_names": ["petal", "sepal"]})
        await self.registry.publish_version(PERSON, model_id, "1.0.0")
        return model_id

    def call(self, method: str, path: str = "", body: Any = None, by: Principal = PERSON) -> Reply:
        path = f"/api/v1/models/{self.model_id}/capture{path}"
        return (
            Gateway(self._handler, by)(method, path) if body is None else Gateway(self._handler, by)(method, path, body)
        )

    def store(self, keep_days: int = 7, *, key: str = "") -> str:
        name = key or new_key("acme", self.model_id, keep_days)
        self.files.put(name, gzip.compress(b"{}\n"), keep_days)
        return name.rpartition("/")[2]


@pytest.fixture
def world() -> World:
    return World()


def test_nothing_is_stored_by_default(world: World) -> None:
    assert first_error(world.call("GET")) == (404, "capture", "exists")


def test_a_setting_is_shown_as_it_was_set(world: World) -> None:
    put = world.call("PUT", body=SETTING)
    assert (put.status, put.json) == (200, {"model_id": world.model_id, **SETTING, "percent": 100.0})
    assert world.call("GET").json == put.json
    assert world.call("PUT", body={"percent": 0.5}).json["keep_days"] == 7
    assert world.call("DELETE").status == 204
    assert world.call("GET").status == 404
    assert world.call("DELETE").status == 204


@pytest.mark.parametrize(
    ("body", "field", "rule"),
    [
        ({}, "percent", "required"),
        ({"percent": 0}, "percent", "range"),
        ({"percent": 101}, "percent", "range"),
        ({"percent": "5"}, "percent", "type"),
        ({"percent": 5, "keep_days": 8}, "keep_days", "enum"),
        ({"percent": 5, "keep_days": 10**30}, "keep_days", "enum"),
        ({"percent": 5, "redact": ["age"]}, "redact[0]", "unknown"),
        ({"percent": 5, "redact": ["petal", "petal"]}, "redact[1]", "repeated"),
        ({"percent": 5, "redact": "petal"}, "redact", "type"),
        ({"percent": 5, "outputs": 1}, "outputs", "type"),
        ({"percent": 5, "rate": 1}, "rate", "unknown"),
    ],
)
def test_a_bad_setting_is_a_problem_with_field_and_rule(
    world: World, body: dict[str, Any], field: str, rule: str
) -> None:
    assert first_error(world.call("PUT", body=body)) == (422, field, rule)
    assert world.call("GET").status == 404


def test_only_the_owner_and_admins_set_and_read(world: World) -> None:
    colleague, admin = person(subject="grace"), person(Role.ADMIN, subject="root")
    world.store()
    for method, path, body in (("GET", "", None), ("PUT", "", SETTING), ("DELETE", "", None), ("GET", "/files", None)):
        assert world.call(method, path, body, by=colleague).status == 403
    assert world.call("PUT", body=SETTING, by=admin).status == 200
    assert len(world.call("GET", "/files", by=admin).json["items"]) == 1


def test_another_organization_finds_no_such_model(world: World) -> None:
    other = person(Role.ADMIN, tenant="01939e4c-7d2a-7b02-8a41-90c2f3d4e5f7")
    for method, path, body in (("GET", "", None), ("PUT", "", SETTING), ("DELETE", "", None), ("GET", "/files", None)):
        assert world.call(method, path, body, by=other).status == 404


def test_files_come_in_pages_the_oldest_first(world: World) -> None:
    names = sorted(world.store() for _ in range(3))
    world.store(key=f"{captures_prefix('other', world.model_id)}{new_id()}.7d.ndjson.gz")
    first = world.call("GET", "/files?limit=2").json
    assert [each["name"] for each in first["items"]] == names[:2]
    assert first["items"][0]["url"] == f"https://store.example.com/captures/acme/{world.model_id}/{names[0]}"
    second = world.call("GET", f"/files?limit=2&cursor={first['next_cursor']}").json
    assert ([each["name"] for each in second["items"]], second["next_cursor"]) == (names[2:], None)
    assert first_error(world.call("GET", "/files?cursor=x")) == (422, "cursor", "cursor")
    assert first_error(world.call("GET", "/files?limit=0")) == (422, "limit", "range")


def test_a_file_that_has_expired_is_not_listed(world: World) -> None:
    world.store(key=f"{captures_prefix('acme', world.model_id)}01800000-0000-7000-8000-000000000000.90d.ndjson.gz")
    found = world.call("GET", "/files")
    assert (found.json["items"], world.log.events) == ([], [])


def test_each_page_that_is_read_is_in_the_audit_log(world: World) -> None:
    names = sorted(world.store() for _ in range(3))
    world.call("GET", "/files?limit=2")
    [event] = world.log.events
    assert (event.type, event.object, event.subject) == ("CapturesRead", f"model/{world.model_id}", "ada")
    assert event.after == {"files": 2, "first": names[0], "last": names[1]}


def test_without_the_log_there_are_no_urls(world: World) -> None:
    world.store()
    world.log.down = True
    found = world.call("GET", "/files")
    assert (found.status, "store.example.com" in found.text) == (503, False)


def test_a_store_that_does_not_answer_is_503(world: World) -> None:
    world.files.down = True
    assert world.call("GET", "/files").status == 503


async def _captures_of(world: World, *callers: Principal) -> list[Any]:
    seen = list[Any]()

    class Watching:
        def predicted(self, made: Any) -> None:
            seen.append(made.capture)

    service = InferenceService(world.registry, FakeRuntime(larger_column), watchers=[Watching()])
    for caller in callers:
        question = Question(model_id=world.model_id, version="1.0.0", features=[[1, 2]], timeout=5)
        await service.predict(caller, question)
    return seen


def test_predictions_know_the_setting_by_their_version(world: World) -> None:
    run = asyncio.get_event_loop().run_until_complete
    assert run(_captures_of(world, PERSON)) == [None]
    world.call("PUT", body=SETTING)
    [found] = run(_captures_of(world, PERSON))
    assert (found.percent, found.redact, found.keep_days, found.outputs) == (100.0, ("petal",), 30, True)
