"""Models by names in paths, escaped as the client writes them, through the gateway of a stack."""

import secrets
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest

from local.demo import upload
from maas_client.resources.base import Resource
from tests.e2e.problems import assert_problem
from tests.samples import onnx_files
from tests.support.stack_users import MODELS, User

FILE = onnx_files.largest_of_four()
FEATURES = {"features": [0, 1, 0, 0]}
NAMES = ["team/iris", "50%", "a%2Fb", "my iris", "a?b=c#d&e+f", "日本語/é", "a/../b"]


def _path(name: str, *segments: str) -> str:
    """Returns the path of a model with the name as the client escapes it."""
    return Resource._model_path(name, *segments)


@pytest.fixture(scope="module")
def public(user: User) -> tuple[str, str]:
    """The id of a public published model, and its name, which has a slash, a percent sign, a space and umlauts."""
    name = f"team/50% für {secrets.token_hex(6)}?"
    model_id = user.publish_largest()
    user.api.success("PATCH", f"{MODELS}/{model_id}", {"name": name, "is_public": True})
    return model_id, name


@pytest.mark.parametrize("name", NAMES)
def test_a_name_with_any_characters_reaches_its_model(user: User, name: str) -> None:
    name = f"{name} {secrets.token_hex(6)}"
    model_id = user.model(name=name)
    assert user.api.get(_path(name))["id"] == model_id
    assert user.api.get(f"{MODELS}/{quote(quote(name, safe=''), safe='')}")["id"] == model_id


def _model(user: User, name: str) -> Any:
    return user.api.success("PATCH", _path(name), {"description": "by name"}).json()["id"]


def _versions(user: User, name: str) -> Any:
    return user.api.get(_path(name, "versions", "^1.0"))["model_id"]


def _files(user: User, name: str) -> Any:
    [file] = user.api.get(_path(name, "versions", "1.0.0", "files"))["files"]
    return user.api.get(_path(name, "versions", "1.0.0", "download"))["sha256"] == file["sha256"]


def _aliases(user: User, name: str) -> Any:
    user.api.success("PUT", _path(name, "aliases", "production"), {"version": "1.0.0"})
    return [found["alias"] for found in user.api.get(_path(name, "aliases"))["items"]]


def _predict(user: User, name: str) -> Any:
    by_body = user.api.post("/api/v1/inference", {"model_id": name, **FEATURES})["class_name"]
    return by_body, user.api.post(_path(name, "predict"), FEATURES)["class_name"]


def _grants(user: User, name: str) -> Any:
    grant = _path(name, "grants", user.id)
    user.api.success("PUT", grant, {"role": "invoker", "kind": "user"})
    listed = [found["subject"] for found in user.api.get(_path(name, "grants"))["items"]]
    return listed, user.api.success("DELETE", grant).status_code


@pytest.mark.parametrize("call", [_model, _versions, _files, _aliases, _predict, _grants])
def test_each_kind_of_route_takes_a_name_or_owner_and_name(
    user: User, public: tuple[str, str], call: Callable[[User, str], Any]
) -> None:
    model_id, name = public
    assert call(user, model_id) == call(user, name) == call(user, f"{user.tenant_id}/{name}")


def test_uploads_of_files_and_sets_take_a_name(user: User) -> None:
    name = f"team/50% {secrets.token_hex(6)}"
    model_id = user.model(name=name)
    user.api.post(_path(name, "versions"), {"version": "1.0.0"})
    body = {"version": "1.0.0", "filename": "model.onnx", "size": len(FILE)}
    session = user.api.post(_path(name, "upload"), body)
    upload.put_parts(user.api, session, FILE)
    upload.complete(user.api, session, FILE)
    assert upload.wait_until_checked(user.api, model_id, "1.0.0")["state"] == "ready"
    assert user.api.success("POST", _path(name, "versions", "1.0.0", "publish")).json()["state"] == "published"


def test_another_tenant_reaches_a_public_model_by_owner_and_name(
    user: User, stranger: User, public: tuple[str, str]
) -> None:
    model_id, name = public
    named = f"{user.tenant_id}/{name}"
    assert stranger.api.get(_path(named))["id"] == model_id
    assert stranger.api.get(_path(named, "versions", "latest"))["version"] == "1.0.0"
    assert stranger.api.post(_path(named, "predict"), FEATURES)["class_name"] == "b"
    assert_problem(stranger.api.request("GET", _path(name)), 404, "not_found", "model_id")
