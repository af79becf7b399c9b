"""API keys of programs: they work where a token works, over HTTP and gRPC."""

import json
import re
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from local import programs
from local.demo.client import Api
from local.paths import ROOT
from tests.e2e.problems import assert_problem
from tests.support.ending_access import ACCOUNTS, ENDS_WITHIN, KEYS
from tests.support.ending_access import SCOPES as ALL
from tests.support.stack_users import MODELS, User
from tests.support.stacks import RunningStack
from tests.support.waiting import until

FEATURES = {"features": [0, 0, 9, 0]}


def _made(user: User, scopes: list[str] = ALL, **fields: Any) -> Any:
    return user.api.post(KEYS, {"name": "ci", "scopes": scopes, **fields})


def _by(stack: RunningStack, key: str) -> Api:
    api = stack.anonymous()
    api.token = key
    return api


def test_a_key_predicts_and_its_use_is_noted(stack: RunningStack) -> None:
    user = stack.user()
    predict = f"{MODELS}/{user.publish_largest()}/predict"
    made = _made(user)
    by_key = _by(stack, made["key"])
    assert by_key.post(predict, FEATURES)["prediction"] == 2
    assert by_key.get(MODELS)["total"] == 1
    assert user.api.get(f"{KEYS}/{made['id']}")["last_used_at"] is not None

    user.api.success("DELETE", f"{KEYS}/{made['id']}")
    assert_problem(by_key.request("GET", "/api/v1/users/me"), 401, "unauthenticated")


def test_a_rotated_key_has_two_secrets_and_then_one(stack: RunningStack) -> None:
    user = stack.user()
    made = _made(user)
    old = _by(stack, made["key"])
    old.get(MODELS)
    grace, since = 5, time.monotonic()  # the grace counts from some moment of the next call
    rotated = user.api.post(f"{KEYS}/{made['id']}/rotate", {"grace_seconds": grace})
    new = _by(stack, rotated["key"])
    assert new.request("GET", MODELS).status_code == old.request("GET", MODELS).status_code == 200
    until(lambda: old.request("GET", MODELS).status_code == 401, grace + ENDS_WITHIN)
    assert time.monotonic() - since > grace
    assert new.request("GET", MODELS).status_code == 200


def test_a_key_does_what_its_scopes_models_and_networks_allow(stack: RunningStack) -> None:
    user = stack.user()
    iris, wine = user.publish_largest(), user.model()
    reader = _by(stack, _made(user, ["models:read"])["key"])
    assert_problem(reader.request("POST", MODELS, {"name": "x", "framework": "onnx"}), 403, "permission_denied")
    assert_problem(reader.request("POST", f"{MODELS}/{iris}/predict", FEATURES), 403, "permission_denied")

    narrowed = _by(stack, _made(user, models={iris: "^1"})["key"])
    assert narrowed.post(f"{MODELS}/{iris}/predict", FEATURES)["prediction"] == 2
    assert_problem(narrowed.request("GET", f"{MODELS}/{wine}"), 404, "not_found", "model_id")
    other = _by(stack, _made(user, models={iris: "^2"})["key"])
    assert_problem(other.request("POST", f"{MODELS}/{iris}/predict", FEATURES), 404, "not_found")
    assert other.get(f"{MODELS}/{iris}/versions")["items"] == []

    elsewhere = _by(stack, _made(user, networks=["192.0.2.0/24", "2001:db8::/32"])["key"])
    problem = assert_problem(elsewhere.request("GET", MODELS), 403, "permission_denied", "authorization")
    assert problem["errors"][0]["rule"] == "source"


def test_a_key_of_a_service_account_outlives_its_maker(stack: RunningStack) -> None:
    founder = stack.user()
    maker = founder.colleague("admin")
    account = maker.api.post(ACCOUNTS, {"name": "ci", "roles": ["developer"]})["id"]
    made = _made(maker, service_account_id=account)
    program = _by(stack, made["key"])
    founder.api.success("DELETE", f"/api/v1/users/{maker.id}")
    model = program.post(MODELS, {"name": "made by a program", "framework": "onnx"})
    assert model["owner_id"] == account

    founder.api.success("DELETE", f"{ACCOUNTS}/{account}")
    assert founder.api.get(KEYS)["items"] == []


def test_the_documented_grpcurl_line_lists_models_with_a_key(local_stack: RunningStack) -> None:
    grpcurl = programs.find("grpcurl")
    if grpcurl is None:
        pytest.skip("grpcurl is not installed; local/tools/get-grpcurl builds it")
    user = local_stack.user()
    model, made = user.model(), _made(user, ["models:read"])
    [line] = re.findall(r"^grpcurl -plaintext -H .*ListModels", (ROOT / "docs/registry.md").read_text(), re.MULTILINE)
    environment = {"KEY": made["key"], "REGISTRY": local_stack.ready["registry"], "PATH": str(Path(grpcurl).parent)}
    command = ["/bin/sh", "-c", line]

    run = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30, check=True)
    assert [each["id"] for each in json.loads(run.stdout)["models"]] == [model]

    user.api.success("DELETE", f"{KEYS}/{made['id']}")
    time.sleep(ENDS_WITHIN)
    refused = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30, check=False)
    assert refused.returncode != 0
    assert "Unauthenticated" in refused.stderr
