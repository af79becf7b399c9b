"""Models over HTTP, on the registry's own services with a store in memory."""

import json
from dataclasses import replace
from typing import Any

import pytest

from maas.domain.identity.principals import Role
from maas.domain.ids import new_id
from tests.support.http_gateway import Gateway, first_error, person
from tests.unit.web.routes.requests import IRIS


def as_(api: Gateway, **who: Any) -> Gateway:
    return replace(api, by=person(**who))


def test_create_answers_the_model_its_location_and_revision(api: Gateway) -> None:
    reply = api("POST", "/api/v1/models", IRIS)
    model = reply.json
    assert (reply.status, reply.headers["etag"]) == (201, '"1"')
    assert reply.headers["location"] == f"/api/v1/models/{model['id']}"
    assert api("GET", reply.headers["location"]).json == model
    assert model.pop("id")
    assert model.pop("created_at") == model.pop("updated_at")
    assert model == {
        "name": "Iris",
        "description": "Flowers.",
        "framework": "onnx",
        "status": "pending",
        "tags": ["demo"],
        "metadata": {"team": "ml"},
        "is_public": False,
        "owner_id": "ada",
        "tenant_id": "acme",
        "latest_version": None,
        "default_ref": "latest",
        "revision": 1,
    }


def test_times_are_rfc_3339_in_utc(api: Gateway, iris: str) -> None:
    created = api("GET", iris).json["created_at"]
    assert created.endswith("Z")
    assert "T" in created


def test_create_with_a_version_makes_a_draft_of_it(api: Gateway) -> None:
    model = api("POST", "/api/v1/models", {**IRIS, "version": "v1.0.0"}).json
    version = api("GET", f"/api/v1/models/{model['id']}/versions/1.0.0").json
    assert (version["version"], version["state"]) == ("1.0.0", "draft")


@pytest.mark.parametrize(
    ("change", "field", "rule"),
    [
        ({"name": ""}, "name", "min_length"),
        ({"name": "x" * 10_240}, "name", "max_length"),
        ({"name": "a\u0000"}, "name", "control_characters"),
        ({"name": 7}, "name", "type"),
        ({"name": None}, "name", "not_null"),
        ({"framework": "keras"}, "framework", "enum"),
        ({"tags": "demo"}, "tags", "type"),
        ({"tags": ["ok", 1]}, "tags[1]", "type"),
        ({"tags": ["!"]}, "tags[0]", "tag"),
        ({"metadata": {"k": 1}}, "metadata.k", "type"),
        ({"is_public": "true"}, "is_public", "type"),
        ({"is_public": 1}, "is_public", "type"),
        ({"version": "1.0"}, "version", "semver"),
        ({"colour": "red"}, "colour", "unknown"),
    ],
)
def test_create_names_the_field_and_the_rule(api: Gateway, change: dict[str, Any], field: str, rule: str) -> None:
    assert first_error(api("POST", "/api/v1/models", {**IRIS, **change})) == (422, field, rule)


def test_create_names_a_missing_field(api: Gateway) -> None:
    assert first_error(api("POST", "/api/v1/models", {"framework": "onnx"})) == (422, "name", "required")


def test_names_are_unique_in_a_tenant_in_any_case(api: Gateway, iris: str) -> None:
    taken = api("POST", "/api/v1/models", {**IRIS, "name": "IRIS"})
    assert first_error(taken) == (409, "name", "unique")
    assert (
        "'Iris' exists already, which is the same as 'IRIS' when case and joiners are ignored" in taken.json["detail"]
    )
    same = api("POST", "/api/v1/models", IRIS).json["detail"]
    assert same.endswith("a model named 'Iris' exists already; add a version to it instead")
    assert as_(api, tenant="other")("POST", "/api/v1/models", IRIS).status == 201


def test_a_model_of_another_tenant_looks_absent(api: Gateway, iris: str) -> None:
    stranger = as_(api, tenant="other")
    absent = f"/api/v1/models/{new_id()}"
    for method, body in (("GET", None), ("PATCH", {"description": "mine"}), ("DELETE", None)):
        theirs, nothing = stranger(method, iris, body), stranger(method, absent, body)
        assert theirs.status == 404
        assert theirs.text.replace(iris[-36:], "") == nothing.text.replace(absent[-36:], "")


