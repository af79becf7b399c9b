"""A repeated POST over the whole stack: the bytes of the first answer, and no second effect."""

from typing import Any

import pytest

from maas.domain.ids import new_id
from tests.e2e.problems import assert_problem
from tests.support.stack_users import MODELS
from tests.support.stacks import RunningStack

KEPT_HEADERS = ("content-type", "etag", "location", "cache-control")


@pytest.mark.parametrize(
    ("path", "body", "listed"),
    [
        (MODELS, {"name": "iris", "framework": "onnx"}, MODELS),
        ("/api/v1/api-keys", {"name": "ci", "scopes": ["models:read"]}, "/api/v1/api-keys"),
        ("/api/v1/users/invitations", {"email": "grace@example.com", "roles": ["viewer"]}, "/api/v1/users/invitations"),
        ("/api/v1/service-accounts", {"name": "ci", "roles": ["viewer"]}, "/api/v1/service-accounts"),
    ],
    ids=["model", "API key", "invitation", "service account"],
)
def test_a_repeated_post_gets_the_same_bytes(stack: RunningStack, path: str, body: Any, listed: str) -> None:
    admin = stack.user()
    key = {"idempotency-key": new_id()}
    first, again = (admin.api.request("POST", path, body, headers=key) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert [again.headers.get(name) for name in KEPT_HEADERS] == [first.headers.get(name) for name in KEPT_HEADERS]
    assert (first.headers.get("idempotency-replayed"), again.headers["idempotency-replayed"]) == (None, "true")
    assert len(admin.api.get(listed)["items"]) == 1
    assert_problem(admin.api.request("POST", path, {**body, "name": "x"}, headers=key), 422, "key_reused")


def test_a_started_upload_is_replayed_with_its_urls(stack: RunningStack) -> None:
    user = stack.user()
    model = user.model()
    path, key = f"{MODELS}/{model}", {"idempotency-key": new_id()}
    user.api.success("POST", f"{path}/versions", {"version": "1.0.0"})
    body = {"version": "1.0.0", "filename": "iris.onnx", "size": 100}
    first, again = (user.api.request("POST", f"{path}/upload", body, headers=key) for _ in range(2))
    assert (first.status_code, again.content) == (201, first.content)
