"""Uploads: clients send parts to object storage, and a version becomes ready only if its file is as declared."""

import hashlib
from typing import Any

import httpx2
import pytest

from local.demo import upload
from tests.e2e.problems import assert_problem
from tests.samples import onnx_files
from tests.support.stack_users import MODELS, User
from tests.support.stacks import ADDRESS, RunningStack
from tests.support.waiting import until

FILE = onnx_files.largest_of_four()
MIB = 1024 * 1024
# Both stand-ins for S3: MinIO and moto.
EACH_STORE = pytest.mark.kinds("embedded", "open", "sam")


def _objects(stack: RunningStack, model_id: str) -> list[str]:
    """Returns the keys of all objects of a model."""
    listed = stack.client("s3").list_objects_v2(Bucket=stack.ready["bucket"], Prefix="models/")
    return [item["Key"] for item in listed.get("Contents", []) if model_id in item["Key"]]


def _start(user: User, model_id: str, size: int, **fields: Any) -> Any:
    body = {"version": "1.0.0", "filename": "model.onnx", "size": size, **fields}
    return user.api.post(f"{MODELS}/{model_id}/upload", body)


def _complete(user: User, session: Any, sha256: str) -> httpx2.Response:
    return user.api.request("POST", f"/api/v1/uploads/{session['upload_id']}/complete", {"sha256": sha256})


@EACH_STORE
def test_a_file_in_two_parts_bypasses_the_api(stack: RunningStack, user: User) -> None:
    before = len(stack.calls)
    content = onnx_files.lookup(range(1_500_000))
    assert len(content) > 5 * MIB
    model_id = user.draft()
    session = _start(user, model_id, len(content), part_size=5 * MIB)

    assert upload.put_parts(user.api, session, content) == 2
    upload.complete(user.api, session, content)

    checked = upload.wait_until_checked(user.api, model_id, "1.0.0")
    assert (checked["state"], checked["failure"]) == ("ready", None)
    assert checked["sha256"] == hashlib.sha256(content).hexdigest()
    assert max(call.sent_bytes for call in stack.calls[before:]) <= 64 * 1024
    user.api.post(f"{MODELS}/{model_id}/versions/1.0.0/publish")
    answer = user.api.post(f"{MODELS}/{model_id}/predict", {"features": [7, 1_499_999]})
    assert answer["outputs"] == {"y": [7.0, 1_499_999.0]}


def test_a_download_equals_the_upload(stack: RunningStack, user: User, published: str) -> None:
    found = user.api.get(f"{MODELS}/{published}/versions/latest/download")

    assert stack.http.get(found["url"]).content == FILE
    assert (found["size"], found["sha256"]) == (len(FILE), hashlib.sha256(FILE).hexdigest())


def test_a_wrong_sha256_fails_the_version_and_deletes_the_object(stack: RunningStack, user: User) -> None:
    model_id = user.draft()
    session = _start(user, model_id, len(FILE))
    upload.put_parts(user.api, session, FILE)

    assert _complete(user, session, "0" * 64).status_code == 202

    checked = upload.wait_until_checked(user.api, model_id, "1.0.0")
    assert checked["state"] == "failed"
    assert "SHA-256" in checked["failure"]
    _assert_deleted(stack, user, model_id)


@pytest.mark.parametrize("content", [b"not a model at all", b"\x80\x04K\x01.", FILE[: len(FILE) // 2]])
def test_a_file_that_is_not_onnx_fails_and_is_deleted(stack: RunningStack, user: User, content: bytes) -> None:
    model_id = user.draft()

    checked = upload.upload(user.api, model_id, "1.0.0", "model.onnx", content)

    assert checked["state"] == "failed"
    assert checked["failure"]
    _assert_deleted(stack, user, model_id)
    answer = user.api.request("POST", f"{MODELS}/{model_id}/versions/1.0.0/publish")
    assert_problem(answer, 409, "wrong_state", "state")


def _assert_deleted(stack: RunningStack, user: User, model_id: str) -> None:
    """Asserts that the API refuses downloads and, on a local stack, that the object is removed after the grace."""
    answer = user.api.request("GET", f"{MODELS}/{model_id}/versions/1.0.0/download")
    assert_problem(answer, 409, "wrong_state")
    if stack.kind != ADDRESS:
        until(lambda: not _objects(stack, model_id), 30)


def test_a_failed_version_can_be_uploaded_again(user: User) -> None:
    model_id = user.draft()
    assert upload.upload(user.api, model_id, "1.0.0", "model.onnx", b"no model")["state"] == "failed"

    assert upload.upload(user.api, model_id, "1.0.0", "model.onnx", FILE)["state"] == "ready"


def test_a_missing_part_is_named_and_can_still_be_sent(user: User) -> None:
    content = bytes(5 * MIB + 1)
    session = _start(user, user.draft(), len(content), part_size=5 * MIB)
    first, second = session["urls"]
    user.api.put_part(second["url"], content[:1], second["headers"])

    body = assert_problem(_complete(user, session, "0" * 64), 422, "invalid_input", "parts")

    assert "1" in body["detail"]
    assert user.api.get(f"/api/v1/uploads/{session['upload_id']}")["missing"] == [1]
    user.api.put_part(first["url"], content[: 5 * MIB], first["headers"])
    assert _complete(user, session, "0" * 64).status_code == 202


def test_a_sha256_that_differs_from_the_declared_one_is_422(user: User) -> None:
    session = _start(user, user.draft(), len(FILE), sha256=hashlib.sha256(FILE).hexdigest())
    upload.put_parts(user.api, session, FILE)

    assert_problem(_complete(user, session, "0" * 64), 422, "invalid_input", "sha256")


def test_the_store_refuses_a_part_of_another_length(stack: RunningStack, user: User) -> None:
    if stack.ready.get("s3_kind") == "moto":
        pytest.skip("moto serves S3 here and does not check lengths")
    (part,) = _start(user, user.draft(), len(FILE))["urls"]
    longer = {**part["headers"], "content-length": str(len(FILE) + 1)}

    answer = stack.http.put(part["url"], content=FILE + b"x", headers=longer)

    assert answer.status_code == 403


def test_an_aborted_upload_leaves_a_draft(user: User) -> None:
    model_id = user.draft()
    session = _start(user, model_id, len(FILE))

    user.api.success("DELETE", f"/api/v1/uploads/{session['upload_id']}")

    assert user.api.get(f"{MODELS}/{model_id}/versions/1.0.0")["state"] == "draft"
    assert_problem(_complete(user, session, "0" * 64), 409, "wrong_state")


def test_another_tenant_s_upload_is_not_found(user: User, stranger: User) -> None:
    session = _start(user, user.draft(), len(FILE))

    assert_problem(stranger.api.request("GET", f"/api/v1/uploads/{session['upload_id']}"), 404, "not_found")
    assert_problem(_complete(stranger, session, "0" * 64), 404, "not_found")


def test_a_published_version_accepts_no_more_uploads(user: User, published: str) -> None:
    body = {"version": "1.0.0", "filename": "other.onnx", "size": 10}

    assert_problem(user.api.request("POST", f"{MODELS}/{published}/upload", body), 409, "wrong_state")
