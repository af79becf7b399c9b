"""Rollouts of an alias on the whole stack: sides, changes by hand, and what a caller sees."""

import time
from typing import Any

import pytest

from tests.samples import onnx_files
from tests.support.stack_users import MODELS, User
from tests.support.stacks import RunningStack

pytestmark = pytest.mark.kinds("embedded")


@pytest.fixture
def user(local_stack: RunningStack) -> User:
    return local_stack.user()


@pytest.fixture
def model(user: User) -> str:
    """A model with 1.0.0, at which production points, and 1.1.0."""
    model_id = user.publish_largest()
    user.publish_next(model_id, "1.1.0", onnx_files.largest_of_four())
    user.api.success("PUT", f"{MODELS}/{model_id}/aliases/production", {"version": "1.0.0"})
    return model_id


def sides(user: User, model: str, keys: range) -> dict[int, str]:
    """The version that answers each key."""
    body = {"features": [1, 2, 3, 4], "version": "production"}
    found = {}
    for key in keys:
        answer = user.api.success("POST", f"{MODELS}/{model}/predict", body, headers={"x-user": f"u{key}"}).json()
        found[key] = answer["version"]
        side = "live" if answer["version"] == "1.0.0" else "candidate"
        assert answer["rollout"] is None or answer["rollout"]["side"] == side
    return found


def test_a_rollout_moves_callers_one_way_and_ends_with_the_alias_on_its_candidate(user: User, model: str) -> None:
    path = f"{MODELS}/{model}/aliases/production/rollout"
    steps = [{"percent": 20, "for": 3600}, {"percent": 60, "for": 3600}, {"percent": 100, "for": 3600}]
    begun = user.api.success("PUT", path, {"candidate": "1.1.0", "steps": steps, "sticky_by": "header:x-user"}).json()
    assert (begun["live"], begun["candidate"], begun["state"], begun["percent"]) == ("1.0.0", "1.1.0", "running", 20)
    seen, keys = [], range(40)
    for percent in (20, 60, 100):
        assert user.api.get(path)["percent"] == percent
        time.sleep(1.1)  # every process knows a change within a second
        seen.append({key for key, version in sides(user, model, keys).items() if version == "1.1.0"})
        action = "advance" if percent < 100 else "promote"
        ended = user.api.success("PATCH", path, {"action": action, "reason": "as planned"}).json()
    assert seen[0] < seen[1] < seen[2] == set(keys)
    assert (ended["state"], ended["reason"]) == ("promoted", "as planned")
    assert user.api.get(f"{MODELS}/{model}/aliases/production")["version"] == "1.1.0"
    moves = user.api.get(f"{MODELS}/{model}/aliases/production/history")["items"]
    assert [move["kind"] for move in moves] == ["promote", "rollout", "rollout", "rollout", "create"]
    assert moves[0]["rollout"]["id"] == begun["id"]
    # A rollback leads back to the version before the rollout.
    back = user.api.post(f"{MODELS}/{model}/rollback", {"alias": "production"})
    assert back["version"] == "1.0.0"


def test_an_aborted_rollout_leaves_the_alias_on_its_version(user: User, model: str) -> None:
    path = f"{MODELS}/{model}/aliases/production/rollout"
    user.api.success("PUT", path, {"candidate": "1.1.0", "plan": "blue_green"})
    time.sleep(1.1)
    assert set(sides(user, model, range(5)).values()) == {"1.1.0"}
    user.api.success("PATCH", path, {"action": "abort", "reason": "slow"})
    time.sleep(1.1)
    assert set(sides(user, model, range(5)).values()) == {"1.0.0"}
    again: Any = user.api.request("PATCH", path, {"action": "resume"})
    assert (again.status_code, again.json()["errors"][0]["field"]) == (409, "action")


def test_what_a_running_rollout_forbids(user: User, model: str) -> None:
    alias = f"{MODELS}/{model}/aliases/production"
    user.api.success("PUT", f"{alias}/rollout", {"candidate": "1.1.0"})
    assert user.api.request("PUT", f"{alias}/rollout", {"candidate": "1.1.0"}).status_code == 200
    for method, path, body in (
        ("PUT", f"{alias}/rollout", {"candidate": "1.1.0", "plan": "ab"}),
        ("PUT", alias, {"version": "1.1.0"}),
        ("DELETE", alias, None),
        ("POST", f"{MODELS}/{model}/rollback", {"alias": "production"}),
        ("POST", f"{MODELS}/{model}/versions/1.1.0/deprecate", None),
    ):
        refused = user.api.request(method, path, body, headers={"if-match": "*"} if method == "PUT" and body else {})
        assert (refused.status_code, refused.json()["code"]) == (409, "wrong_state"), refused.text
