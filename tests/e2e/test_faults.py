"""Parts that stall or are killed: documented answers meanwhile, and recovery afterwards with a new process."""

import json
import signal
import time
from dataclasses import replace

import httpx2
import pytest

from tests.e2e.problems import assert_problem
from tests.support.stack_users import User
from tests.support.stacks import STARTED, RunningStack
from tests.support.waiting import until

_RECOVERY = 30.0
# Seconds for ten calls that use the cache. They would take longer if each call waited for Redis.
_LIMIT = 20.0


def test_a_stalled_registry_is_503_until_it_is_replaced(local_stack: RunningStack, user: User, published: str) -> None:
    user.api.get(f"/api/v1/models/{published}")
    local_stack.signal("registry", signal.SIGSTOP)  # a killed one restarts before a call times out

    refused = user.api.request("POST", "/api/v1/models", {"name": f"late {user.email}", "framework": "onnx"})

    assert_problem(refused, 503, "unavailable")
    assert refused.headers["retry-after"] == "1"
    local_stack.signal("registry", signal.SIGKILL)
    until(lambda: user.api.request("GET", f"/api/v1/models/{published}").status_code == 200, _RECOVERY)
    # Each function reconnects on its own, some later than others.
    path, features = f"/api/v1/models/{published}/predict", {"features": [0, 0, 0, 3]}
    predicted = until(lambda: _if_success(user.api.request("POST", path, features)), _RECOVERY)
    assert predicted.json()["class_name"] == "d"


@pytest.mark.kinds("open", *STARTED[1:])
def test_everything_works_while_redis_does_not_answer(local_stack: RunningStack, user: User) -> None:
    local_stack.signal("redis", signal.SIGSTOP)
    try:
        started = time.monotonic()
        _assert_served(user, user.publish_largest())
        assert time.monotonic() - started < _LIMIT
    finally:
        local_stack.signal("redis", signal.SIGCONT)


def test_everything_works_after_redis_is_killed_and_restarts(local_stack: RunningStack, user: User) -> None:
    before, killed = user.publish_largest(), _redis(local_stack)
    local_stack.signal("redis", signal.SIGKILL)

    _assert_served(user, before)
    _assert_served(user, user.publish_largest())
    until(lambda: _predict(user, before).headers["x-cache"] == "hit", _RECOVERY)
    assert _redis(local_stack) != killed


def _redis(stack: RunningStack) -> int:
    """The process that the ready file names now."""
    process: int = json.loads(stack.ready_file.read_text())["pids"]["redis"]
    return process


def _if_success(answer: httpx2.Response) -> httpx2.Response | None:
    return answer if answer.is_success else None


def _assert_served(user: User, model_id: str) -> None:
    """Sign-in, reads, predictions, and keys from their making to their end work."""
    assert user.login()["access_token"]
    key = user.api.post("/api/v1/api-keys", {"name": "ci", "scopes": ["inference:invoke"]})
    program = replace(user, api=replace(user.api, token=key["key"]))
    assert _predict(program, model_id).json()["class_name"] == "c"
    user.api.success("DELETE", f"/api/v1/api-keys/{key['id']}")
    assert user.api.get(f"/api/v1/models/{model_id}")["id"] == model_id
    assert _predict(user, model_id).json()["class_name"] == "c"


def _predict(user: User, model_id: str) -> httpx2.Response:
    return user.api.success("POST", f"/api/v1/models/{model_id}/predict", {"features": [0, 0, 7, 0]})
