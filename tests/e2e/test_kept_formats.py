"""A model that is kept and not served: uploaded, published, downloaded, and refused by predictions."""

import pickle
from pathlib import Path
from typing import Any

import pytest

from local.demo import upload
from maas_client import Client, errors
from tests.e2e.problems import assert_problem
from tests.samples import safetensors_files
from tests.support.stack_users import MODELS, PASSWORD, User
from tests.support.stacks import RunningStack

pytestmark = pytest.mark.kinds("embedded")
FILE = safetensors_files.whole()


def test_a_kept_file_is_published_downloaded_and_not_predicted_with(stack: RunningStack, user: User) -> None:
    model_id = user.draft()

    checked = upload.upload(user.api, model_id, "1.0.0", "model.onnx", FILE)  # its name decides nothing

    assert (checked["state"], checked["format"], checked["signature"]) == ("ready", "safetensors", None)
    assert (checked["details"]["tensor_count"], checked["details"]["dtypes"]) == (3, {"F16": 1, "F32": 1, "I64": 1})
    user.api.post(f"{MODELS}/{model_id}/versions/1.0.0/publish")
    listed = user.api.get(f"{MODELS}/{model_id}/versions")["items"][0]
    assert (listed["format"], listed["details"]) == ("safetensors", None)
    found = user.api.get(f"{MODELS}/{model_id}/versions/latest/download")
    assert found["filename"].endswith("-1.0.0.safetensors")
    assert stack.http.get(found["url"]).content == FILE
    problem = user.api.request("POST", f"{MODELS}/{model_id}/predict", {"features": [1.0]})
    assert_problem(problem, 409, "not_served", "version")
    assert "predictions need one of: onnx" in problem.json()["detail"]


def test_two_kept_versions_differ_by_their_tensors(user: User) -> None:
    model_id = user.draft()
    upload.upload(user.api, model_id, "1.0.0", "a", FILE)
    user.api.post(f"{MODELS}/{model_id}/versions", {"version": "1.1.0"})
    upload.upload(user.api, model_id, "1.1.0", "b", FILE[:-1] + b"\xff")

    found: Any = user.api.get(f"{MODELS}/{model_id}/diff?from=1.0.0&to=1.1.0")

    changes = found["graph"]["tensors"]["items"]
    assert [(each["name"], each["values_changed"]) for each in changes] == [("layer.bias", True)]


def test_the_client_pushes_a_kept_file_and_shows_why_a_pickle_is_refused(
    local_stack: RunningStack, user: User, tmp_path: Path
) -> None:
    kept, pickled = tmp_path / "w.safetensors", tmp_path / "model.pkl"
    kept.write_bytes(FILE)
    pickled.write_bytes(pickle.dumps(print, protocol=0))  # a text, which the client does not tell from others
    with Client(local_stack.url) as client:
        client.auth.login(user.email, PASSWORD)
        assert client.push(kept, model="weights", version="1.0.0").format == "safetensors"
        with pytest.raises(errors.ValidationFailed, match="a Python pickle"):
            client.push(pickled, model="pickled", version="1.0.0")
