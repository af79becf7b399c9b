"""Jobs over HTTP, on the use cases with stores in memory."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from maas.domain.identity.principals import Scope
from maas.domain.ids import new_id
from maas.domain.jobs.jobs import FileFormat, Job
from maas.entrypoints.http import create_app, lambda_handler
from maas.platform.request_context import remaining_seconds
from maas.web.routes.jobs import jobs_routes
from tests.support.http_gateway import Gateway, Reply, person
from tests.support.job_world import ADA, JobWorld

JOBS, FILES = "/api/v1/inference/jobs", "/api/v1/inference/files"
ROW = {"features": [[1, 2]]}


@pytest.fixture
def world() -> JobWorld:
    made = JobWorld()
    asyncio.get_event_loop().run_until_complete(made.publish())
    return made


@pytest.fixture
def api(world: JobWorld) -> Gateway:
    return Gateway(lambda_handler(create_app(jobs_routes(world.service), title="jobs")))


def _fields(reply: Reply) -> list[tuple[str, str]]:
    return [(error["field"], error["rule"]) for error in reply.json["errors"]]


def test_a_job_is_answered_with_its_place(api: Gateway, world: JobWorld) -> None:
    reply = api("POST", JOBS, {"model_id": world.model_id, **ROW, "priority": "low", "expires_in": 60})

    assert (reply.status, reply.headers["location"]) == (202, f"{JOBS}/{reply.json['id']}")
    assert api("GET", reply.headers["location"]).json == reply.json
    assert reply.json == {
        "id": reply.json["id"],
        "state": "queued",
        "model_id": world.model_id,
        "model_name": asyncio.run(world.registry.get_model(ADA, world.model_id)).name,
        "version": "1.0.0",
        "priority": "low",
        "progress": {"done": 0, "total": 0, "rows": 0, "failed_rows": 0},
        "failure": None,
        "file": None,
        "created_at": "2026-11-29T12:00:00Z",
        "started_at": None,
        "ended_at": None,
        "expires_at": "2026-11-29T12:01:00Z",
        "kept_until": "2026-12-06T12:01:00Z",
        "result": None,
    }


@pytest.mark.parametrize(
    ("body", "field", "rule"),
    [
        ({**ROW, "unknown": 1}, "unknown", "unknown"),
        ({**ROW, "priority": "high"}, "priority", "enum"),
        ({**ROW, "priority": None}, "priority", "not_null"),
        ({**ROW, "expires_in": 59}, "expires_in", "range"),
        ({**ROW, "expires_in": "60"}, "expires_in", "type"),
        ({**ROW, "timeout": 0}, "timeout", "range"),
        ({**ROW, "timeout": -1}, "timeout", "range"),
        ({**ROW, "timeout": 241}, "timeout", "range"),
        ({}, "features", "exclusive"),
        ({**ROW, "inputs": {"x": [[1, 2]]}}, "features", "exclusive"),
        ({"features": [[1, 2, 3]]}, "features[0]", "shape"),
        ({"features": [["a", "b"]]}, "features[0][0]", "type"),
        ({**ROW, "outputs": ["nope"]}, "outputs[0]", "unknown"),
        ({**ROW, "version": "~~"}, "version", "reference"),
        ({**ROW, "file": {"id": "x", "format": "csv"}}, "file", "exclusive"),
        ({"file": {"id": "x", "format": "xlsx"}}, "file.format", "enum"),
        ({"file": {"format": "csv"}}, "file.id", "required"),
        ({"file": {"id": "x", "format": "csv", "columns": []}}, "file.columns", "unknown"),
        ({"file": []}, "file", "type"),
    ],
)
def test_a_body_that_breaks_a_rule_is_refused_with_field_and_rule(
    api: Gateway, world: JobWorld, body: dict[str, Any], field: str, rule: str
) -> None:
    reply = api("POST", JOBS, {"model_id": world.model_id, **body})

    assert (reply.status, _fields(reply)) == (422, [(field, rule)])
    assert (world.jobs.stored, world.queue.messages) == ({}, [])


def test_a_job_needs_a_model_that_there_is(api: Gateway, world: JobWorld) -> None:
    assert _fields(api("POST", JOBS, ROW)) == [("model_id", "required")]
    without = api("POST", JOBS, {"model_id": world.model_id})
    assert _fields(without) == [("features", "exclusive")]
    assert "or a file" in without.json["detail"]
    assert api("POST", JOBS, {"model_id": new_id(), **ROW}).status == 404
    assert api("POST", JOBS, {"model_id": world.model_id, "version": "9.9.9", **ROW}).status == 404


def test_a_short_timeout_of_the_model_does_not_end_the_request(
    api: Gateway, world: JobWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    left, add = list[float](), world.jobs.add

    def noted(job: Job) -> bool:
        left.append(remaining_seconds(29))
        return add(job)

    monkeypatch.setattr(world.jobs, "add", noted)
    reply = api("POST", JOBS, {"model_id": world.model_id, **ROW, "timeout": 0.5})

    assert (reply.status, left[0] > 13) == (202, True)


def test_another_job_takes_the_file_of_a_job_that_has_ended(api: Gateway, world: JobWorld) -> None:
    """A file of Parquet has become lines by then; the answer still has the one that was uploaded."""
    work = asyncio.get_event_loop().run_until_complete
    content, kind = b"[[1, 2], [2, 1]]", FileFormat.PARQUET
    made = work(world.submit_file(content, kind, as_lists=True))
    work(world.work())
    ended = api("GET", f"{JOBS}/{made.id}").json
    assert (ended["state"], ended["file"]) == (
        "succeeded",
        {"id": made.file_id, "format": "parquet", "as_lists": True},
    )
    again = api("POST", JOBS, {"model_id": world.model_id, "file": ended["file"]})
    work(world.work())
    shown = api("GET", again.headers["location"]).json
    assert (shown["state"], shown["file"], shown["progress"]) == ("succeeded", ended["file"], ended["progress"])


def test_a_file_that_is_not_there_is_a_wrong_state(api: Gateway, world: JobWorld) -> None:
    file = {"id": new_id(), "format": "csv"}
    reply = api("POST", JOBS, {"model_id": world.model_id, "file": file})

    assert (reply.status, reply.json["code"], _fields(reply)) == (409, "wrong_state", [("file.id", "state")])


@pytest.mark.parametrize(
    ("body", "field", "rule"),
    [
        ({"size": 0, "sha256": "0" * 64}, "size", "range"),
        ({"size": 2**30 + 1, "sha256": "0" * 64}, "size", "range"),
        ({"size": 2**80, "sha256": "0" * 64}, "size", "range"),
        ({"size": "1", "sha256": "0" * 64}, "size", "type"),
        ({"size": 1, "sha256": "0" * 63}, "sha256", "sha256"),
        ({"size": 1, "sha256": "ü" * 64}, "sha256", "sha256"),
        ({"size": 1}, "sha256", "required"),
        ({"size": 1, "sha256": "0" * 64, "name": "x"}, "name", "unknown"),
    ],
)
def test_a_file_that_breaks_a_rule_gets_no_url(api: Gateway, body: dict[str, Any], field: str, rule: str) -> None:
    reply = api("POST", FILES, body)

    assert (reply.status, _fields(reply)) == (422, [(field, rule)])


@pytest.mark.parametrize(
    ("query", "field", "rule"),
    [
        ("state=done", "state", "enum"),
        ("limit=0", "limit", "range"),
        ("limit=101", "limit", "range"),
        ("cursor=x", "cursor", "cursor"),
        ("page=1", "page", "unknown"),
    ],
)
def test_a_list_refuses_what_it_does_not_take(api: Gateway, query: str, field: str, rule: str) -> None:
    reply = api("GET", f"{JOBS}?{query}")

    assert (reply.status, _fields(reply)) == (422, [(field, rule)])


@pytest.mark.parametrize("job_id", ["x", "%00", "01939e4c-7d2a-7c99-8000-00000000000c", "..%2F.."])
def test_a_job_that_there_is_not_is_404_for_each_method(api: Gateway, job_id: str) -> None:
    for method, path in (("GET", job_id), ("DELETE", job_id), ("GET", f"{job_id}/results")):
        assert api(method, f"{JOBS}/{path}").status == 404


def test_an_ended_job_shows_its_result_and_is_not_cancelled(api: Gateway, world: JobWorld) -> None:
    path = api("POST", JOBS, {"model_id": world.model_id, **ROW}).headers["location"]
    asyncio.get_event_loop().run_until_complete(world.work())

    shown = api("GET", path).json
    assert (shown["state"], shown["result"]["predictions"], shown["progress"]["done"]) == ("succeeded", [1], 1)
    assert api("GET", JOBS).json["items"][0]["result"] is None
    (part,) = api("GET", f"{path}/results").json["items"]
    assert (part["rows"], part["failed_rows"], part["bytes"]) == (1, 0, len(world.objects.get(part["url"])))
    refused = api("DELETE", path)
    assert (refused.status, _fields(refused)) == (409, [("job_id", "state")])


def test_a_caller_without_the_scope_is_refused(world: JobWorld) -> None:
    handler = lambda_handler(create_app(jobs_routes(world.service), title="jobs"))
    reader = Gateway(handler, replace(person(), scopes=frozenset({Scope.MODELS_READ})))
    for method, path in (("POST", JOBS), ("GET", JOBS), ("POST", FILES), ("GET", f"{JOBS}/x"), ("DELETE", f"{JOBS}/x")):
        assert reader(method, path, {} if method == "POST" else None).status == 403
