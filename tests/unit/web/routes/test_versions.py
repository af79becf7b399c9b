"""Versions over HTTP, on the registry's own services with a store in memory."""

import asyncio
from datetime import datetime
from typing import Any

import pytest

from maas.domain.catalog.versions import Artifact, Signature, Tensor
from maas.domain.identity.principals import validator
from maas.domain.ids import new_id
from maas.domain.uploads.sessions import UploadStart
from maas.entrypoints.http import create_app, lambda_handler
from maas.web.routes.models import models_routes
from maas.web.routes.versions import versions_routes
from tests.fakes.registry import FakeRegistry, fake_registry
from tests.support.http_gateway import Gateway, Reply, person

SHA256 = "ab" * 32
ARTIFACT = Artifact(
    storage_key="models/secret/place",
    size=1234,
    sha256=SHA256,
    signature=Signature((Tensor("X", "float", (-1, 4)),), (Tensor("label", "int64", (-1,)),)),
)


@pytest.fixture
def registry() -> FakeRegistry:
    return fake_registry()


@pytest.fixture
def api(registry: FakeRegistry) -> Gateway:
    return Gateway(lambda_handler(create_app(models_routes(registry), versions_routes(registry), title="models")))


@pytest.fixture
def versions(api: Gateway) -> str:
    return f"/api/v1/models/{api('POST', '/api/v1/models', {'name': 'Iris', 'framework': 'onnx'}).json['id']}/versions"


def first_error(reply: Reply) -> tuple[int, str, str]:
    first = reply.json["errors"][0]
    return reply.status, first["field"], first["rule"]


async def upload(registry: FakeRegistry, model_id: str, version: str) -> None:
    """Moves a draft to ready, as the uploads function and the validator do."""
    by, upload_id = person(), new_id()
    await registry.start_upload(
        by,
        UploadStart(
            upload_id=upload_id,
            model_id=model_id,
            version=version,
            filename="iris.onnx",
            size=ARTIFACT.size,
            sha256=SHA256,
            part_size=8 * 1024 * 1024,
            storage_key=ARTIFACT.storage_key,
            storage_upload_id="s3-upload",
        ),
    )
    await registry.complete_upload(by, upload_id, SHA256)
    await registry.record_validation(validator(by.tenant_id), upload_id, ARTIFACT)


def make_ready(api: Gateway, registry: FakeRegistry, versions: str, version: str) -> None:
    assert api("POST", versions, {"version": version}).status == 201
    asyncio.get_event_loop().run_until_complete(upload(registry, versions.split("/")[4], version))


def test_create_answers_a_draft_and_its_location(api: Gateway, versions: str) -> None:
    reply = api("POST", versions, {"version": "v1.0.0", "changelog": "First.", "metadata": {"class_names": ["a", "b"]}})
    assert (reply.status, reply.headers["location"]) == (201, f"{versions}/1.0.0")
    version = reply.json
    assert version == api("GET", f"{versions}/1.0.0").json
    assert version.pop("created_at") == version.pop("updated_at")
    assert version == {
        "model_id": versions.split("/")[4],
        "version": "1.0.0",
        "state": "draft",
        "failure": None,
        "parent": None,
        "changelog": "First.",
        "metadata": {"class_names": ["a", "b"]},
        "metrics": {},
        "model_card": "",
        "size": None,
        "sha256": None,
        "signature": None,
        "created_by": "ada",
        "published_at": None,
        "deprecated_at": None,
        "forced": None,
        "revision": 1,
    }


