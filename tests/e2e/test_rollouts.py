"""Rollouts of an alias on the whole stack: sides, changes by hand, and what a caller sees."""

import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Self

import grpc
import pytest

from maas.domain.rollouts.routing import place_of
from maas.rpc.inference import open_inference_pb2 as pb
from maas.rpc.inference.open_inference_pb2_grpc import GRPCInferenceServiceStub
from tests.samples import onnx_files
from tests.support.stack_users import MODELS, User
from tests.support.stacks import RunningStack

pytestmark = pytest.mark.kinds("embedded")
KEYS, CALLERS = 60, 16


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


class Callers:
    """Callers that keep every process of the function busy, so that each has heard of the alias."""

    def __init__(self, user: User, model: str) -> None:
        self._user, self._path = user, f"{MODELS}/{model}/predict"
        self._stop = threading.Event()
        self._pool = ThreadPoolExecutor(2 * CALLERS)

    def __enter__(self) -> Self:
        for _ in range(CALLERS):
            self._pool.submit(self._keep_busy)
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._pool.shutdown()

    def sides(self) -> dict[int, set[str]]:
        """The versions that answer each key, which is asked for three times beside the callers."""
        found: dict[int, set[str]] = {key: set() for key in range(KEYS)}
        for key, version in self._pool.map(self._answer, [*range(KEYS)] * 3):
            found[key].add(version)
        return found

    def _keep_busy(self) -> None:
        while not self._stop.is_set():
            self._answer(0)

    def _answer(self, key: int) -> tuple[int, str]:
        body = {"features": [1, 2, 3, 4], "version": "production"}
        answer = self._user.api.success("POST", self._path, body, headers={"x-user": f"u{key}"})
        return key, answer.json()["version"]


def processes(user: User) -> int:
    """How many processes the function of predictions has."""
    found = re.search(
        r'maas_function_processes\{function="InferenceFunction"\} (\d+)', user.api.request("GET", "/metrics").text
    )
    assert found
    return int(found[1])


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


def test_four_processes_of_the_function_agree_within_a_second_of_a_change(user: User, model: str) -> None:
    path = f"{MODELS}/{model}/aliases/production/rollout"
    steps = [{"percent": percent, "for": 3600} for percent in (10, 40, 80)]
    begun = user.api.success("PUT", path, {"candidate": "1.1.0", "steps": steps, "sticky_by": "header:x-user"}).json()
    with Callers(user, model) as callers:
        for percent in (10, 40, 80):
            time.sleep(1)
            expected = {key for key in range(KEYS) if place_of(begun["id"], f"u{key}") < percent}
            assert callers.sides() == {key: {"1.1.0" if key in expected else "1.0.0"} for key in range(KEYS)}
            if percent < 80:
                user.api.success("PATCH", path, {"action": "advance"})
        user.api.success("PATCH", path, {"action": "abort"})
        time.sleep(1)
        assert callers.sides() == {key: {"1.0.0"} for key in range(KEYS)}
        assert processes(user) == 4


def test_a_refused_call_names_its_side_and_the_metrics_count_it(user: User, model: str) -> None:
    path = f"{MODELS}/{model}/aliases/production/rollout"
    begun = user.api.success("PUT", path, {"candidate": "1.1.0", "plan": "blue_green"}).json()
    time.sleep(1)
    for features, code in (([1, 2, 3, 4], "ok"), ([1], "invalid_input")):
        answer = user.api.request("POST", f"{MODELS}/{model}/predict", {"features": features, "version": "production"})
        assert answer.headers["x-rollout"] == f"{begun['id']}; side=candidate"
        labels = f'code="{code}",model="{model}",rollout="{begun["id"]}",side="candidate"'
        assert f"maas_rollout_predictions_total{{{labels}}} 1.0" in user.api.request("GET", "/metrics").text


def side_over_grpc(stack: RunningStack, user: User, model: str, key: str) -> str:
    """The side that answers a call with this parameter."""
    contents = pb.InferTensorContents(fp32_contents=[1, 2, 3, 4])
    given = pb.ModelInferRequest.InferInputTensor(name="x", datatype="FP32", shape=[1, 4], contents=contents)
    parameters = {"user": pb.InferParameter(string_param=key)}
    asked = pb.ModelInferRequest(model_name=model, model_version="production", inputs=[given], parameters=parameters)
    with grpc.insecure_channel(stack.ready["predictor"]) as channel:
        stub: Any = GRPCInferenceServiceStub(channel)
        found = stub.ModelInfer(asked, metadata=[("authorization", f"Bearer {user.api.token}")])
    return str(found.parameters["rollout_side"].string_param)


def test_a_rollout_is_sticky_by_a_query_field_of_any_name_on_every_wire(
    local_stack: RunningStack, user: User, model: str
) -> None:
    path, predict = f"{MODELS}/{model}/aliases/production/rollout", f"{MODELS}/{model}/predict"
    body = {"features": [1, 2, 3, 4], "version": "production"}
    refused = user.api.request("POST", f"{predict}?user=u1", body)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "user")
    plan = {"candidate": "1.1.0", "plan": "ab", "sticky_by": "query:user", "guards": []}
    begun = user.api.success("PUT", path, plan).json()
    time.sleep(1.1)

    for key in range(20):
        side = "1.1.0" if place_of(begun["id"], f"u{key}") < 50 else "1.0.0"
        assert user.api.success("POST", f"{predict}?user=u{key}", body).json()["version"] == side
        tensor = {"name": "x", "datatype": "FP32", "shape": [1, 4], "data": [1, 2, 3, 4]}
        open_path = f"/v2/models/{model}/versions/production/infer?user=u{key}"
        assert user.api.success("POST", open_path, {"inputs": [tensor]}).json()["model_version"] == side
    for query, rule in (("users=u1", "unknown"), (f"user={'x' * 5_000}", "max_length"), ("user=a&user=b", "repeated")):
        problem = user.api.request("POST", f"{predict}?{query}", body)
        assert (problem.status_code, problem.json()["errors"][0]["rule"]) == (422, rule)
    exact = user.api.request("POST", f"{predict}?user=u1", {**body, "version": "1.0.0"})
    assert (exact.status_code, exact.json()["errors"][0]["rule"]) == (422, "unknown")

    for key in range(10):
        side = "candidate" if place_of(begun["id"], f"u{key}") < 50 else "live"
        assert side_over_grpc(local_stack, user, model, f"u{key}") == side

    # Callers go on sending the field when the rollout has ended.
    user.api.success("PATCH", path, {"action": "abort"})
    time.sleep(1.1)
    after = user.api.success("POST", f"{predict}?user=u1", body).json()
    assert (after["version"], after["rollout"]) == ("1.0.0", None)
