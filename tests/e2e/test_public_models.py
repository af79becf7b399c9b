"""A colleague of another tenant finds a public model by its name and calls it, until it becomes private."""

from local.demo.client import Api
from tests.e2e.problems import assert_problem
from tests.support.stack_users import MODELS, User


def _found(api: Api, name: str) -> list[str]:
    page = api.get(f"{MODELS}?visibility=public&q={name}&framework=onnx")
    assert page["total"] is None
    return [item["id"] for item in page["items"]]


def test_a_public_model_is_found_and_called_until_it_becomes_private(user: User, stranger: User) -> None:
    model_id = user.publish_largest()
    path = f"{MODELS}/{model_id}"
    name = user.api.get(path)["name"]
    assert _found(stranger.api, name) == []

    user.api.success("PATCH", path, {"is_public": True})

    assert _found(stranger.api, name.upper()) == [model_id] == _found(user.api, name)
    [listed] = stranger.api.get(f"{MODELS}?visibility=public&name={name}")["items"]
    assert listed == stranger.api.get(path)
    assert stranger.api.post(f"{path}/predict", {"features": [0, 1, 0, 0]})["class_name"] == "b"

    user.api.success("PATCH", path, {"is_public": False})

    assert _found(stranger.api, name) == []
    assert_problem(stranger.api.request("GET", path), 404, "not_found", "model_id")


def test_a_wrong_visibility_is_a_problem(user: User) -> None:
    answer = user.api.request("GET", f"{MODELS}?visibility=all")
    assert_problem(answer, 422, "invalid_input", "visibility")