@pytest.mark.parametrize(
    ("body", "field", "rule"),
    [
        ({}, "version", "semver"),
        ({"version": "1.0"}, "version", "semver"),
        ({"version": "latest"}, "version", "semver"),
        ({"version": 1.0}, "version", "type"),
        ({"version": "1.0.0", "changelog": "\u0000"}, "changelog", "control_characters"),
        ({"version": "1.0.0", "metadata": []}, "metadata", "type"),
        ({"version": "1.0.0", "metadata": {"k": "x" * 17_000}}, "metadata", "max_bytes"),
        ({"version": "1.0.0", "metadata": {"k": float("nan")}}, "metadata", "finite"),
        ({"version": "1.0.0", "metadata": {"k": [[[[[[[[1]]]]]]]]}}, "metadata", "max_depth"),
        ({"version": "1.0.0", "bump": "major"}, "bump", "exclusive"),
        ({"bump": "huge"}, "bump", "enum"),
        ({"bump": "major", "metrics": {"auc": "0.9"}}, "metrics.auc", "type"),
        ({"bump": "major", "metrics": {"auc": float("inf")}}, "metrics.auc", "finite"),
        ({"bump": "major", "metrics": {"": 1}}, "metrics.", "min_length"),
        ({"bump": "major", "metrics": {str(n): n for n in range(51)}}, "metrics", "max_items"),
        ({"bump": "major", "model_card": "x" * 16_385}, "model_card", "max_length"),
        ({"bump": "major", "parent": "1"}, "parent", "semver"),
        ({"bump": "major", "colour": "red"}, "colour", "unknown"),
    ],
)
def test_create_names_the_field_and_the_rule(
    api: Gateway, versions: str, body: dict[str, Any], field: str, rule: str
) -> None:
    assert first_error(api("POST", versions, body)) == (422, field, rule)


def test_a_bump_answers_the_next_number_and_its_parent(api: Gateway, versions: str) -> None:
    api("POST", versions, {"version": "1.2.3"})
    reply = api("POST", versions, {"bump": "minor"})
    assert (reply.status, reply.headers["location"]) == (201, f"{versions}/1.3.0")
    assert (reply.json["version"], reply.json["parent"]) == ("1.3.0", "1.2.3")


def test_a_deprecated_version_has_a_deprecation_header(api: Gateway, registry: FakeRegistry, versions: str) -> None:
    make_ready(api, registry, versions, "1.0.0")
    assert "deprecation" not in api("POST", f"{versions}/1.0.0/publish").headers
    assert first_error(api("POST", f"{versions}/1.0.0/deprecate", {"reason": "old"})) == (422, "reason", "unknown")
    deprecated = api("POST", f"{versions}/v1.0.0/deprecate", {})
    assert (deprecated.status, deprecated.json["state"]) == (200, "deprecated")
    read = api("GET", f"{versions}/1.0.0")
    at = datetime.fromisoformat(read.json["deprecated_at"])
    assert read.headers["deprecation"] == f"@{int(at.timestamp())}"
    assert first_error(api("GET", f"{versions}/latest")) == (404, "ref", "exists")


def test_force_requires_a_reason(api: Gateway, registry: FakeRegistry, versions: str) -> None:
    make_ready(api, registry, versions, "1.0.0")
    path = f"{versions}/1.0.0/publish"
    assert first_error(api("POST", path, {"force": True})) == (422, "reason", "min_length")
    assert first_error(api("POST", path, {"force": "yes"})) == (422, "force", "type")
    for body in ({"reason": "all callers are ours"}, {"force": False, "reason": "all callers are ours"}):
        assert first_error(api("POST", path, body)) == (422, "reason", "force")
    published = api("POST", path, {"force": True, "reason": "all callers are ours"})
    assert (published.status, published.json["forced"]) == (200, None)  # there was nothing to force


def test_only_a_draft_is_deleted(api: Gateway, registry: FakeRegistry, versions: str) -> None:
    api("POST", versions, {"version": "1.0.0"})
    deleted = api("DELETE", f"{versions}/v1.0.0")
    assert (deleted.status, "content-type" in deleted.headers) == (204, False)
    assert api("DELETE", f"{versions}/1.0.0").status == 404
    make_ready(api, registry, versions, "1.0.0")
    assert first_error(api("DELETE", f"{versions}/1.0.0")) == (409, "state", "state")
    assert first_error(api("DELETE", f"{versions}/latest")) == (422, "version", "semver")


def test_a_number_is_unique(api: Gateway, versions: str) -> None:
    assert api("POST", versions, {"version": "1.0.0"}).status == 201
    assert first_error(api("POST", versions, {"version": "v1.0.0"})) == (409, "version", "unique")


