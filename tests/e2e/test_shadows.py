"""Shadow traffic on the whole stack: what a candidate does never reaches a caller, and the judge sees it."""

import re
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.e2e.test_judged_rollouts import look
from tests.samples import onnx_files
from tests.support.stack_users import MODELS, User
from tests.support.stacks import RunningStack
from tests.support.waiting import until

pytestmark = [pytest.mark.kinds("embedded"), pytest.mark.timeout(500)]

# Shadowed calls of a model, and those that its guard waits for: the last ones may be late or lost.
CALLS, ENOUGH = 24, 10
# Seconds until the judge, which is asked each second, has seen the calls. A call that hangs is ended after 29.
JUDGED = 100


@pytest.fixture
def user(local_stack: RunningStack) -> User:
    return local_stack.user()


def shadowed(user: User, candidate: bytes, metric: str, budget: int = 1_000) -> str:
    """Begins a rollout of the plan `shadow` of all calls with one guard, and returns the model."""
    model = user.publish_largest()
    user.publish_next(model, "1.1.0", candidate)
    alias = f"{MODELS}/{model}/aliases/production"
    user.api.success("PUT", alias, {"version": "1.0.0"})
    steps = [{"percent": 100, "for": 0}]
    guards = [{"metric": metric, "threshold": 0.1, "min_calls": ENOUGH}]
    body = {"candidate": "1.1.0", "plan": "shadow", "steps": steps, "guards": guards, "budget": budget}
    assert user.api.success("PUT", f"{alias}/rollout", {**body, "force": "a test"}).json()["state"] == "running"
    return model


def call(user: User, model: str) -> None:
    """Calls the alias, as seldom as shadows are sent; live answers each call."""
    for number in range(CALLS):
        body = {"features": [number, 1, 2, 3], "version": "production"}
        answer = user.api.success("POST", f"{MODELS}/{model}/predict", body).json()
        assert (answer["version"], answer["prediction"]) == ("1.0.0", 0 if number >= 3 else 3)
        assert answer["rollout"]["side"] == "live"
        time.sleep(0.03)


def judged(stack: RunningStack, user: User, model: str, is_done: Callable[[Any], bool]) -> Any:
    """The rollout once it is as wanted. The judge is asked each second, and not only by the schedule each minute."""
    path, found = f"{MODELS}/{model}/aliases/production/rollout", None
    end = time.monotonic() + JUDGED
    while not is_done(found := user.api.get(path)):
        assert time.monotonic() < end, found
        look(stack)
        time.sleep(1)
    return found


def aborted(stack: RunningStack, user: User, model: str) -> str:
    """The reason for which the judge aborts the rollout."""
    found = judged(stack, user, model, lambda rollout: rollout["state"] == "aborted")
    assert user.api.get(f"{MODELS}/{model}/aliases/production")["version"] == "1.0.0"
    return str(found["reason"])


def figures(rollout: Any) -> Any:
    """What the only guard has seen of the candidate."""
    return rollout["judgement"]["guards"][0]["candidate"] if rollout["judgement"] else {"calls": 0}


def test_candidates_that_fail_crash_hang_or_answer_too_much_reach_no_caller(
    local_stack: RunningStack, user: User
) -> None:
    # One call, because it takes the shadow function half a minute. The other candidates are called meanwhile.
    hanging = shadowed(user, onnx_files.hanging_of_four(), "error_rate", budget=1)
    bad = (onnx_files.failing_of_four(), onnx_files.crashing_of_four(), onnx_files.huge_of_four())
    models = [shadowed(user, candidate, "error_rate") for candidate in bad]
    time.sleep(1.1)  # every process knows a change within a second
    for model in (hanging, *models):
        call(user, model)
    for model in models:
        reason = aborted(local_stack, user, model)
        assert re.match(r"error_rate: \d+ of \d+ \(100 %\) calls of the candidate failed and 0 of ", reason), reason
    hung = judged(local_stack, user, hanging, lambda rollout: figures(rollout)["calls"] > 0)
    assert (hung["state"], figures(hung)["value"]) == ("running", 1)
    user.api.success("PATCH", f"{MODELS}/{hanging}/aliases/production/rollout", {"action": "abort"})


def test_a_candidate_that_disagrees_is_aborted_and_samples_are_kept(local_stack: RunningStack, user: User) -> None:
    model = shadowed(user, onnx_files.smallest_of_four(), "disagreement")
    time.sleep(1.1)  # every process knows a change within a second
    call(user, model)
    path = f"{MODELS}/{model}/aliases/production/rollout"
    found = until(lambda: (page := user.api.get(f"{path}/disagreements"))["items"] and page, 30)
    assert (found["rollout_id"], found["live"], found["candidate"]) == (user.api.get(path)["id"], "1.0.0", "1.1.0")
    assert 0 < len(found["items"]) <= CALLS
    labels = {(each["output"], each["kind"], *each["live"], *each["candidate"]) for each in found["items"]}
    assert labels <= {("label", "label", 0, 1), ("label", "label", 3, 0), ("label", "label", 3, 1)}
    stranger = local_stack.user()
    assert stranger.api.request("GET", f"{path}/disagreements").status_code == 404
    assert aborted(local_stack, user, model).startswith("disagreement: ")
