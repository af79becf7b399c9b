"""An alias selects the same version in every request, and a moved alias takes effect within a second."""

import time

import pytest

from local.demo import upload
from maas.adapters.registry.kept_versions import KEPT
from tests.e2e.problems import assert_problem
from tests.samples import onnx_files
from tests.support.stack_users import MODELS, User


@pytest.fixture(scope="module")
def two_versions(user: User) -> str:
    """The path of a model of User.publish_largest with a published 1.1.0 too, which has other class names."""
    model_id = user.publish_largest()
    names = {"class_names": ["A", "B", "C", "D"]}
    user.api.post(f"{MODELS}/{model_id}/versions", {"version": "1.1.0", "metadata": names})
    upload.upload(user.api, model_id, "1.1.0", "model.onnx", onnx_files.largest_of_four())
    user.api.post(f"{MODELS}/{model_id}/versions/1.1.0/publish")
    return f"{MODELS}/{model_id}"


def _resolved(user: User, path: str, ref: str) -> set[str]:
    """Returns the version numbers that the routes of the API resolve `ref` to."""
    body = {"features": [0, 1, 0, 0], "version": ref}
    time.sleep(KEPT)  # predictions follow a moved alias within this time
    predicted = user.api.post(f"{path}/predict", body)
    assert predicted["class_name"] == {"1.0.0": "b", "1.1.0": "B"}[predicted["version"]]
    return {
        user.api.get(f"{path}/versions/{ref}")["version"],
        user.api.get(f"{path}/versions/{ref}/download")["version"],
        user.api.post("/api/v1/inference", {**body, "model_id": path.rpartition("/")[2]})["version"],
        predicted["version"],
    }


def test_versions_downloads_and_predictions_follow_an_alias(user: User, two_versions: str) -> None:
    alias = f"{two_versions}/aliases/production"
    made = user.api.success("PUT", alias, {"version": "1.1.0", "reason": "launch"})
    assert _resolved(user, two_versions, "production") == {"1.1.0"}
    assert user.api.request("PUT", alias, {"version": "1.0.0"}).status_code == 428
    moved = user.api.request("PUT", alias, {"version": "1.0.0"}, headers={"if-match": made.headers["etag"]})
    assert moved.status_code == 200, moved.text
    assert _resolved(user, two_versions, "production") == {"1.0.0"}
    assert _resolved(user, two_versions, "latest") == {"1.1.0"}
    stale = user.api.request("PUT", alias, {"version": "1.1.0"}, headers={"if-match": made.headers["etag"]})
    assert_problem(stale, 412, "revision_mismatch")
    user.api.post(f"{two_versions}/rollback", {"reason": "worse"})
    assert _resolved(user, two_versions, "production") == {"1.1.0"}


def test_a_default_reference_keeps_a_published_version_from_going_live(user: User, two_versions: str) -> None:
    body = {"features": [0, 1, 0, 0]}
    assert user.api.post(f"{two_versions}/predict", body)["version"] == "1.1.0"
    user.api.success("PATCH", two_versions, {"default_ref": "live"})
    time.sleep(KEPT)
    assert_problem(user.api.request("POST", f"{two_versions}/predict", body), 404, "not_found", "default_ref")
    user.api.success("PUT", f"{two_versions}/aliases/live", {"version": "1.0.0"})
    for path, named in (
        (f"{two_versions}/predict", {}),
        ("/api/v1/inference", {"model_id": two_versions.split("/")[-1]}),
    ):
        assert user.api.post(path, {**body, **named})["version"] == "1.0.0"
    assert user.api.post(f"{two_versions}/predict", {**body, "version": "latest"})["version"] == "1.1.0"
    user.api.success("PATCH", two_versions, {"default_ref": "latest"})
    time.sleep(KEPT)
    assert user.api.post(f"{two_versions}/predict", body)["version"] == "1.1.0"


def test_an_absent_alias_is_404_everywhere(user: User, two_versions: str) -> None:
    for path in (f"{two_versions}/versions/green", f"{two_versions}/versions/green/download"):
        assert_problem(user.api.request("GET", path), 404, "not_found", "ref")
    answer = user.api.request("POST", f"{two_versions}/predict", {"features": [1, 2, 3, 4], "version": "green"})
    assert_problem(answer, 404, "not_found", "version")


def test_other_tenants_see_a_public_model_s_alias_but_not_its_history(
    user: User, stranger: User, two_versions: str
) -> None:
    user.api.success("PUT", f"{two_versions}/aliases/blue", {"version": "1.0.0", "reason": "secret"})
    assert_problem(stranger.api.request("GET", f"{two_versions}/aliases/blue"), 404, "not_found", "model_id")
    user.api.success("PATCH", two_versions, {"is_public": True})
    assert _resolved(stranger, two_versions, "blue") == {"1.0.0"}
    assert stranger.api.get(f"{two_versions}/aliases/blue")["version"] == "1.0.0"
    assert_problem(stranger.api.request("GET", f"{two_versions}/aliases/blue/history"), 404, "not_found", "model_id")
    assert_problem(
        stranger.api.request("PUT", f"{two_versions}/aliases/blue", {"version": "1.1.0"}), 404, "not_found", "model_id"
    )