def test_metadata_is_returned_unchanged(api: Gateway, versions: str) -> None:
    metadata = {"n": 10**30, "f": 1.5, "t": True, "z": None, "模": ["型"]}
    assert api("POST", versions, {"version": "1.0.0", "metadata": metadata}).json["metadata"] == metadata


def test_a_list_has_the_highest_precedence_first(api: Gateway, versions: str) -> None:
    for number in ("1.9.0", "1.10.0", "2.0.0-rc.2", "2.0.0-rc.10", "2.0.0"):
        api("POST", versions, {"version": number})
    target, seen = f"{versions}?limit=2", []
    while target:
        reply = api("GET", target)
        seen += [item["version"] for item in reply.json["items"]]
        target = reply.headers.get("link", "").removeprefix("<").removesuffix('>; rel="next"')
    assert seen == ["2.0.0", "2.0.0-rc.10", "2.0.0-rc.2", "1.10.0", "1.9.0"]


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "cursor=x", "state=draft"])
def test_a_list_names_the_bad_parameter(api: Gateway, versions: str, query: str) -> None:
    assert first_error(api("GET", f"{versions}?{query}"))[:2] == (422, query.split("=")[0])


def test_a_version_is_found_by_number_and_with_a_v(api: Gateway, versions: str) -> None:
    api("POST", versions, {"version": "1.0.0-rc.1+build.5"})
    for ref in ("1.0.0-rc.1+build.5", "v1.0.0-rc.1+build.5", "1.0.0-rc.1%2Bbuild.5"):
        assert api("GET", f"{versions}/{ref}").json["version"] == "1.0.0-rc.1+build.5"


@pytest.mark.parametrize("ref", ["Newest", "1.2-rc", "%3E%3D", "1%20%7C%7C", "%5Ex.1", "1%0A"])
def test_a_malformed_ref_is_named(api: Gateway, versions: str, ref: str) -> None:
    assert first_error(api("GET", f"{versions}/{ref}")) == (422, "ref", "reference")


@pytest.mark.parametrize(
    "ref",
    ["^1.2", "%5E1.2", "~1.2", "1.x", "1.*", "*", "%3E%3D1.2%20%3C2", ">=1.2%20<2", "1.0%20-%201.9", "9%20%7C%7C%201"],
)
def test_a_range_is_resolved(api: Gateway, registry: FakeRegistry, versions: str, ref: str) -> None:
    make_ready(api, registry, versions, "1.2.5")
    api("POST", f"{versions}/1.2.5/publish")
    api("POST", versions, {"version": "1.9.0"})
    assert api("GET", f"{versions}/{ref}").json["version"] == "1.2.5"


def test_an_absent_version_is_not_found(api: Gateway, versions: str) -> None:
    assert first_error(api("GET", f"{versions}/9.9.9")) == (404, "ref", "exists")
    assert first_error(api("GET", f"{versions}/latest")) == (404, "ref", "exists")
    assert api("POST", f"{versions}/9.9.9/publish").status == 404
    assert api("GET", f"/api/v1/models/{new_id()}/versions").status == 404


def test_only_a_ready_version_is_published(api: Gateway, versions: str) -> None:
    api("POST", versions, {"version": "1.0.0"})
    reply = api("POST", f"{versions}/1.0.0/publish")
    assert (*first_error(reply), reply.json["code"]) == (409, "state", "state", "wrong_state")
    assert "draft" in reply.json["detail"]
    assert "published" in reply.json["detail"]


def test_publish_answers_the_file_and_moves_latest(api: Gateway, registry: FakeRegistry, versions: str) -> None:
    make_ready(api, registry, versions, "1.0.0")
    published = api("POST", f"{versions}/v1.0.0/publish")
    assert published.status == 200
    assert published.json["state"] == "published"
    assert published.json["published_at"].endswith("Z")
    assert (published.json["size"], published.json["sha256"]) == (1234, SHA256)
    assert published.json["signature"] == {
        "inputs": [{"name": "X", "dtype": "float", "shape": [-1, 4]}],
        "outputs": [{"name": "label", "dtype": "int64", "shape": [-1]}],
    }
    assert ARTIFACT.storage_key not in published.text
    assert api("GET", f"{versions}/latest").json == published.json
    assert api("GET", versions.removesuffix("/versions")).json["latest_version"] == "1.0.0"