@pytest.mark.parametrize("model_id", ["1", "..", "%00", "a" * 5000, "é"])
def test_a_path_id_that_is_not_a_uuid_is_not_found(api: Gateway, model_id: str) -> None:
    assert api("GET", f"/api/v1/models/{model_id}").status == 404


def test_get_answers_304_for_the_current_revision(api: Gateway, iris: str) -> None:
    for held in ('"1"', 'W/"1"', '"7", "1"', "*"):
        reply = api("GET", iris, headers={"if-none-match": held})
        assert (reply.status, reply.text, reply.headers["etag"]) == (304, "", '"1"')
    assert api("GET", iris, headers={"if-none-match": '"2"'}).status == 200


def test_put_replaces_every_field_of_the_owner(api: Gateway, iris: str) -> None:
    reply = api("PUT", iris, {"name": "Iris 2", "framework": "sklearn"}, headers={"if-match": '"1"'})
    assert (reply.status, reply.headers["etag"]) == (200, '"2"')
    kept = {name: reply.json[name] for name in ("name", "framework", "description", "tags", "metadata", "is_public")}
    assert kept == {
        "name": "Iris 2",
        "framework": "sklearn",
        "description": "",
        "tags": [],
        "metadata": {},
        "is_public": False,
    }


def test_put_requires_the_whole_model(api: Gateway, iris: str) -> None:
    assert first_error(api("PUT", iris, {"name": "Iris 2"}, headers={"if-match": "*"})) == (
        422,
        "framework",
        "required",
    )


def test_put_requires_if_match(api: Gateway, iris: str) -> None:
    reply = api("PUT", iris, {"name": "Iris 2", "framework": "sklearn"})
    assert (first_error(reply), reply.json["code"]) == ((428, "if-match", "required"), "precondition_required")
    assert api("GET", iris).json["revision"] == 1
    assert api("PUT", iris, {"name": "Iris 2", "framework": "sklearn"}, headers={"if-match": "*"}).status == 200


def test_patch_changes_only_the_given_fields(api: Gateway, iris: str) -> None:
    before, after = api("GET", iris).json, api("PATCH", iris, {"is_public": True}).json
    assert after == {**before, "is_public": True, "revision": 2, "updated_at": after["updated_at"]}


def test_patch_empties_a_text_but_refuses_null(api: Gateway, iris: str) -> None:
    assert api("PATCH", iris, {"description": ""}).json["description"] == ""
    assert first_error(api("PATCH", iris, {"description": None})) == (422, "description", "not_null")


def test_an_empty_patch_changes_nothing(api: Gateway, iris: str) -> None:
    assert api("PATCH", iris, {}).json == api("GET", iris).json


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "", {"name": "Iris", "framework": "onnx"}),
        ("PATCH", "", {"description": "new"}),
        ("PATCH", "/status", {"status": "running"}),
        ("POST", "/tags", {"tags": ["new"]}),
        ("DELETE", "/tags?tag=demo", None),
        ("PUT", "/metadata", {"metadata": {}}),
        ("DELETE", "", None),
    ],
)
def test_every_write_honours_if_match(api: Gateway, iris: str, method: str, path: str, body: Any) -> None:
    for stale in ('"9"', 'W/"1"', '"01"', '"abc"', f'"{10**30}"'):
        assert api(method, iris + path, body, headers={"if-match": stale}).status == 412
    for malformed in ("1", '"1', '"1", "2"', "", "W/1"):
        reply = api(method, iris + path, body, headers={"if-match": malformed})
        assert first_error(reply) == (422, "if-match", "etag")
    assert api(method, iris + path, body, headers={"if-match": '"1"'}).status in {200, 204}


def test_if_match_of_a_star_means_any_revision(api: Gateway, iris: str) -> None:
    assert api("DELETE", iris, headers={"if-match": "*"}).status == 204


def test_delete_removes_the_model_and_frees_its_name(api: Gateway, iris: str) -> None:
    reply = api("DELETE", iris)
    assert (reply.status, reply.text) == (204, "")
    assert api("GET", iris).status == 404
    assert api("DELETE", iris).status == 404
    assert api("POST", "/api/v1/models", IRIS).status == 201


