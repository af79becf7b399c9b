"""A release on the whole stack: a version that is ready is published, loaded, and promoted or taken back."""

import pytest

from local.demo import upload
from tests.e2e.test_judged_rollouts import FAILING, GOOD, LIVE, look, predict, state
from tests.support.stack_users import MODELS, User
from tests.support.stacks import RunningStack
from tests.support.waiting import until

pytestmark = [pytest.mark.kinds("embedded"), pytest.mark.timeout(300)]
STEPS = [{"percent": 50, "for": 0}]


def ready(user: User, content: bytes) -> str:
    """A model whose alias production points at 1.0.0, with 1.1.0 that is ready."""
    model_id = user.publish(LIVE)
    user.api.post(f"{MODELS}/{model_id}/versions", {"version": "1.1.0"})
    assert upload.upload(user.api, model_id, "1.1.0", "model.onnx", content)["state"] == "ready"
    user.api.success("PUT", f"{MODELS}/{model_id}/aliases/production", {"version": "1.0.0"})
    return model_id


def test_a_release_is_published_then_answers_and_an_abort_takes_both_back(local_stack: RunningStack) -> None:
    user = local_stack.user()
    model_id = ready(user, GOOD)
    path, version = f"{MODELS}/{model_id}/aliases/production/rollout", f"{MODELS}/{model_id}/versions/1.1.0"
    body = {"candidate": "1.1.0", "release": True, "plan": "ab", "steps": STEPS, "sticky_by": "random"}
    begun = user.api.success("PUT", path, body).json()
    assert (begun["state"], begun["percent"], begun["publishes"]) == ("preparing", 0, True)
    assert predict(user, model_id, 0) == "1.0.0"
    look(local_stack)
    until(lambda: user.api.get(version)["state"] == "published", 30)
    assert {predict(user, model_id, number) for number in range(20)} == {"1.0.0"}
    look(local_stack)
    until(lambda: state(user, path) == "running", 30)
    until(lambda: predict(user, model_id, 1) == "1.1.0", 10)
    user.api.success("PATCH", path, {"action": "abort", "reason": "not yet"})
    assert user.api.get(version)["state"] == "deprecated"
    assert user.api.get(f"{MODELS}/{model_id}/versions/latest")["version"] == "1.0.0"
    until(lambda: {predict(user, model_id, number) for number in range(20)} == {"1.0.0"}, 10)


def test_a_release_that_fails_is_taken_back_by_its_guard(local_stack: RunningStack) -> None:
    user = local_stack.user()
    model_id = ready(user, FAILING)
    path = f"{MODELS}/{model_id}/aliases/production/rollout"
    user.api.success("PUT", path, {"candidate": "1.1.0", "release": True, "steps": STEPS, "sticky_by": "random"})

    def is_over() -> bool:
        look(local_stack)
        for number in range(40):
            predict(user, model_id, number)
        return state(user, path) == "aborted"

    until(is_over, 150)
    assert "error_rate" in user.api.get(path)["reason"]
    assert user.api.get(f"{MODELS}/{model_id}/versions/1.1.0")["state"] == "deprecated"
    assert user.api.get(f"{MODELS}/{model_id}/aliases/production")["version"] == "1.0.0"
