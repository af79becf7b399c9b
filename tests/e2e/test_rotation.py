"""Both secrets are rotated while clients call: all tokens stay valid and all calls succeed."""

import asyncio
import importlib
import itertools
import json
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import jwt
import pytest

from local.events.rotations import Rotations
from maas.domain.catalog.models import ModelFilter, WantedPage
from maas.domain.identity.principals import Principal, Role, scopes_of
from maas.security import tokens
from maas.security.keyring import SETTLING, TokenKeys
from maas.security.secret_values import SecretReader
from maas.services.rotation import Step
from tests.support.http_gateway import CONTEXT
from tests.support.registry_client import GrpcRegistry
from tests.support.stack_users import MODELS, PASSWORD
from tests.support.stacks import RunningStack, running_stack

ACCESS, SERVICE = "access tokens", "calls to the registry"


@pytest.fixture
def own_stack(local_kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningStack]:
    """A stack whose auth function has not signed any token yet. Without a sender, a registration signs none either."""
    with running_stack(tmp_path, local_kind, "--parameter", "MailSender=") as found:
        for name, value in {**found.ready["credentials"], "MAAS_AWS_ENDPOINT": found.ready["aws"]}.items():
            monkeypatch.setenv(name.replace("AWS_REGION", "AWS_DEFAULT_REGION"), value)
        yield found


def _secret(stack: RunningStack, description: str) -> str:
    listed = stack.client("secretsmanager").list_secrets()["SecretList"]
    [arn] = [secret["ARN"] for secret in listed if description in secret.get("Description", "")]
    return str(arn)


def _rotate(stack: RunningStack, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs all four steps for both secrets, dated back so that a process that reads them now signs with the new key."""
    sys.modules.pop("functions.rotator.app", None)
    rotator = importlib.import_module("functions.rotator.app")
    monkeypatch.setattr(rotator.service._keys, "_clock", lambda: time.time() - SETTLING)
    rotations = Rotations(stack.ready["aws"])
    for description in (ACCESS, SERVICE):
        secret_id = _secret(stack, description)
        version = rotations.announce(secret_id)
        for step in Step:
            rotator.handler({"Step": step, "SecretId": secret_id, "ClientRequestToken": version}, CONTEXT)


@contextmanager
def _calling(stack: RunningStack, key: tokens.Key, by: Principal) -> Iterator[list[int]]:
    """Calls the API in a thread and yields the statuses.

    Each call has its own token, because the gateway caches the authorizer's answer for a token.
    """
    statuses: list[int] = []
    done = threading.Event()

    def call() -> None:
        for age in itertools.count(1):
            token = tokens.sign(key, tokens.ACCESS, by, time.time() - age)
            answer = stack.anonymous().request("GET", MODELS, headers={"authorization": f"Bearer {token}"})
            statuses.append(answer.status_code)
            if done.wait(0.02):
                return

    thread = threading.Thread(target=call)
    thread.start()
    try:
        yield statuses
    finally:
        done.set()
        thread.join()


@pytest.mark.kinds("embedded")
async def test_a_rotation_of_both_keys_loses_no_call(own_stack: RunningStack, monkeypatch: pytest.MonkeyPatch) -> None:
    api, old_key = own_stack.anonymous(), own_stack.signing_key(ACCESS)
    account = {"email": "ada@example.com", "password": PASSWORD}
    ada = api.post("/api/v1/auth/register", account)
    by = Principal(ada["id"], ada["tenant_id"], frozenset({Role.ADMIN}), scopes_of([Role.ADMIN]))
    api.token = tokens.sign(old_key, tokens.ACCESS, by)
    with _calling(own_stack, old_key, by) as statuses:
        model_id = api.post(MODELS, {"name": "iris", "framework": "onnx"})["id"]
        _rotate(own_stack, monkeypatch)
        new_token = api.post("/api/v1/auth/login", account)["access_token"]
        new_key = own_stack.signing_key(ACCESS)
        # The auth function read its keys after the rotation, the authorizer before it.
        assert jwt.get_unverified_header(new_token)["kid"] == new_key.kid != old_key.kid
        assert api.get(f"{MODELS}/{model_id}")["id"] == model_id
        api.token = new_token
        assert api.get(f"{MODELS}/{model_id}")["id"] == model_id
        # The client reads its keys after the rotation; the registry read them when it started.
        keys = TokenKeys.of(_secret(own_stack, SERVICE), SecretReader(own_stack.ready["aws"]))
        registry = GrpcRegistry(own_stack.ready["registry"], keys)
        page = await registry.list_models(by, ModelFilter(), WantedPage(limit=10))
        await registry.close()
        assert [model.id for model in page.items] == [model_id]
        before = len(statuses)
        await asyncio.sleep(1)
    assert len(statuses) > before > 0
    assert set(statuses) == {200}
    published = json.loads(api.request("GET", "/.well-known/jwks.json").text)["keys"]
    assert [key["kid"] for key in published] == [new_key.kid, old_key.kid]
