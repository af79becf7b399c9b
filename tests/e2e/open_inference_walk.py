"""A call of every route under /v2."""

from tests.support.stack_users import User


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