def test_publishing_again_answers_the_same(api: Gateway, registry: FakeRegistry, versions: str) -> None:
    make_ready(api, registry, versions, "1.0.0")
    first, again = (api("POST", f"{versions}/1.0.0/publish") for _ in range(2))
    assert again.json == first.json


def test_latest_skips_prereleases_and_lower_numbers(api: Gateway, registry: FakeRegistry, versions: str) -> None:
    for number in ("1.1.0", "2.0.0-rc.1", "1.0.9"):
        make_ready(api, registry, versions, number)
        api("POST", f"{versions}/{number}/publish")
    assert api("GET", f"{versions}/latest").json["version"] == "1.1.0"


def test_patch_changes_descriptions_of_a_published_version(api: Gateway, registry: FakeRegistry, versions: str) -> None:
    make_ready(api, registry, versions, "1.0.0")
    path = f"{versions}/1.0.0"
    published = api("POST", f"{path}/publish").json
    tag = api("GET", path).headers["etag"]
    assert tag == f'"{published["revision"]}"'
    words = {"changelog": "Better.", "metrics": {"auc": 0.5}, "metadata": {"team": "flowers"}, "model_card": "# Iris"}
    changed = api("PATCH", path, words, headers={"if-match": tag})
    assert (changed.status, changed.headers["etag"]) == (200, f'"{published["revision"] + 1}"')
    assert changed.json == {
        **published,
        **words,
        "revision": published["revision"] + 1,
        "updated_at": changed.json["updated_at"],
    }
    assert api("GET", path).json == changed.json
    stale = api("PATCH", path, {"changelog": "Worse."}, headers={"if-match": tag})
    assert (stale.status, stale.json["code"]) == (412, "revision_mismatch")
    names = {"metadata": {"class_names": ["a"]}}
    assert first_error(api("PATCH", path, names)) == (409, "metadata.class_names", "state")


@pytest.mark.parametrize(
    ("body", "field", "rule"),
    [
        ({"state": "published"}, "state", "unknown"),
        ({"version": "2.0.0"}, "version", "unknown"),
        ({"parent": "0.9.0"}, "parent", "unknown"),
        ({"changelog": None}, "changelog", "not_null"),
        ({"metrics": {"auc": "high"}}, "metrics.auc", "type"),
        ({"metadata": []}, "metadata", "type"),
        ({"model_card": "x" * 16385}, "model_card", "max_length"),
    ],
)
def test_patch_refuses_other_fields(api: Gateway, versions: str, body: dict[str, Any], field: str, rule: str) -> None:
    api("POST", versions, {"version": "1.0.0"})
    assert first_error(api("PATCH", f"{versions}/1.0.0", body)) == (422, field, rule)


def test_only_a_number_has_an_entity_tag(api: Gateway, registry: FakeRegistry, versions: str) -> None:
    """`latest` may name another version later, which may have the same revision."""
    make_ready(api, registry, versions, "1.0.0")
    api("POST", f"{versions}/1.0.0/publish")
    tagged = {ref: "etag" in api("GET", f"{versions}/{ref}").headers for ref in ("1.0.0", "v1.0.0", "latest", "%5E1")}
    assert tagged == {"1.0.0": True, "v1.0.0": True, "latest": False, "%5E1": False}


def test_publish_deprecate_and_delete_honour_if_match(api: Gateway, registry: FakeRegistry, versions: str) -> None:
    make_ready(api, registry, versions, "1.0.0")
    stale, path = {"if-match": '"99"'}, f"{versions}/1.0.0"
    for method, route in (("POST", f"{path}/publish"), ("POST", f"{path}/deprecate"), ("DELETE", path)):
        assert (api(method, route, headers=stale).status, api(method, route, headers={"if-match": "x"}).status) == (
            412,
            422,
        )
    tag = api("GET", path).headers["etag"]
    assert api("POST", f"{path}/publish", headers={"if-match": tag}).json["state"] == "published"
    assert api("POST", f"{path}/deprecate", headers={"if-match": tag}).status == 412
