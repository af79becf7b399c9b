"""Uploads over HTTP, on the registry's own services and an object store in memory."""

import hashlib
from datetime import datetime
from typing import Any

import pytest

from maas.domain.identity.principals import Role
from maas.domain.ids import new_id
from maas.entrypoints.http import LambdaHandler, create_app, lambda_handler
from maas.services.downloads import DownloadService
from maas.web.routes.models import models_routes
from maas.web.routes.uploads import uploads_routes
from tests.fakes.object_store import FakeObjectStore
from tests.fakes.registry import fake_registry
from tests.fakes.validation_queue import FakeValidationQueue
from tests.support.http_gateway import Gateway, first_error, person
from tests.support.upload_services import upload_service

CONTENT = b"a small file"
SHA256 = hashlib.sha256(CONTENT).hexdigest()
START: dict[str, Any] = {"version": "1.0.0", "filename": "m.onnx", "size": len(CONTENT), "sha256": SHA256}


@pytest.fixture
def objects() -> FakeObjectStore:
    return FakeObjectStore()


@pytest.fixture
def handler(objects: FakeObjectStore) -> LambdaHandler:
    registry = fake_registry()
    service = upload_service(registry, objects, FakeValidationQueue(), max_bytes=1000)
    routes = uploads_routes(service, DownloadService(registry, objects))
    return lambda_handler(create_app(routes, models_routes(registry), title="uploads"))


@pytest.fixture
def api(handler: LambdaHandler) -> Gateway:
    return Gateway(handler)


@pytest.fixture
def start(api: Gateway) -> str:
    """The route that starts an upload to a model with a draft 1.0.0."""
    model = api("POST", "/api/v1/models", {"name": "Iris", "framework": "onnx", "version": "1.0.0"}).json
    return f"/api/v1/models/{model['id']}/upload"


def test_a_started_upload_has_its_plan_and_its_urls(api: Gateway, start: str) -> None:
    reply = api("POST", start, START)
    assert reply.status == 201
    assert reply.json.items() >= {"version": "1.0.0", "state": "open", "size": 12, "part_count": 1}.items()
    (url,) = reply.json["urls"]
    assert (url["part_number"], url["length"], url["headers"]) == (1, 12, {"content-length": "12"})
    assert reply.headers["location"] == f"/api/v1/uploads/{reply.json['upload_id']}"


def test_an_upload_runs_from_start_to_validation(api: Gateway, start: str, objects: FakeObjectStore) -> None:
    started = api("POST", start, START).json
    route = f"/api/v1/uploads/{started['upload_id']}"
    (url,) = started["urls"]
    assert objects.put(url["url"], CONTENT, url["headers"]) == 200
    status = api("GET", route).json
    assert [part["part_number"] for part in status["received"]] == [1]
    assert (status["missing"], status["missing_count"]) == ([], 0)
    completed = api("POST", f"{route}/complete")
    assert completed.status == 202
    assert completed.json == {"upload_id": started["upload_id"], "version": "1.0.0", "state": "validating"}
    assert first_error(api("DELETE", route)) == (409, "state", "state")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"size": 0}, (422, "size", "range")),
        ({"size": 1001}, (422, "size", "range")),
        ({"size": "12"}, (422, "size", "type")),
        ({"size": 10**400}, (422, "size", "range")),
        ({"version": "1.0"}, (422, "version", "semver")),
        ({"version": "2.0.0"}, (404, "version", "exists")),
        ({"filename": "a/b"}, (422, "filename", "plain_name")),
        ({"filename": "a:b"}, (422, "filename", "path")),
        ({"sha256": "12"}, (422, "sha256", "sha256")),
        ({"parts": [{"part_number": 2}]}, (422, "parts[0].part_number", "range")),
        ({"parts": [{"part_number": 1, "md5": "x"}]}, (422, "parts[0].md5", "base64")),
        ({"parts": [{"part_number": 1}] * 33}, (422, "parts", "max_items")),
        ({"unless_known": 1}, (422, "unless_known", "type")),
        ({"colour": "red"}, (422, "colour", "unknown")),
    ],
)
def test_a_bad_start_names_field_and_rule(
    api: Gateway, start: str, change: dict[str, Any], expected: tuple[int, str, str]
) -> None:
    assert first_error(api("POST", start, {**START, **change})) == expected


