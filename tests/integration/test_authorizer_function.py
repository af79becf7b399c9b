"""The authorizer function with tokens signed by the auth function's key."""

import json
from typing import Any

import pytest

from maas.security.keyring import TokenKeys
from maas.security.secret_values import SecretReader
from maas.security.tokens import ACCESS, Key, sign
from tests.support.aws import ROOT, Aws
from tests.support.http_gateway import CONTEXT, person


def _event(case: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((ROOT / "events" / "authorizer" / f"{case}.json").read_text())
    return found


@pytest.fixture(scope="module")
def key(aws: Aws) -> Key:
    secret = aws.application.functions["AuthFunction"].environment["MAAS_TOKEN_SECRET"]
    return TokenKeys.of(secret, SecretReader(aws.endpoint)).signing_key()


def test_a_valid_token_becomes_a_principal(aws: Aws, key: Key) -> None:
    event = _event("bearer")
    event["headers"]["authorization"] = f"Bearer {sign(key, ACCESS, person(subject='ada', tenant='acme'))}"
    answer = aws.load("AuthorizerFunction").handler(event, CONTEXT)
    assert answer["isAuthorized"] is True
    assert answer["context"]["sub"] == "ada"
    assert answer["context"]["tenant"] == "acme"
    assert "models:write" in answer["context"]["scopes"].split()


@pytest.mark.parametrize("case", ["bearer", "basic"])
def test_an_invalid_credential_becomes_a_problem(aws: Aws, case: str) -> None:
    answer = aws.load("AuthorizerFunction").handler(_event(case), CONTEXT)
    assert answer["isAuthorized"] is True
    assert answer["context"]["problem"] == "unauthenticated"
