"""Feedback on predictions of a whole stack, by key, by id and as CSV."""

import hashlib
import json
import random
import time
from typing import Any

import grpc
import pytest

from maas.rpc.inference import open_inference_pb2 as pb
from maas.rpc.inference.open_inference_pb2_grpc import GRPCInferenceServiceStub
from tests.support.stack_users import User
from tests.support.stacks import RunningStack
from tests.support.waiting import until

FEEDBACK = "/api/v1/feedback"


@pytest.fixture
def user(stack: RunningStack) -> User:
    return stack.user()


def predicted(user: User, path: str, row: list[float], key: str = "") -> str:
    """Makes a prediction and returns its id."""
    headers = {"x-prediction-key": key} if key else {}
    answer = user.api.success("POST", f"{path}/predict", {"features": row}, headers=headers)
    assert answer.headers["x-prediction-id"] == answer.json()["prediction_id"]
    return str(answer.json()["prediction_id"])


def accuracy(user: User, path: str, **query: str) -> list[tuple[int, float]]:
    parameters = "&".join(f"{name}={value}" for name, value in query.items())
    items = user.api.get(f"{path}/performance?{parameters}")["items"]
    return [(each["classification"]["rows"], each["classification"]["accuracy"]["estimate"]) for each in items]


def test_feedback_is_joined_whether_it_comes_before_or_after_its_prediction_is_kept(user: User) -> None:
    model_id = user.publish_largest()
    path, chance = f"/api/v1/models/{model_id}", random.Random(3)
    rows = [[chance.random() for _ in range(4)] for _ in range(40)]
    truths = ["abcd"[max(range(4), key=row.__getitem__)] for row in rows]
    truths[:10] = ["a" if truth != "a" else "b" for truth in truths[:10]]
    for place, row in enumerate(rows):
        predicted(user, path, row, key=f"order-{place}")
        if place % 2:
            user.api.post(FEEDBACK, {"model_id": model_id, "key": f"order-{place}", "label": truths[place]})
    late = [{"key": f"order-{place}", "label": truths[place]} for place in range(40)]
    until(lambda: user.api.post(FEEDBACK, {"model_id": model_id, "items": late})["duplicate"] == 40, 30)

    assert accuracy(user, path, window="24h", by="version") == [(40, 0.75)]
    lines = "".join(f"order-{place},{truth}\n" for place, truth in enumerate(truths))
    again: Any = user.api.http.post(
        f"{user.api.url}{FEEDBACK}?model_id={model_id}",
        content=f"key,label\n{lines}",
        headers={"authorization": f"Bearer {user.api.token}", "content-type": "text/csv"},
    ).json()
    assert (again["duplicate"], again["accepted"]) == (40, 0)
    assert accuracy(user, path, window="24h") == [(40, 0.75)]


def test_an_id_is_known_to_its_organization_alone(stack: RunningStack, user: User) -> None:
    path = f"/api/v1/models/{user.publish_largest()}"
    model_id = path.rpartition("/")[2]
    prediction_id = predicted(user, path, [9.0, 0.0, 0.0, 0.0])
    body = {"model_id": model_id, "prediction_id": prediction_id, "label": "a"}
    stranger = stack.user()
    assert stranger.api.request("POST", FEEDBACK, body).status_code == 404
    own = stranger.publish_largest()
    waiting = stranger.api.post(FEEDBACK, {**body, "model_id": own})
    assert waiting["waiting"] == 1  # as any id of the last hour that nobody knows
    time.sleep(2)
    assert accuracy(stranger, f"/api/v1/models/{own}") == []
    assert user.api.post(FEEDBACK, body)["accepted"] == 1


def over_http(user: User, model_id: str, row: list[float]) -> str:
    """Makes a prediction by the Open Inference Protocol and returns its id."""
    tensor = {"name": "x", "datatype": "FP32", "shape": [1, 4], "data": row}
    answer = user.api.post(f"/v2/models/{model_id}/infer", {"id": "7", "inputs": [tensor]})
    assert answer["id"] == "7"
    return str(answer["parameters"]["prediction_id"])


def over_grpc(stack: RunningStack, user: User, model_id: str, row: list[float], key: str) -> str:
    contents = pb.InferTensorContents(fp32_contents=row)
    tensor = pb.ModelInferRequest.InferInputTensor(name="x", datatype="FP32", shape=[1, 4], contents=contents)
    metadata = [("authorization", f"Bearer {user.api.token}"), ("x-prediction-key", key)]
    with grpc.insecure_channel(stack.ready["predictor"]) as channel:
        stub: Any = GRPCInferenceServiceStub(channel)
        answer = stub.ModelInfer(pb.ModelInferRequest(model_name=model_id, inputs=[tensor]), metadata=metadata)
    return str(answer.parameters["prediction_id"].string_param)


def of_job(user: User, model_id: str, rows: list[list[float]]) -> list[dict[str, Any]]:
    """Predicts the rows of a file and returns the lines of the result."""
    content = "".join(f"{json.dumps(row)}\n" for row in rows).encode()
    size, digest = len(content), hashlib.sha256(content).hexdigest()
    file = user.api.post("/api/v1/inference/files", {"size": size, "sha256": digest})
    assert user.api.http.put(file["url"], content=content, headers=file["headers"]).status_code == 200
    job = user.api.post(
        "/api/v1/inference/jobs", {"model_id": model_id, "file": {"id": file["id"], "format": "ndjson"}}
    )
    place = f"/api/v1/inference/jobs/{job['id']}"
    until(lambda: user.api.get(place)["state"] == "succeeded", 60)
    parts = user.api.get(f"{place}/results")["items"]
    return [json.loads(line) for part in parts for line in user.api.http.get(part["url"]).text.splitlines()]


@pytest.mark.kinds("embedded")
def test_predictions_over_the_open_protocol_and_of_jobs_are_found_by_their_ids(stack: RunningStack, user: User) -> None:
    model_id, row = user.publish_largest(), [9.0, 0.0, 0.0, 0.0]
    lines = of_job(user, model_id, [row] * 5)
    by_key = over_grpc(stack, user, model_id, row, "order-1")
    named: list[dict[str, Any]] = [
        {"prediction_id": over_http(user, model_id, row)},
        {"prediction_id": over_grpc(stack, user, model_id, row, "order-2")},
        {"key": "order-1"},
        *({"prediction_id": line["prediction_id"], "row": line["row"]} for line in lines),
    ]
    items = [{**each, "label": "a"} for each in named]

    until(lambda: user.api.post(FEEDBACK, {"model_id": model_id, "items": items})["duplicate"] == len(items), 30)

    assert accuracy(user, f"/api/v1/models/{model_id}") == [(8, 1.0)]
    same = {"model_id": model_id, "prediction_id": by_key, "label": "a"}
    assert user.api.post(FEEDBACK, same)["duplicate"] == 1
