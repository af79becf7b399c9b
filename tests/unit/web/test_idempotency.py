"""`Idempotency-Key` over HTTP: one effect for all requests with a key, and the first answer for each of them."""

import asyncio
import contextlib
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from maas.domain.errors import Unavailable
from maas.domain.identity.principals import Role
from tests.fakes.key_records import FakeKeyRecords
from tests.fakes.registry import FakeRegistry
from tests.fakes.repository import MemoryRepository
from tests.support.http_gateway import Gateway, Reply, first_error, person
from tests.support.keyed_requests import Clock, models_function
from tests.support.registry_server import make_model, make_ready

IRIS = {"name": "iris", "framework": "onnx"}
_OF_EACH_REQUEST = {"x-request-id", "idempotency-replayed"}


class Broken(MemoryRepository):
    """Fails after, or before, the next commit. The registry makes up for the first, by the effect."""

    fails = ""

    async def commit(self, *changes: Any, by: Any) -> None:
        if self.fails == "before":
            self.fails = ""
            raise Unavailable("the store does not answer")
        await super().commit(*changes, by=by)
        if self.fails == "after":
            self.fails = ""
            raise Unavailable("the answer was lost")


@pytest.fixture
def store() -> Broken:
    return Broken()


@pytest.fixture
def records() -> FakeKeyRecords:
    return FakeKeyRecords()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def api(store: Broken, records: FakeKeyRecords, clock: Clock) -> Gateway:
    return Gateway(models_function(store, records, clock))


def post(api: Gateway, path: str, body: Any = None, key: str = "key-1", **headers: str) -> Reply:
    return api("POST", f"/api/v1/models{path}", body, headers={"idempotency-key": key, **headers})


def is_replay(again: Reply, first: Reply) -> bool:
    kept = [{k: v for k, v in reply.headers.items() if k not in _OF_EACH_REQUEST} for reply in (again, first)]
    same = (again.status, again.text, kept[0]) == (first.status, first.text, kept[1])
    return same and again.headers.get("idempotency-replayed") == "true" and "idempotency-replayed" not in first.headers


def names(api: Gateway) -> list[str]:
    return [model["name"] for model in api("GET", "/api/v1/models").json["items"]]


def test_a_repeated_creation_makes_one_model_and_gets_the_first_answer(api: Gateway, store: Broken) -> None:
    first = post(api, "", IRIS)
    assert (first.status, first.headers["etag"]) == (201, '"1"')
    assert first.headers["location"] == f"/api/v1/models/{first.json['id']}"
    assert is_replay(post(api, "", IRIS), first)
    assert is_replay(post(api, "", IRIS, key='"key-1"'), first)
    assert store.commits == 1


def test_the_answer_stays_the_first_one_after_changes(api: Gateway) -> None:
    first = post(api, "", IRIS)
    assert api("PATCH", f"/api/v1/models/{first.json['id']}", {"description": "changed"}).status == 200
    assert is_replay(post(api, "", IRIS), first)


def test_another_body_is_refused(api: Gateway) -> None:
    post(api, "", IRIS)
    refused = post(api, "", {**IRIS, "name": "other"})
    assert first_error(refused) == (422, "idempotency-key", "same_request")
    assert refused.json["code"] == "key_reused"
    assert names(api) == ["iris"]


def test_another_condition_is_refused(api: Gateway) -> None:
    model = post(api, "", IRIS).json["id"]
    assert post(api, f"/{model}/versions", {"version": "1.0.0"}, "v", **{"if-match": '"1"'}).status == 201
    refused = post(api, f"/{model}/versions", {"version": "1.0.0"}, "v", **{"if-match": '"2"'})
    assert first_error(refused) == (422, "idempotency-key", "same_request")


def test_a_request_under_way_is_answered_409_with_the_time_to_wait(
    api: Gateway, records: FakeKeyRecords, clock: Clock, store: Broken
) -> None:
    store.fails = "before"
    post(api, "", IRIS)
    [(record_id, record)] = records.records.items()
    records.records[record_id] = replace(record, locked_until=clock.now + timedelta(seconds=7.2))
    refused = post(api, "", IRIS)
    assert first_error(refused) == (409, "idempotency-key", "state")
    assert (refused.json["code"], refused.headers["retry-after"]) == ("in_progress", "8")


@pytest.mark.parametrize("key", ["", "a b", "x" * 256, '"'])
def test_a_malformed_key_is_refused_before_anything_happens(api: Gateway, key: str, store: Broken) -> None:
    assert first_error(post(api, "", IRIS, key)) == (422, "idempotency-key", "idempotency_key")
    assert store.commits == 0


def test_a_503_is_not_kept_and_its_repeat_has_one_effect(api: Gateway, store: Broken) -> None:
    store.fails = "before"
    assert post(api, "", IRIS).status == 503
    second = post(api, "", IRIS)
    assert (second.status, second.headers.get("idempotency-replayed")) == (201, None)
    assert is_replay(post(api, "", IRIS), second)
    assert (names(api), store.commits) == (["iris"], 1)


def test_an_answer_that_the_store_lost_is_made_up_for(api: Gateway, store: Broken) -> None:
    store.fails = "after"
    first = post(api, "", IRIS)
    assert (first.status, store.fails, store.commits) == (201, "", 1)
    assert is_replay(post(api, "", IRIS), first)


