"""Parts that stall or die: a documented answer, and all works again. Those that die come back under another pid."""

import signal
import time

import httpx2
import pytest

from tests.e2e.problems import assert_problem
from tests.support.stack_users import User
from tests.support.stacks import RunningStack
from tests.support.waiting import until

_BACK = 30.0
# For ten calls, all of which would use a cache; one that waited for Redis every time would take longer.
_PATIENCE = 10.0


def test_a_stalled_registry_is_a_503_problem_until_another_has_come_in_its_place(
    local_stack: RunningStack, user: User, published: str
) -> None:
    user.api.get(f"/api/v1/models/{published}")
    local_stack.signal("registry", signal.SIGSTOP)  # a dead one is there again before a call gives up

    refused = user.api.request("POST", "/api/v1/models", {"name": f"late {user.email}", "framework": "onnx"})

    assert_problem(refused, 503, "unavailable")
    assert refused.headers["retry-after"] == "1"
    local_stack.signal("registry", signal.SIGKILL)
    until(lambda: user.api.request("GET", f"/api/v1/models/{published}").status_code == 200, _BACK)
    # Each function finds it again by itself, some a moment later than others.
    path, features = f"/api/v1/models/{published}/predict", {"features": [0, 0, 0, 3]}
    predicted = until(lambda: _success(user.api.request("POST", path, features)), _BACK)
    assert predicted.json()["class_name"] == "d"


@pytest.mark.kinds("open", "sam")
def test_everything_works_while_redis_does_not_answer(local_stack: RunningStack, user: User) -> None:
    local_stack.signal("redis", signal.SIGSTOP)
    try:
        started = time.monotonic()
        _assert_served(user, user.publish_largest())
        assert time.monotonic() - started < _PATIENCE
    finally:
        local_stack.signal("redis", signal.SIGCONT)


def test_everything_works_when_redis_is_killed_and_the_cache_comes_back(local_stack: RunningStack, user: User) -> None:
    before = user.publish_largest()
    local_stack.signal("redis", signal.SIGKILL)

    _assert_served(user, before)
    _assert_served(user, user.publish_largest())
    until(lambda: _ask(user, before).headers["x-cache"] == "hit", _BACK)


def _success(answer: httpx2.Response) -> httpx2.Response | None:
    return answer if answer.is_success else None


def _assert_served(user: User, model_id: str) -> None:
    assert user.api.get(f"/api/v1/models/{model_id}")["id"] == model_id
    assert _ask(user, model_id).json()["class_name"] == "c"


def _ask(user: User, model_id: str) -> httpx2.Response:
    return user.api.success("POST", f"/api/v1/models/{model_id}/predict", {"features": [0, 0, 7, 0]})
