"""Versions over HTTP: creating, numbering, reading and listing them."""

from datetime import datetime
from typing import Any

import pytest

from maas.domain.ids import new_id
from tests.fakes.registry import FakeRegistry
from tests.support.http_gateway import Gateway, first_error
from tests.unit.web.routes.requests import make_ready


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
        "format": None,
        "size": None,
        "sha256": None,
        "signature": None,
        "details": None,
        "warnings": [],
        "created_by": "ada",
        "published_at": None,
        "deprecated_at": None,
        "forced": None,
        "digest": None,
        "file_count": 0,
        "total_size": 0,
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
        ({"version": "1.0.0", "metadata": {"max_concurrency": 0}}, "metadata.max_concurrency", "range"),
        ({"version": "1.0.0", "metadata": {"batching": True}}, "metadata.batching", "type"),
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


def test_a_version_is_deleted_until_it_is_published(api: Gateway, registry: FakeRegistry, versions: str) -> None:
    api("POST", versions, {"version": "1.0.0"})
    deleted = api("DELETE", f"{versions}/v1.0.0")
    assert (deleted.status, "content-type" in deleted.headers) == (204, False)
    assert api("DELETE", f"{versions}/1.0.0").status == 404
    make_ready(api, registry, versions, "1.0.0")
    assert api("DELETE", f"{versions}/1.0.0").status == 204
    make_ready(api, registry, versions, "1.0.0")
    assert api("POST", f"{versions}/1.0.0/publish").status == 200
    assert first_error(api("DELETE", f"{versions}/1.0.0")) == (409, "state", "state")
    assert first_error(api("DELETE", f"{versions}/latest")) == (422, "ref", "semver")


@pytest.mark.parametrize(
    ("method", "suffix", "body"),
    [("PATCH", "", {"changelog": "x"}), ("DELETE", "", None), ("POST", "/publish", None), ("POST", "/deprecate", None)],
)
def test_a_change_names_ref_where_the_path_has_no_number(
    api: Gateway, versions: str, method: str, suffix: str, body: dict[str, str] | None
) -> None:
    assert first_error(api(method, f"{versions}/latest{suffix}", body)) == (422, "ref", "semver")
    absent = api(method, f"{versions}/7.0.0{suffix}", body)
    assert (absent.status, absent.json["errors"][0]["field"]) == (404, "ref")


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
