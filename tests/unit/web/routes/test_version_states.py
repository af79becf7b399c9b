"""Versions over HTTP: publishing them, and what may change afterwards."""

from typing import Any

import pytest

from tests.fakes.registry import FakeRegistry
from tests.support.http_gateway import Gateway, first_error
from tests.unit.web.routes.requests import SHA256, make_ready


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
    assert "acme/" not in published.text  # the tenant is in the file's key
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
