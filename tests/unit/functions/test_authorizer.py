from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from maas.adapters.access_tokens import SignedAccessTokens
from maas.domain.identity.api_keys import KeySecret
from maas.domain.identity.principals import Role
from maas.security.tokens import ACCESS, SERVICE, Key, sign
from tests.support.http_gateway import CONTEXT, person
from tests.support.signing_keys import keys_of

SECRET = "s" * 64
KEY = Key.derive(SECRET)
ENVIRONMENT = {
    "MAAS_TOKEN_SECRET": "the-secret",
    "MAAS_IDENTITY_TABLE": "identity",
    "MAAS_TABLES_ENDPOINT": "http://127.0.0.1:9",
    "MAAS_AWS_ENDPOINT": "http://127.0.0.1:9",
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "us-east-1",
}
ADA = replace(person(Role.VIEWER, subject="ada", tenant="acme"), credential="session/1")

Authorize = Callable[[Mapping[str, str] | None], dict[str, Any]]


@pytest.fixture
def authorize(monkeypatch: pytest.MonkeyPatch) -> Authorize:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    from functions.authorizer import app

    monkeypatch.setattr(app, "tokens", SignedAccessTokens(keys_of(SECRET)))

    def call(headers: Mapping[str, str] | None) -> dict[str, Any]:
        answer = app.handler({"version": "2.0", "type": "REQUEST", "headers": headers}, CONTEXT)
        assert answer["isAuthorized"] is True
        found: dict[str, Any] = answer["context"]
        return found

    return call


@pytest.mark.parametrize("header", ["authorization", "Authorization", "AUTHORIZATION"])
@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_a_valid_token_gives_its_principal(authorize: Authorize, header: str, scheme: str) -> None:
    assert authorize({header: f"{scheme} {sign(KEY, ACCESS, ADA)}"}) == {
        "sub": "ada",
        "tenant": "acme",
        "roles": "viewer",
        "scopes": "inference:invoke models:read",
        "credential": "session/1",
    }


def test_an_expired_token_has_its_own_problem(authorize: Authorize) -> None:
    assert authorize({"authorization": f"Bearer {sign(KEY, ACCESS, ADA, now=0)}"}) == {
        "problem": "token_expired",
        "detail": "the token has expired",
    }


@pytest.mark.parametrize(
    "headers",
    [
        None,
        {},
        {"authorization": ""},
        {"authorization": " "},
        {"authorization": "Bearer"},
        {"authorization": "Bearer "},
        {"authorization": "Bearer nonsense"},
        {"authorization": "Basic YWRhOmxvdmVsYWNl"},
        {"authorization": sign(KEY, ACCESS, ADA)},
        {"authorization": f"Bearer {sign(KEY, SERVICE, ADA)}"},
        {"authorization": f"Bearer {sign(KEY, ACCESS, ADA)}, Bearer {sign(KEY, ACCESS, ADA)}"},
        {"authorization": f"Bearer {sign(Key.derive('o' * 64), ACCESS, ADA)}"},
        {"authorization": "Bearer " + "a" * 5000},
        {"x-authorization": f"Bearer {sign(KEY, ACCESS, ADA)}"},
    ],
    ids=lambda headers: repr(headers)[:40],
)
def test_an_invalid_token_gives_a_problem_without_a_principal(
    authorize: Authorize, headers: Mapping[str, str] | None
) -> None:
    answer = authorize(headers)
    assert set(answer) == {"problem", "detail"}
    assert answer["problem"] == "unauthenticated"


@pytest.mark.parametrize("text", ["maas_", "maas_x", str(KeySecret.fresh())[:-1] + "!", "maas_" + "a" * 66])
def test_a_key_with_a_typing_error_is_refused_without_a_look_up(
    authorize: Authorize, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    from functions.authorizer import app

    monkeypatch.delattr(app, "keys")
    answer = authorize({"authorization": f"Bearer {text}"})
    assert answer["problem"] == "unauthenticated"
    assert "typing error" in answer["detail"]


def test_the_log_of_a_rejection_has_no_credential(authorize: Authorize, capsys: pytest.CaptureFixture[str]) -> None:
    token = sign(KEY, SERVICE, ADA)
    authorize({"authorization": f"Bearer {token}"})
    assert token not in capsys.readouterr().out
