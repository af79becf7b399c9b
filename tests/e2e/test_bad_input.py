"""Bad input is refused with a problem that names the field and the rule, never with a 500."""

from typing import Any

import httpx2
import pytest

from tests.e2e.problems import (
    BODY_NOT_TEXT,
    BODY_TOO_LARGE,
    ODD_PATH,
    assert_gateway_refuses,
    assert_problem,
)
from tests.support.stack_users import MODELS, User
from tests.support.stacks import BOTH


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"framework": "caffe"}, "framework"),
        ({"name": ""}, "name"),
        ({"name": "n" * 10_240}, "name"),
        ({"name": "line\nbreak"}, "name"),
        ({"name": "\x00"}, "name"),
        ({"name": 7}, "name"),
        ({"version": "1.0"}, "version"),
        ({"color": "red"}, "color"),
        ({"tags": "one"}, "tags"),
        ({"metadata": {"a": 1}}, "metadata.a"),
    ],
)
def test_an_invalid_model_is_422(user: User, fields: dict[str, Any], field: str) -> None:
    answer = user.api.request("POST", MODELS, {"name": "model", "framework": "onnx", **fields})

    assert_problem(answer, 422, "invalid_input", field)


@pytest.mark.parametrize("body", [b"{", b"name=iris", b"[" * 50_000, b'{"name": NaN}'])
def test_a_body_that_is_not_json_is_refused(user: User, body: bytes) -> None:
    answer = user.api.request("POST", MODELS, content=body, headers={"content-type": "application/json"})

    _assert_json_refused(answer)


def _assert_json_refused(answer: httpx2.Response) -> None:
    """Asserts 400, or 422 if the body could be parsed and one of its values is invalid."""
    assert answer.status_code in {400, 422}
    assert_problem(answer, answer.status_code, "malformed_json" if answer.status_code == 400 else "invalid_input")


@pytest.mark.kinds(*BOTH)
def test_a_body_that_is_not_utf_8_is_400(user: User) -> None:
    answer = user.api.request("POST", MODELS, content=b"\xff\xfe", headers={"content-type": "application/json"})

    assert_gateway_refuses(answer, BODY_NOT_TEXT)


def test_an_unknown_status_is_422(user: User) -> None:
    answer = user.api.request("PATCH", f"{MODELS}/{user.model()}/status", {"status": "sleeping"})

    assert_problem(answer, 422, "invalid_input", "status")


def test_a_name_is_unique_in_its_tenant_in_any_case(user: User, stranger: User) -> None:
    name = f"Größe {user.email}"
    user.model(name=name)

    assert_problem(
        user.api.request("POST", MODELS, {"name": name.upper(), "framework": "onnx"}), 409, "already_exists", "name"
    )
    stranger.model(name=name)


def test_a_version_is_unique_in_its_model(user: User) -> None:
    path = f"{MODELS}/{user.draft('1.0.0')}/versions"

    assert_problem(user.api.request("POST", path, {"version": "v1.0.0"}), 409, "already_exists", "version")


@pytest.mark.parametrize("version", ["1.0", "1", "one", "", "1.0.0.0", "01.0.0"])
def test_a_version_that_is_not_semver_is_422(user: User, version: str) -> None:
    answer = user.api.request("POST", f"{MODELS}/{user.model()}/versions", {"version": version})

    assert_problem(answer, 422, "invalid_input", "version")


@pytest.mark.parametrize("limit", ["0", "1000000000", "-1", "ten", "1e2"])
def test_a_limit_outside_1_to_100_is_422(user: User, limit: str) -> None:
    assert_problem(user.api.request("GET", f"{MODELS}?limit={limit}"), 422, "invalid_input", "limit")


@pytest.mark.parametrize(
    "query", ["framework=caffe", "status=sleeping", "cursor=forged", "colour=red", "is_public=maybe"]
)
def test_an_invalid_filter_is_422(user: User, query: str) -> None:
    assert_problem(user.api.request("GET", f"{MODELS}?{query}"), 422, "invalid_input", query.partition("=")[0])