def test_a_second_start_is_a_conflict_that_names_the_state(api: Gateway, start: str) -> None:
    api("POST", start, START)
    reply = api("POST", start, START)
    assert first_error(reply) == (409, "state", "state")
    assert "uploading" in reply.json["detail"]


def test_a_second_start_and_a_replaced_upload_name_the_upload_under_way(api: Gateway, start: str) -> None:
    first = api("POST", start, START).json["upload_id"]
    refused = api("POST", start, START)
    assert (refused.status, refused.json["upload_id"]) == (409, first)
    second = api("POST", start, {**START, "replace": True}).json["upload_id"]
    for step, body in (("parts", {"parts": [{"part_number": 1}]}), ("complete", {})):
        reply = api("POST", f"/api/v1/uploads/{first}/{step}", body)
        assert (reply.status, reply.json["upload_id"]) == (409, second)


def test_answers_tell_the_server_s_time_beside_the_end_of_a_url(api: Gateway, start: str) -> None:
    started = api("POST", start, START).json
    signed = api("POST", f"/api/v1/uploads/{started['upload_id']}/parts", {"parts": [{"part_number": 1}]}).json
    for answer in (started, signed):
        ends, made = (datetime.fromisoformat(t) for t in (answer["urls"][0]["expires_at"], answer["server_time"]))
        assert 3590 < (ends - made).total_seconds() <= 3600


@pytest.mark.parametrize("parts", [[], [{"part_number": 1}] * 1001])
def test_one_to_a_thousand_parts_are_signed_at_once(api: Gateway, start: str, parts: list[Any]) -> None:
    upload_id = api("POST", start, START).json["upload_id"]
    status, field, _ = first_error(api("POST", f"/api/v1/uploads/{upload_id}/parts", {"parts": parts}))
    assert (status, field) == (422, "parts")


def test_complete_requires_a_digest_that_was_not_declared(api: Gateway, start: str) -> None:
    upload_id = api("POST", start, {**START, "sha256": ""}).json["upload_id"]
    assert first_error(api("POST", f"/api/v1/uploads/{upload_id}/complete", {})) == (422, "sha256", "required")


def test_another_tenants_upload_looks_like_an_absent_one(handler: LambdaHandler, api: Gateway, start: str) -> None:
    upload_id = api("POST", start, START).json["upload_id"]
    eve = Gateway(handler, person(tenant="elsewhere"))
    for found in (upload_id, new_id()):
        reply = eve("GET", f"/api/v1/uploads/{found}")
        assert first_error(reply) == (404, "upload_id", "exists")
    assert eve("POST", start, START).status == 404


def test_a_viewer_may_not_upload(handler: LambdaHandler, start: str) -> None:
    assert Gateway(handler, person(Role.VIEWER))("POST", start, START).status == 403


def test_a_draft_has_no_file_to_download(api: Gateway, start: str) -> None:
    reply = api("GET", start.removesuffix("upload") + "versions/1.0.0/download")
    assert first_error(reply) == (409, "state", "state")


def test_an_upload_that_the_store_dropped_says_so_and_can_be_replaced(
    api: Gateway, start: str, objects: FakeObjectStore
) -> None:
    route = f"/api/v1/uploads/{api('POST', start, START).json['upload_id']}"
    objects.open.clear()
    shown = api("GET", route)
    assert (shown.status, shown.json["state"]) == (200, "dropped")
    assert (shown.json["received"], shown.json["missing"], shown.json["missing_count"]) == ([], [], 0)
    refused = api("POST", f"{route}/parts", {"parts": [{"part_number": 1}]})
    assert first_error(refused) == (409, "state", "state")
    assert "start again with replace: true" in refused.json["detail"]
    assert api("POST", start, {**START, "replace": True}).status == 201
    assert api("GET", route).json["state"] == "aborted"
