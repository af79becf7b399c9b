"""Shadow traffic on the whole stack: what a candidate does never reaches a caller, and the judge sees it."""

import time
from typing import Any

import pytest

from tests.samples import onnx_files
from tests.support.stack_users import MODELS, User
from tests.support.stacks import RunningStack
from tests.support.waiting import until

# The judge looks once a minute, by the clock of the whole stack.
pytestmark = [pytest.mark.kinds("embedded"), pytest.mark.timeout(500)]

# Seconds until the judge, which looks each minute, has seen the calls.
JUDGED = 150


@pytest.fixture
def user(local_stack: RunningStack) -> User:
    return local_stack.user()


def shadowed(user: User, candidate: bytes, guards: list[dict[str, Any]]) -> str:
    """Begins a rollout of the plan `shadow` of all calls, and returns the model."""
    model = user.publish_largest()
    user.publish_next(model, "1.1.0", candidate)
    alias = f"{MODELS}/{model}/aliases/production"
    user.api.success("PUT", alias, {"version": "1.0.0"})
    steps = [{"percent": 100, "for": 0}]
    body = {"candidate": "1.1.0", "plan": "shadow", "steps": steps, "guards": guards, "force": "a test"}
    assert user.api.success("PUT", f"{alias}/rollout", body).json()["state"] == "running"
    time.sleep(1.1)  # every process knows a change within a second
    return model


def call(user: User, model: str, calls: int) -> None:
    """Calls the alias, as seldom as shadows are sent; live answers each call."""
    for number in range(calls):
        body = {"features": [number, 1, 2, 3], "version": "production"}
        answer = user.api.success("POST", f"{MODELS}/{model}/predict", body).json()
        assert (answer["version"], answer["prediction"]) == ("1.0.0", 0 if number >= 3 else 3)
        assert answer["rollout"]["side"] == "live"
        time.sleep(0.03)


def aborted(user: User, model: str) -> str:
    """The reason for which the judge aborts the rollout."""
    path = f"{MODELS}/{model}/aliases/production/rollout"
    until(lambda: user.api.get(path)["state"] == "aborted", JUDGED)
    assert user.api.get(f"{MODELS}/{model}/aliases/production")["version"] == "1.0.0"
    return str(user.api.get(path)["reason"])


def test_candidates_that_fail_crash_or_answer_too_much_are_aborted_and_callers_see_no_error(user: User) -> None:
    guards = [{"metric": "error_rate", "threshold": 0.1}]
    bad = (onnx_files.failing_of_four(), onnx_files.crashing_of_four(), onnx_files.huge_of_four())
    models = [shadowed(user, candidate, guards) for candidate in bad]
    for model in models:
        call(user, model, 80)
    for model in models:
        reason = aborted(user, model)
        assert reason.startswith("error_rate: ")
        assert "(100 %) calls of the candidate failed and 0 of 80 (0 %) of live" in reason


def test_a_candidate_that_disagrees_is_aborted_and_samples_are_kept(local_stack: RunningStack, user: User) -> None:
    model = shadowed(user, onnx_files.smallest_of_four(), [{"metric": "disagreement", "threshold": 0.1}])
    call(user, model, 80)
    path = f"{MODELS}/{model}/aliases/production/rollout"
    found = until(lambda: (page := user.api.get(f"{path}/disagreements"))["items"] and page, 30)
    assert (found["rollout_id"], found["live"], found["candidate"]) == (user.api.get(path)["id"], "1.0.0", "1.1.0")
    assert 0 < len(found["items"]) <= 80
    labels = {(each["output"], each["kind"], *each["live"], *each["candidate"]) for each in found["items"]}
    assert labels <= {("label", "label", 0, 1), ("label", "label", 3, 0), ("label", "label", 3, 1)}
    stranger = local_stack.user()
    assert stranger.api.request("GET", f"{path}/disagreements").status_code == 404
    assert aborted(user, model).startswith("disagreement: ")