def test_status_is_one_of_the_allowed_words(api: Gateway, iris: str) -> None:
    assert api("PATCH", f"{iris}/status", {"status": "running"}).json["status"] == "running"
    assert first_error(api("PATCH", f"{iris}/status", {"status": "asleep"})) == (422, "status", "enum")


def test_tags_are_added_and_removed_by_body_or_query(api: Gateway, iris: str) -> None:
    assert api("POST", f"{iris}/tags", {"tags": ["B", "c", "d"]}).json["tags"] == ["demo", "b", "c", "d"]
    assert api("DELETE", f"{iris}/tags?tag=demo&tag=B").json["tags"] == ["c", "d"]
    assert api("DELETE", f"{iris}/tags", {"tags": ["c"]}).json["tags"] == ["d"]
    assert first_error(api("DELETE", f"{iris}/tags")) == (422, "tags", "required")
    assert first_error(api("POST", f"{iris}/tags", {"tags": []})) == (422, "tags", "min_items")


def test_metadata_is_replaced_whole(api: Gateway, iris: str) -> None:
    assert api("GET", f"{iris}/metadata").json == {"metadata": {"team": "ml"}}
    reply = api("PUT", f"{iris}/metadata", {"metadata": {"a": "1"}})
    assert (reply.status, reply.json, reply.headers["etag"]) == (200, {"metadata": {"a": "1"}}, '"2"')
    assert api("GET", iris).json["metadata"] == {"a": "1"}


@pytest.mark.parametrize(
    ("method", "path"), [("POST", ""), ("PUT", "/x"), ("PATCH", "/x/status"), ("POST", "/x/versions"), ("DELETE", "/x")]
)
def test_a_viewer_reads_but_changes_nothing(api: Gateway, method: str, path: str) -> None:
    viewer = as_(api, role=Role.VIEWER)
    reply = viewer(method, f"/api/v1/models{path}", {})
    assert (reply.status, reply.json["code"]) == (403, "permission_denied")
    assert viewer("GET", "/api/v1/models").status == 200


def test_answers_do_not_reveal_where_files_are_stored(api: Gateway, iris: str) -> None:
    api("POST", f"{iris}/versions", {"version": "1.0.0"})
    text = api("GET", iris).text + api("GET", f"{iris}/versions/1.0.0").text
    assert "storage" not in text
    assert "bucket" not in json.dumps(text)


def test_public_models_of_other_tenants_are_listed(api: Gateway, iris: str) -> None:
    other = as_(api, tenant="other")
    assert other("GET", "/api/v1/models?visibility=public").json == {"items": [], "next_cursor": None, "total": None}

    api("PATCH", iris, {"is_public": True})

    page = other("GET", "/api/v1/models?visibility=public&q=ir").json
    assert page == {"items": [other("GET", iris).json], "next_cursor": None, "total": None}


@pytest.mark.parametrize(
    ("query", "field", "rule"),
    [
        ("visibility=private", "visibility", "enum"),
        ("visibility=public&is_public=true", "is_public", "exclusive"),
        ("visibility=public&page=1", "page", "exclusive"),
        ("visibility=public&visibility=public", "visibility", "repeated"),
    ],
)
def test_a_wrong_list_of_public_models_is_named(api: Gateway, query: str, field: str, rule: str) -> None:
    reply = api("GET", f"/api/v1/models?{query}")
    assert first_error(reply) == (422, field, rule)


def test_the_default_reference_is_set_kept_and_reset(api: Gateway, iris: str) -> None:
    assert api("PATCH", iris, {"default_ref": "production"}).json["default_ref"] == "production"
    assert api("PATCH", iris, {"description": "new"}).json["default_ref"] == "production"
    replaced = api("PUT", iris, {"name": "Iris", "framework": "onnx"}, headers={"if-match": "*"})
    assert replaced.json["default_ref"] == "latest"
    made = api("POST", "/api/v1/models", {**IRIS, "name": "other", "default_ref": "^1"})
    assert made.json["default_ref"] == "^1"


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_a_malformed_default_reference_is_named(api: Gateway, iris: str, method: str) -> None:
    path = "/api/v1/models" if method == "POST" else iris
    body = {"name": "another", "framework": "onnx", "default_ref": "Newest"}
    assert first_error(api(method, path, body, headers={"if-match": "*"}))[:2] == (422, "default_ref")
