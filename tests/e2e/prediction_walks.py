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


def _calls(found: Any) -> int:
    return sum(each["calls"] for each in found["versions"])
