"""Rollouts on the whole stack: the judge takes a failing candidate back, and promotes a good one, both by itself."""

import json
import signal
import time
from collections.abc import Callable
from typing import Any

import pytest

from local.demo.client import ProblemError
from tests.e2e.test_webhooks import receiver
from tests.samples import onnx_files
from tests.support.stack_users import MODELS, User
from tests.support.stacks import RunningStack
from tests.support.waiting import until

# Seconds of a judge's period, with the looks of the local stack at its clock and the way through the queue.
PERIOD = 60 + 20
NUMBERS = range(100)
LIVE, FAILING = onnx_files.lookup(NUMBERS), onnx_files.lookup([1.0])
GOOD = onnx_files.weighted_lookup(NUMBERS, 1.0)

pytestmark = [pytest.mark.kinds("embedded"), pytest.mark.timeout(400)]


def production(user: User, candidate: bytes) -> str:
    """A model whose alias production points at 1.0.0, with the published candidate 1.1.0."""
    model_id = user.publish(LIVE)
    user.publish_next(model_id, "1.1.0", candidate)
    user.api.success("PUT", f"{MODELS}/{model_id}/aliases/production", {"version": "1.0.0"})
    return model_id


def begin(user: User, model_id: str, **body: Any) -> str:
    """Begins a rollout to 1.1.0, and returns its path."""
    path = f"{MODELS}/{model_id}/aliases/production/rollout"
    user.api.success("PUT", path, {"candidate": "1.1.0", "sticky_by": "random", **body})
    return path


def predict(user: User, model_id: str, number: int) -> str:
    """The version that computed, or the code of the problem."""
    try:
        answer = user.api.post(
            f"{MODELS}/{model_id}/predict", {"version": "production", "features": [50 + number % 50]}
        )
    except ProblemError as error:
        return str(error.answer.json()["code"])
    return str(answer["version"])


def calls_until(is_done: Callable[[], bool], call: Callable[[int], str], seconds: float) -> list[str]:
    """What calls came to until something was done. Fails after so many seconds."""
    end, found = time.monotonic() + seconds, list[str]()
    while not is_done():
        assert time.monotonic() < end, f"not done after {seconds} s and {len(found)} calls"
        found += [call(number) for number in range(20)]
        time.sleep(0.5)
    return found


def look(stack: RunningStack) -> None:
    """Has all active rollouts judged now; the schedule does it once a minute."""
    stack.client("sqs").send_message(QueueUrl=stack.ready["queues"]["JudgeQueue"], MessageBody='{"look": "all"}')


def state(user: User, path: str) -> str:
    return str(user.api.get(path)["state"])


def test_a_failing_candidate_is_taken_back_within_a_period(local_stack: RunningStack) -> None:
    user = local_stack.user()
    model_id = production(user, FAILING)
    with receiver() as (url, received):
        user.api.post("/api/v1/webhooks", {"url": url, "events": ["RolloutChanged"]})
        path = begin(user, model_id, plan="ab", steps=[{"percent": 50, "for": 0}])
        found = [predict(user, model_id, number) for number in range(200)]
        assert {*found} == {"1.0.0", "invalid_input"}
        calls_until(lambda: state(user, path) == "aborted", lambda number: predict(user, model_id, number), PERIOD)
        ended = user.api.get(path)
        assert "error_rate" in ended["reason"]
        assert "calls of the candidate failed" in ended["reason"]
        until(lambda: (user.api.get(path)["judgement"] or {}).get("result") == "aborted", 10)
        errors = user.api.get(path)["judgement"]["guards"][0]
        assert (errors["state"], errors["e_value"] > errors["limit"]) == ("breached", True)
        bodies = [json.loads(received.get(timeout=20)[1]) for _ in range(2)]
    assert user.api.get(f"{MODELS}/{model_id}/aliases/production")["version"] == "1.0.0"
    last = user.api.get(f"{MODELS}/{model_id}/aliases/production/history")["items"][0]
    assert (last["kind"], last["reason"], last["moved_by"]) == ("rollout", ended["reason"], "judge")
    assert {body["type"] for body in bodies} == {"RolloutChanged"}
    assert any(ended["reason"] in json.dumps(body, ensure_ascii=False) for body in bodies)
    time.sleep(1.5)  # every process knows a change within a second
    assert {predict(user, model_id, number) for number in range(100)} == {"1.0.0"}
    audited = f"/api/v1/audit?action=RolloutChanged&object=model/{model_id}/alias/production"
    until(lambda: [each["actor"]["subject"] for each in user.api.get(audited)["items"]] == ["judge", user.id], 30)


def test_a_good_candidate_is_promoted_by_itself_through_its_steps(local_stack: RunningStack) -> None:
    user = local_stack.user()
    model_id = production(user, GOOD)
    guards = [{"metric": "error_rate", "threshold": 0.01, "min_calls": 30}]
    path = begin(user, model_id, steps=[{"percent": 50, "for": 0}, {"percent": 100, "for": 30}], guards=guards)

    def judged(number: int) -> str:
        if number == 0:
            look(local_stack)
        return predict(user, model_id, number)

    found = calls_until(lambda: state(user, path) == "promoted", judged, 2 * PERIOD)
    assert {*found} == {"1.0.0", "1.1.0"}
    assert user.api.get(f"{MODELS}/{model_id}/aliases/production")["version"] == "1.1.0"
    kinds = [each["kind"] for each in user.api.get(f"{MODELS}/{model_id}/aliases/production/history")["items"]]
    assert kinds == ["promote", "rollout", "rollout", "create"]
    assert {predict(user, model_id, number) for number in range(20)} == {"1.1.0"}


def test_without_redis_a_rollout_pauses_and_goes_on_by_itself(local_stack: RunningStack) -> None:
    user = local_stack.user()
    model_id = production(user, GOOD)
    path = begin(user, model_id, plan="ab", steps=[{"percent": 50, "for": 0}])
    local_stack.signal("redis", signal.SIGSTOP)
    try:
        look(local_stack)
        until(lambda: state(user, path) == "paused", 30)
        assert "figures of calls can't be read" in user.api.get(path)["reason"]
        until(lambda: (user.api.get(path)["judgement"] or {}).get("waits_for") == "counts", 10)
    finally:
        local_stack.signal("redis", signal.SIGCONT)
    time.sleep(6)  # the judge does not call a Redis that has just failed
    look(local_stack)
    until(lambda: state(user, path) == "running", 30)
    user.api.success("PATCH", path, {"action": "abort"})