def test_a_503_keeps_the_key_for_its_body(api: Gateway, store: Broken) -> None:
    store.fails = "before"
    post(api, "", IRIS)
    assert first_error(post(api, "", {**IRIS, "name": "other"})) == (422, "idempotency-key", "same_request")


@pytest.mark.parametrize("body", [{"name": "", "framework": "onnx"}, {"name": "iris"}, {**IRIS, "tags": ["a b"]}])
def test_a_body_that_breaks_a_rule_can_be_mended_under_its_key(api: Gateway, body: Any) -> None:
    assert post(api, "", body).status == 422
    assert post(api, "", IRIS).status == 201


def test_a_refusal_by_the_state_of_things_is_replayed(api: Gateway) -> None:
    model = post(api, "", IRIS).json["id"]
    first = post(api, "", IRIS, "key-2")
    assert (first.status, first.json["code"]) == (409, "already_exists")
    assert api("DELETE", f"/api/v1/models/{model}").status == 204
    assert is_replay(post(api, "", IRIS, "key-2"), first)


def test_a_refusal_of_the_caller_is_not_kept(api: Gateway) -> None:
    model = post(api, "", IRIS).json["id"]
    viewer = replace(api, by=person(Role.VIEWER))
    assert post(viewer, f"/{model}/versions", {"version": "1.0.0"}, "v").status == 403
    assert post(api, f"/{model}/versions", {"version": "1.0.0"}, "v").status == 201


def test_who_has_lost_the_right_gets_no_replay(api: Gateway) -> None:
    path = f"/{post(api, '', IRIS).json['id']}/versions"
    assert post(api, path, {"version": "1.0.0"}, "v").status == 201
    assert (
        post(replace(api, by=replace(person(), roles=frozenset({Role.VIEWER}))), path, {"version": "1.0.0"}, "v").status
        == 403
    )
    assert post(replace(api, by=replace(person(), roles=frozenset({Role.VIEWER}))), "", IRIS).status == 403


def test_the_answer_of_a_deleted_model_is_not_found(api: Gateway) -> None:
    model = post(api, "", IRIS).json["id"]
    assert api("DELETE", f"/api/v1/models/{model}").status == 204
    assert post(api, "", IRIS).status == 404


def test_requests_without_a_key_are_as_before(api: Gateway, records: FakeKeyRecords) -> None:
    assert api("POST", "/api/v1/models", IRIS).status == 201
    assert api("POST", "/api/v1/models", IRIS).status == 409
    assert records.records == {}


def test_a_key_on_a_route_that_takes_none_is_ignored(api: Gateway, records: FakeKeyRecords) -> None:
    model = api("POST", "/api/v1/models", IRIS).json["id"]
    assert post(api, f"/{model}/tags", {"tags": ["a"]}).status == 200
    assert records.records == {}


@pytest.fixture
def ready(api: Gateway, store: Broken) -> str:
    """The path of a model with the ready versions 1.0.0 and 1.1.0."""
    registry, by = FakeRegistry(store), api.by
    assert by is not None

    async def make() -> str:
        model = await make_model(registry, by)
        for number in ("1.0.0", "1.1.0"):
            await make_ready(registry, by, model, number)
        return f"/{model.id}"

    with contextlib.closing(asyncio.new_event_loop()) as loop:
        return loop.run_until_complete(make())


@pytest.mark.parametrize("fails", ["", "after"])
def test_publishing_is_replayed(api: Gateway, ready: str, fails: str, store: Broken) -> None:
    store.fails = fails
    first = post(api, f"{ready}/versions/1.0.0/publish", key="p")
    assert (first.status, first.json["state"]) == (200, "published")
    assert api("POST", f"/api/v1/models{ready}/versions/1.0.0/deprecate").status == 200
    assert is_replay(post(api, f"{ready}/versions/1.0.0/publish", key="p"), first)


@pytest.mark.parametrize("fails", ["", "after"])
def test_rolling_back_twice_with_one_key_goes_back_once(api: Gateway, ready: str, fails: str, store: Broken) -> None:
    for number in ("1.0.0", "1.1.0"):
        post(api, f"{ready}/versions/{number}/publish", key=number)
    for number in ("1.0.0", "1.1.0", "1.0.0"):
        path = f"/api/v1/models{ready}/aliases/production"
        put = api("PUT", path, {"version": number}, headers={"if-match": "*"})
        assert put.status == 200 or api("PUT", path, {"version": number}).status == 201
    store.fails = fails
    first = post(api, f"{ready}/rollback", key="r")
    assert (first.status, first.json["version"]) == (200, "1.1.0")
    assert is_replay(post(api, f"{ready}/rollback", key="r"), first)
    history = api("GET", f"/api/v1/models{ready}/aliases/production/history").json["items"]
    assert [move["to_version"] for move in history] == ["1.1.0", "1.0.0", "1.1.0", "1.0.0"]


@pytest.mark.parametrize("fails", ["", "after"])
def test_bumping_twice_with_one_key_makes_one_version(api: Gateway, fails: str, store: Broken) -> None:
    path = f"/{post(api, '', IRIS).json['id']}/versions"
    store.fails = fails
    first, second = (post(api, path, {"bump": "minor"}, "b") for _ in range(2))
    assert is_replay(second, first)
    listed = api("GET", f"/api/v1/models{path}").json["items"]
    assert [version["version"] for version in listed] == [second.json["version"]]