@pytest.mark.parametrize("model_id", ["iris", "01939e4c-7d2a-7d00-8000-000000000001"])
def test_an_absent_model_is_404(user: User, model_id: str) -> None:
    assert_problem(user.api.request("GET", f"{MODELS}/{model_id}"), 404, "not_found")


@pytest.mark.parametrize("model_id", ["..%2F..", "%00"])
def test_escaped_characters_in_an_id_are_refused(user: User, model_id: str) -> None:
    assert_gateway_refuses(user.api.request("GET", f"{MODELS}/{model_id}"), ODD_PATH)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"size": 0}, "size"),
        ({"size": -1}, "size"),
        ({"size": 10**15}, "size"),
        ({"size": 1.5}, "size"),
        ({"filename": "../a.onnx"}, "filename"),
        ({"filename": ""}, "filename"),
        ({"sha256": "abc"}, "sha256"),
        ({"part_size": 1}, "part_size"),
        ({"parts": [{"part_number": 2}]}, "parts[0].part_number"),
    ],
)
def test_an_invalid_upload_is_422(user: User, draft: str, fields: dict[str, Any], field: str) -> None:
    body = {"version": "1.0.0", "filename": "a.onnx", "size": 10, **fields}

    assert_problem(user.api.request("POST", f"{MODELS}/{draft}/upload", body), 422, "invalid_input", field)


@pytest.fixture(scope="module")
def draft(user: User) -> str:
    return user.draft()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"features": [1, 2, 3]}, "features"),
        ({"features": [1, 2, 3, "4"]}, "features[3]"),
        ({"features": [[]]}, "features[0]"),
        ({"inputs": {"y": [[1, 2, 3, 4]]}}, "inputs.y"),
        ({}, "features"),
        ({"features": [1, 2, 3, 4], "timeout": 60}, "timeout"),
        ({"features": [1, 2, 3, 4], "version": "Newest"}, "version"),
        ({"features": [1, 2, 3, 4], "colour": "red"}, "colour"),
    ],
)
def test_an_invalid_prediction_request_is_422(user: User, published: str, body: dict[str, Any], field: str) -> None:
    assert_problem(user.api.request("POST", f"{MODELS}/{published}/predict", body), 422, "invalid_input", field)


def test_the_detail_has_the_expected_and_given_feature_count(user: User, published: str) -> None:
    answer = user.api.request("POST", f"{MODELS}/{published}/predict", {"features": [1, 2, 3]})

    assert "expected 4 features, got 3" in assert_problem(answer, 422, "invalid_input", "features")["detail"]


@pytest.mark.parametrize("number", [b"NaN", b"Infinity", b"-Infinity", b"1e999"])
def test_numbers_that_are_not_finite_are_refused(user: User, published: str, number: bytes) -> None:
    body = b'{"features": [1, 2, 3, ' + number + b"]}"

    answer = user.api.request(
        "POST", f"{MODELS}/{published}/predict", content=body, headers={"content-type": "application/json"}
    )

    _assert_json_refused(answer)


def test_an_unpublished_version_makes_no_predictions(user: User, draft: str) -> None:
    body = {"version": "1.0.0", "features": [1, 2, 3, 4]}

    assert_problem(user.api.request("POST", f"{MODELS}/{draft}/predict", body), 409, "wrong_state", "version")


def test_a_model_without_published_versions_has_no_latest(user: User, draft: str) -> None:
    answer = user.api.request("POST", f"{MODELS}/{draft}/predict", {"features": [1, 2, 3, 4]})

    assert_problem(answer, 404, "not_found", "version")


@pytest.mark.kinds(*BOTH)
def test_a_body_over_ten_megabytes_is_413(user: User) -> None:
    answer = user.api.request("POST", "/api/v1/inference", content=b" " * (10 * 1024 * 1024 + 1))

    assert_gateway_refuses(answer, BODY_TOO_LARGE)


def test_an_unknown_path_is_404(user: User) -> None:
    assert_problem(user.api.request("GET", "/api/v1/nothing"), 404, "not_found")


def test_another_method_of_a_path_is_405(user: User) -> None:
    answer = user.api.request("PUT", MODELS, {})
    assert_problem(answer, 405, "method_not_allowed")
    assert answer.headers["allow"] == "GET, POST, OPTIONS"
