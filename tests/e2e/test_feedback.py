"""Feedback on predictions of a whole stack, by key, by id and as CSV."""

import random
import time
from typing import Any

import pytest

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
