"""Calls of routes of predictions and of their figures, for test_every_route.py."""

from typing import Any

from tests.support.stack_users import User
from tests.support.waiting import until


def walk_open_inference(user: User, model_id: str) -> None:
    """Calls the model, which tells the largest of four numbers, by its default version and by a reference."""
    assert user.api.get("/v2")["extensions"] == ["binary_tensor_data"]
    assert user.api.get("/v2/health/live") == {"live": True}
    assert user.api.get("/v2/health/ready") == {"ready": True}
    for path in (f"/v2/models/{model_id}", f"/v2/models/{model_id}/versions/latest"):
        metadata = user.api.get(path)
        assert user.api.get(f"{path}/ready") == {"name": model_id, "ready": True}
        tensor = metadata["inputs"][0] | {"shape": [1, 4], "data": [0, 0, 9, 0]}
        assert user.api.post(f"{path}/infer", {"inputs": [tensor]})["outputs"][0]["data"] == [2]


def walk_statistics(user: User, path: str) -> None:
    """Both predictions are counted, whichever process of the function answered; each has a second for that."""
    until(lambda: _calls(user.api.get(f"{path}/stats?minutes=5")) == 2, 10)
    [version] = user.api.get(f"{path}/stats?minutes=5")["versions"]
    assert version["phases"]["total"]["count"] == 2
    assert user.api.get("/api/v1/stats")["predictions"]["calls"] >= 2


def walk_monitoring(user: User, path: str) -> None:
    """The values of predictions are measured within a period, whichever process of the function answered."""
    version = f"{path}/versions/latest"
    column = {"count": 100, "minimum": 0, "maximum": 9, "quantiles": [*range(10)]}
    given = user.api.success(
        "PUT", f"{version}/baseline", {"rows": 100, "inputs": {f"x[{n}]": column for n in range(4)}}
    )
    assert user.api.get(f"{version}/baseline?kind=given") == given.json()
    user.api.post(f"{path}/predict", {"features": [[9, 20, 0, number / 10] for number in range(100)]})
    until(lambda: user.api.get(f"{version}/drift")["outcome"] == "drift", 40)
    columns = {each["name"]: each["drifts"] for each in user.api.get(f"{version}/drift")["columns"]}
    assert columns == {"x[0]": True, "x[1]": True, "x[2]": True, "x[3]": False}
    found = user.api.get(f"{version}/monitoring?window=5m")
    assert [each["name"] for each in found["inputs"]] == [*columns]
    assert found["outputs"][0]["count"] == found["rows"] >= 100


def walk_feedback(user: User, path: str) -> None:
    """Feedback on a prediction is counted, whether it comes before the prediction is kept or later."""
    model_id = path.rpartition("/")[2]
    headers = {"x-prediction-key": "order-7"}
    user.api.success("POST", f"{path}/predict", {"features": [0, 9, 0, 0]}, headers=headers)
    sent = {"model_id": model_id, "key": "order-7", "label": 1}
    until(lambda: user.api.post("/api/v1/feedback", sent)["duplicate"] == 1, 30)
    [group] = user.api.get(f"{path}/performance?window=1h")["items"]
    assert group["classification"]["accuracy"]["estimate"] == 1.0
    compared = user.api.get(f"{path}/performance/compare?from=1.0.0&to=2.0.0")
    assert (compared["old"]["version"], compared["accuracy_change"]) == ("1.0.0", None)


def _calls(found: Any) -> int:
    return sum(each["calls"] for each in found["versions"])
