"""The diff of two versions, from the graph summaries that the validator stored, and the changelog."""

from typing import Any

import httpx2
import pytest

from local.demo import upload
from tests.e2e.problems import assert_problem
from tests.samples import onnx_files
from tests.support.stack_users import MODELS, User

CHANGELOG = "- A weight.\n- <script>alert(1)</script> | more"


@pytest.fixture(scope="module")
def compared(user: User) -> str:
    """A model whose 1.1.0 changes the table of 1.0.0 and multiplies it with a weight; 1.2.0 is a draft."""
    model_id = user.publish(onnx_files.lookup([1, 2, 3]), classes=["a"], rows=100)
    fields: dict[str, Any] = {"metadata": {"classes": ["a", "b"]}, "metrics": {"auc": 0.9}, "changelog": CHANGELOG}
    user.api.post(f"{MODELS}/{model_id}/versions", {"bump": "minor", **fields})
    content = onnx_files.weighted_lookup([1, 2, 4], 0.5)
    assert upload.upload(user.api, model_id, "1.1.0", "model.onnx", content)["state"] == "ready"
    user.api.post(f"{MODELS}/{model_id}/versions/1.1.0/publish")
    user.api.post(f"{MODELS}/{model_id}/versions", {"bump": "minor"})
    return model_id


def _diff(user: User, model_id: str, query: str, accept: str = "application/json") -> httpx2.Response:
    return user.api.request("GET", f"{MODELS}/{model_id}/diff?{query}", headers={"accept": accept})


def test_changed_operators_and_tensors_are_listed(user: User, compared: str) -> None:
    found = _diff(user, compared, "from=1.0.0&to=latest").json()

    assert (found["from"]["version"], found["to"]["version"]) == ("1.0.0", "1.1.0")
    operators, tensors = found["graph"]["operators"]["items"], found["graph"]["tensors"]["items"]
    assert [(each["domain"], each["name"], each["change"]) for each in operators] == [("ai.onnx", "Mul", "added")]
    assert [(each["name"], each["change"], each["to"], each["values_changed"]) for each in tensors] == [
        ("table", "changed", {"dtype": "float", "shape": [3]}, True),
        ("weight", "added", {"dtype": "float", "shape": [1]}, None),
    ]
    assert found["graph"]["cut_off"] is False
    assert {each["field"] for each in found["file"]} == {"size", "sha256"}
    assert found["signature"] == {"inputs": [], "outputs": [], "breaks_callers": False, "reasons": []}
    assert [(each["path"], each["change"]) for each in found["metadata"]] == [
        ("/classes", "changed"),
        ("/rows", "removed"),
    ]
    assert [each["name"] for each in found["metrics"]] == ["auc"]


def test_a_diff_in_markdown_has_no_html(user: User, compared: str) -> None:
    answer = _diff(user, compared, "from=%5E1.0%20%3C1.1&to=1.1.0", "text/markdown")

    assert answer.headers["content-type"] == "text/markdown; charset=utf-8"
    assert answer.text.startswith("# Changes from 1.0.0 to 1.1.0\n")
    assert "| ai.onnx.Mul | - | 1 |  |" in answer.text
    assert r"| table | float\[3\] | float\[3\] | values |" in answer.text
    assert "<script>" not in answer.text


def test_a_version_without_a_file_has_no_graph(user: User, compared: str) -> None:
    found = _diff(user, compared, "from=1.1.0&to=1.2.0").json()

    assert found["graph"] is None
    assert found["graph_unavailable"] == "version 1.2.0 has no file that passed validation"


@pytest.mark.parametrize(
    ("query", "status", "code", "field"),
    [
        ("from=1.0.0", 422, "invalid_input", "to"),
        ("from=one!&to=1.0.0", 422, "invalid_input", "from"),
        ("from=1.0.0&to=7.0.0", 404, "not_found", "to"),
    ],
)
def test_an_invalid_reference_is_named(
    user: User, compared: str, query: str, status: int, code: str, field: str
) -> None:
    assert_problem(_diff(user, compared, query), status, code, field)


def test_an_unsupported_media_type_is_406(user: User, compared: str) -> None:
    assert_problem(_diff(user, compared, "from=1.0.0&to=1.1.0", "text/html"), 406, "not_acceptable", "accept")


def test_another_tenant_s_versions_are_not_found(stranger: User, compared: str) -> None:
    assert_problem(_diff(stranger, compared, "from=1.0.0&to=1.1.0"), 404, "not_found")


def test_a_changelog_lists_published_versions_only(user: User, compared: str) -> None:
    path = f"{MODELS}/{compared}/changelog"

    assert [each["version"] for each in user.api.get(path)["items"]] == ["1.1.0", "1.0.0"]
    [entry] = user.api.get(f"{path}?from=1.0.0")["items"]
    assert (entry["version"], entry["changelog"], entry["created_by"]) == ("1.1.0", CHANGELOG, user.id)
    markdown = user.api.request("GET", f"{path}?range=1.1.x", headers={"accept": "text/markdown"})
    assert markdown.headers["content-type"] == "text/markdown; charset=utf-8"
    assert f"## [1.1.0] - {entry['published_at'][:10]}\n" in markdown.text
    assert "\n- A weight.\n- \\<script\\>" in markdown.text
    assert "1.0.0" not in markdown.text
