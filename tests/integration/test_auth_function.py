"""The auth function on the template's own table and secret."""

import base64
import copy
import json
from typing import Any

import jwt
import pytest

from maas.domain.identity.principals import Principal, Role, scopes_of
from maas.domain.ids import new_id
from maas.entrypoints.http import LambdaHandler
from tests.support.aws import ROOT, Aws
from tests.support.http_gateway import Gateway, Reply, invoke

PASSWORD = "correct horse battery"


def _event(case: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((ROOT / "events" / "auth" / f"{case}.json").read_text())
    return found


def _with_body(event: dict[str, Any], **fields: object) -> dict[str, Any]:
    changed = copy.deepcopy(event)
    changed["body"] = json.dumps({**json.loads(event["body"]), **fields})
    return changed


@pytest.fixture(scope="module")
def handler(aws: Aws) -> LambdaHandler:
    found: LambdaHandler = aws.load("AuthFunction").handler
    return found


@pytest.fixture
def email() -> str:
    return f"{new_id()}@example.com"


@pytest.fixture
def user(handler: LambdaHandler, email: str) -> dict[str, Any]:
    reply = invoke(handler, _with_body(_event("register"), email=email))
    assert reply.status == 201, reply.text
    found: dict[str, Any] = reply.json
    return found


def _login(handler: LambdaHandler, email: str, case: str = "login") -> Reply:
    return invoke(handler, _with_body(_event(case), email=email))


def _with_token(handler: LambdaHandler, case: str, token: str) -> Reply:
    return invoke(handler, _with_body(_event(case), refresh_token=token))


def test_registering_creates_an_admin_and_an_organization(user: dict[str, Any], email: str) -> None:
    assert user["email"] == email
    assert user["roles"] == ["admin"]
    assert user["organization"] == "Analytical Engines"
    assert user["id"] != user["tenant_id"]
    assert "password" not in json.dumps(user)


def test_an_email_registers_once_in_any_case(handler: LambdaHandler, user: dict[str, Any], email: str) -> None:
    again = invoke(handler, _with_body(_event("register"), email=f" {email.upper()} "))
    assert again.status == 409
    assert again.json["code"] == "already_exists"
    assert again.json["errors"][0]["field"] == "email"


def test_login_returns_tokens_that_the_published_keys_verify(
    handler: LambdaHandler, user: dict[str, Any], email: str
) -> None:
    reply = _login(handler, email)
    assert reply.status == 200
    assert reply.headers["cache-control"] == "no-store"
    assert reply.json["token_type"] == "Bearer"
    assert reply.json["expires_in"] == 900
    keys = jwt.PyJWKSet.from_dict(invoke(handler, _event("jwks")).json)
    claims = jwt.decode(reply.json["access_token"], keys[_kid(reply)], algorithms=["EdDSA"], audience="maas-api")
    assert claims["sub"] == user["id"]
    assert claims["tenant"] == user["tenant_id"]
    assert claims["scope"] == reply.json["scope"]
    assert "users:admin" in claims["scope"].split()


def _kid(reply: Reply) -> str:
    return str(jwt.get_unverified_header(reply.json["access_token"])["kid"])


def test_the_published_keys_are_public_and_cacheable(handler: LambdaHandler) -> None:
    reply = invoke(handler, _event("jwks"))
    assert reply.status == 200
    assert "max-age" in reply.headers["cache-control"]
    assert set(reply.json["keys"][0]) == {"kty", "crv", "x", "kid", "use", "alg"}


def test_a_wrong_password_and_an_unknown_email_look_the_same(
    handler: LambdaHandler, user: dict[str, Any], email: str
) -> None:
    wrong = _login(handler, email, "login-wrong-password")
    unknown = _login(handler, f"{new_id()}@example.com")
    assert wrong.status == unknown.status == 401
    assert wrong.json["code"] == "invalid_credentials"
    assert {**wrong.json, "request_id": ""} == {**unknown.json, "request_id": ""}


def test_a_narrowed_scope_stays_narrow_after_refresh(handler: LambdaHandler, user: dict[str, Any], email: str) -> None:
    login = _login(handler, email, "login-narrowed")
    assert login.json["scope"] == "inference:invoke models:read"
    refreshed = _with_token(handler, "refresh", login.json["refresh_token"])
    assert refreshed.json["scope"] == "inference:invoke models:read"


def test_a_used_refresh_token_ends_its_session(handler: LambdaHandler, user: dict[str, Any], email: str) -> None:
    first = _login(handler, email).json["refresh_token"]
    second = _with_token(handler, "refresh", first).json["refresh_token"]
    assert _with_token(handler, "refresh", first).status == 401
    assert _with_token(handler, "refresh", second).status == 401


def test_logout_ends_the_session(handler: LambdaHandler, user: dict[str, Any], email: str) -> None:
    token = _login(handler, email).json["refresh_token"]
    reply = _with_token(handler, "logout", token)
    assert (reply.status, reply.text) == (204, "")
    assert _with_token(handler, "refresh", token).status == 401


def test_the_table_holds_no_refresh_token_and_no_password(
    handler: LambdaHandler, aws: Aws, user: dict[str, Any], email: str
) -> None:
    secret = _login(handler, email).json["refresh_token"].partition(".")[2]
    table = aws.application.functions["AuthFunction"].environment["MAAS_IDENTITY_TABLE"]
    stored = repr(aws.client("dynamodb").scan(TableName=table)["Items"])
    assert email in stored
    assert secret not in stored
    assert PASSWORD not in stored
    assert "$argon2id$v=19$m=19456,t=2,p=1$" in stored


def test_the_table_holds_no_invitation_s_secret(handler: LambdaHandler, aws: Aws, user: dict[str, Any]) -> None:
    by = Principal(user["id"], user["tenant_id"], frozenset({Role.ADMIN}), scopes_of([Role.ADMIN]))
    invited = f"{new_id()}@example.com"
    body = {"email": invited, "roles": ["viewer"]}
    token = Gateway(handler, by)("POST", "/api/v1/users/invitations", body).json["token"]
    table = aws.application.functions["AuthFunction"].environment["MAAS_IDENTITY_TABLE"]
    stored = repr(aws.client("dynamodb").scan(TableName=table)["Items"])
    assert invited in stored
    assert token.rpartition(".")[2] not in stored


def test_me_returns_the_caller(handler: LambdaHandler, user: dict[str, Any]) -> None:
    event = _event("me")
    event["requestContext"]["authorizer"]["lambda"] |= {"sub": user["id"], "tenant": user["tenant_id"]}
    reply = invoke(handler, event)
    assert reply.status == 200
    assert reply.json == user


def test_me_of_an_unknown_account_is_401(handler: LambdaHandler) -> None:
    assert invoke(handler, _event("me")).status == 401


def test_me_reports_an_expired_token(handler: LambdaHandler) -> None:
    reply = invoke(handler, _event("me-expired-token"))
    assert (reply.status, reply.json["code"]) == (401, "token_expired")


def test_an_invalid_refresh_token_is_401(handler: LambdaHandler) -> None:
    assert invoke(handler, _event("refresh")).status == 401


def test_logout_accepts_an_invalid_token(handler: LambdaHandler) -> None:
    assert invoke(handler, _event("logout")).status == 204


def test_health_needs_no_credential(handler: LambdaHandler) -> None:
    reply = invoke(handler, _event("healthz"))
    assert (reply.status, reply.json) == (200, {"status": "ok"})


def test_a_body_in_base64_is_read(handler: LambdaHandler, user: dict[str, Any], email: str) -> None:
    event = _with_body(_event("login"), email=email)
    event |= {"body": base64.b64encode(event["body"].encode()).decode(), "isBase64Encoded": True}
    assert invoke(handler, event).status == 200


def test_a_table_that_does_not_answer_is_503(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    app = aws.load("AuthFunction")
    monkeypatch.setattr(
        app.accounts, "_identities", app.DynamoIdentities(app.IdentityTable("identity", "http://127.0.0.1:9"))
    )
    reply = invoke(app.handler, _event("login"))
    assert (reply.status, reply.json["code"]) == (503, "unavailable")
    assert "127.0.0.1" not in reply.text


def test_the_table_counts_failures_of_an_account(handler: LambdaHandler, user: dict[str, Any], email: str) -> None:
    wrong = [_login(handler, email, "login-wrong-password") for _ in range(11)]
    assert [reply.status for reply in wrong] == [401] * 10 + [429]
    right = _login(handler, email)
    assert (right.status, right.json["code"], right.json["limit"]) == (429, "rate_limited", "sign_in_account_network")
    elsewhere = _with_body(_event("login"), email=email)
    elsewhere["requestContext"]["http"]["sourceIp"] = "198.51.100.7"
    assert invoke(handler, elsewhere).status == 200
