"""Uploads that are completed several times at once, replaced, or deleted with their version."""

import hashlib
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import pytest

from local.demo import upload
from maas.domain.uploads.sessions import storage_key
from tests.e2e.problems import assert_problem
from tests.samples import onnx_files
from tests.support.rounds import FULL
from tests.support.stack_users import MODELS, User
from tests.support.stacks import RunningStack
from tests.support.waiting import until

FILE = onnx_files.largest_of_four()
SHA256 = hashlib.sha256(FILE).hexdigest()
# All rounds take two minutes.
ROUNDS = 40 if FULL else 5
AT_ONCE, APART = 4, 0.01
LIMIT = 60  # seconds for what workers do in the background, on a busy machine too
EMBEDDED = pytest.mark.kinds("embedded")


def _start(user: User, model_id: str, **fields: Any) -> Any:
    body = {"version": "1.0.0", "filename": "model.onnx", "size": len(FILE), "sha256": SHA256, **fields}
    return user.api.post(f"{MODELS}/{model_id}/upload", body)


def _complete(user: User, upload_id: str) -> httpx2.Response:
    return user.api.request("POST", f"/api/v1/uploads/{upload_id}/complete", {})


def _stored(stack: RunningStack, user: User, model_id: str, upload_id: str) -> list[str]:
    """Returns what the bucket has of an upload: versions of objects and their markers, and multipart uploads."""
    s3, key = stack.client("s3"), storage_key(user.tenant_id, model_id, "1.0.0", upload_id)
    objects = s3.list_object_versions(Bucket=stack.ready["bucket"], Prefix=key)
    found = [item["Key"] for kind in ("Versions", "DeleteMarkers") for item in objects.get(kind, [])]
    begun = s3.list_multipart_uploads(Bucket=stack.ready["bucket"], Prefix=key)
    return found + [item["Key"] for item in begun.get("Uploads", [])]


@EMBEDDED
def test_four_completes_at_once_answer_alike(user: User) -> None:
    with ThreadPoolExecutor(AT_ONCE) as threads:
        for _ in range(ROUNDS):
            session = _start(user, user.draft())
            upload.put_parts(user.api, session, FILE)

            def complete(number: int, upload_id: str = session["upload_id"]) -> httpx2.Response:
                time.sleep(number * APART)
                return _complete(user, upload_id)

            answers = list(threads.map(complete, range(AT_ONCE)))
            expected = {"upload_id": session["upload_id"], "version": "1.0.0", "state": "validating"}
            assert [(answer.status_code, answer.json()) for answer in answers] == [(202, expected)] * AT_ONCE


@EMBEDDED
@pytest.mark.parametrize("state", ["uploading", "validating", "ready"])
def test_a_replaced_upload_leaves_nothing_in_the_store(local_stack: RunningStack, user: User, state: str) -> None:
    model_id = user.draft()
    first = _start(user, model_id)
    upload.put_parts(user.api, first, FILE)
    if state != "uploading":
        assert _complete(user, first["upload_id"]).status_code == 202
    if state == "ready":
        assert upload.wait_until_checked(user.api, model_id, "1.0.0")["state"] == "ready"
        body = {"version": "1.0.0", "filename": "model.onnx", "size": len(FILE)}
        problem = assert_problem(user.api.request("POST", f"{MODELS}/{model_id}/upload", body), 409, "wrong_state")
        assert "send replace: true" in problem["detail"]
    assert _stored(local_stack, user, model_id, first["upload_id"])

    second = _start(user, model_id, replace=True)

    until(lambda: not _stored(local_stack, user, model_id, first["upload_id"]), LIMIT)
    problem = assert_problem(_complete(user, first["upload_id"]), 409, "wrong_state", "state")
    assert f"upload {second['upload_id']} has replaced it" in problem["detail"]
    upload.put_parts(user.api, second, FILE)
    assert _complete(user, second["upload_id"]).status_code == 202
    assert upload.wait_until_checked(user.api, model_id, "1.0.0")["state"] == "ready"


@EMBEDDED
@pytest.mark.parametrize("state", ["uploading", "validating", "ready"])
def test_a_deleted_version_leaves_nothing_in_the_store(local_stack: RunningStack, user: User, state: str) -> None:
    model_id = user.draft()
    session = _start(user, model_id)
    upload.put_parts(user.api, session, FILE)
    if state != "uploading":
        assert _complete(user, session["upload_id"]).status_code == 202
    if state == "ready":
        assert upload.wait_until_checked(user.api, model_id, "1.0.0")["state"] == "ready"

    user.api.success("DELETE", f"{MODELS}/{model_id}/versions/1.0.0")

    until(lambda: not _stored(local_stack, user, model_id, session["upload_id"]), LIMIT)
    assert_problem(_complete(user, session["upload_id"]), 404, "not_found", "upload_id")
