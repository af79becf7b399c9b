import json
from typing import Any

import pytest

from maas.adapters.access_tokens import SignedAccessTokens
from maas.entrypoints.http import create_app, lambda_handler
from maas.security.cursors import Cursors
from maas.services.accounts import AccountService
from maas.services.joining import JoinService
from maas.services.own_accounts import OwnAccountService
from maas.web.routes.auth import PUBLIC, auth_routes
from maas.web.routes.own_accounts import own_accounts_routes
from tests.fakes.identity import FakePasswords
from tests.support.admission import admission_in_memory
from tests.support.http_gateway import Gateway, Reply
from tests.support.identity_stores import in_memory
from tests.support.mail_services import registration_service
from tests.support.signing_keys import keys_of

ADA = {"email": "ada@example.com", "password": "correct horse battery"}
REGISTER, LOGIN = "/api/v1/auth/register", "/api/v1/auth/login"
REFRESH, LOGOUT = "/api/v1/auth/refresh", "/api/v1/auth/logout"


@pytest.fixture
def api() -> Gateway:
    tokens = SignedAccessTokens(keys_of("s" * 64))
    people, passwords = in_memory(), FakePasswords()
    identities = people.identities
    accounts = AccountService(identities, passwords, tokens)
    joining = JoinService(people.invitations, identities, passwords)
    own = OwnAccountService(people.own, identities, passwords, Cursors(keys_of("s" * 64)))
    routes = (
        auth_routes(
            accounts, registration_service(accounts, people), joining, admission_in_memory(), tokens.public_keys
        ),
        own_accounts_routes(own, accounts, joining, admission_in_memory()),
    )
    return Gateway(lambda_handler(create_app(*routes, title="auth", public=PUBLIC)), by=None)


@pytest.fixture
def login(api: Gateway) -> Reply:
    assert api("POST", REGISTER, ADA).status == 201
    return api("POST", LOGIN, ADA)


def test_register_answers_201_with_the_user(api: Gateway) -> None:
    reply = api("POST", REGISTER, {**ADA, "name": "Ada", "organization": "Analytical Engines"})
    assert reply.status == 201
    names = {"id", "email", "email_verified", "name", "tenant_id", "organization", "roles", "created_at"}
    assert set(reply.json) == names
    assert (reply.json["name"], reply.json["organization"], reply.json["roles"]) == (
        "Ada",
        "Analytical Engines",
        ["admin"],
    )


def test_login_answers_as_rfc_6749_requires(login: Reply) -> None:
    assert login.status == 200
    assert login.headers["cache-control"] == "no-store"
    assert set(login.json) == {
        "access_token",
        "token_type",
        "expires_in",
        "refresh_token",
        "refresh_expires_in",
        "scope",
    }
    assert (login.json["token_type"], login.json["expires_in"]) == ("Bearer", 900)


def test_refresh_rotates_the_token_and_forbids_caching(api: Gateway, login: Reply) -> None:
    reply = api("POST", REFRESH, {"refresh_token": login.json["refresh_token"]})
    assert (reply.status, reply.headers["cache-control"]) == (200, "no-store")
    assert reply.json["refresh_token"] != login.json["refresh_token"]
    again = api("POST", REFRESH, {"refresh_token": login.json["refresh_token"]})
    assert (again.status, again.json["code"]) == (401, "unauthenticated")


def test_logout_answers_without_a_body(api: Gateway, login: Reply) -> None:
    reply = api("POST", LOGOUT, {"refresh_token": login.json["refresh_token"]})
    assert (reply.status, reply.text) == (204, "")


@pytest.mark.parametrize(
    ("path", "change", "field", "rule"),
    [
        (REGISTER, {"email": None}, "email", "not_null"),
        (REGISTER, {"email": 7}, "email", "type"),
        (REGISTER, {"email": "ada"}, "email", "email"),
        (REGISTER, {"email": "a" * 250 + "@example.com"}, "email", "max_length"),
        (REGISTER, {"password": "short"}, "password", "min_length"),
        (REGISTER, {"password": "p" * 257}, "password", "max_length"),
        (REGISTER, {"password": "p" * 900_000}, "password", "max_length"),
        (REGISTER, {"password": 12345678}, "password", "type"),
        (REGISTER, {"name": ""}, "name", "min_length"),
        (REGISTER, {"name": "n" * 10_000}, "name", "max_length"),
        (REGISTER, {"organization": "\x00"}, "organization", "control_characters"),
        (REGISTER, {"roles": ["admin"]}, "roles", "unknown"),
        (REGISTER, {"tenant_id": "acme"}, "tenant_id", "unknown"),
        (LOGIN, {"email": "ada"}, "email", "email"),
        (LOGIN, {"password": "p" * 257}, "password", "max_length"),
        (LOGIN, {"scope": "models:fly"}, "scope", "enum"),
        (LOGIN, {"scope": ""}, "scope", "min_items"),
        (LOGIN, {"scope": ["models:read"]}, "scope", "type"),
        (LOGIN, {"otp": "123456"}, "otp", "unknown"),
    ],
)
def test_a_bad_field_is_named_with_its_rule(
    api: Gateway, path: str, change: dict[str, Any], field: str, rule: str
) -> None:
    reply = api("POST", path, {**ADA, **change})
    assert reply.status == 422
    assert [(e["field"], e["rule"]) for e in reply.json["errors"]] == [(field, rule)]
    assert str(change.get("password", "nothing")) not in reply.text


@pytest.mark.parametrize(
    ("path", "missing"),
    [(REGISTER, ["email", "password"]), (LOGIN, ["email", "password"]), (REFRESH, ["refresh_token"])],
)
def test_missing_fields_are_named(api: Gateway, path: str, missing: list[str]) -> None:
    reply = api("POST", path, {})
    assert reply.status == 422
    assert [(e["field"], e["rule"]) for e in reply.json["errors"]] == [(field, "required") for field in missing]


@pytest.mark.parametrize("path", [REGISTER, LOGIN, REFRESH, LOGOUT])
@pytest.mark.parametrize(
    "body",
    [b"", b"email=ada", b"[]", b"null", b'"text"', b'{"email":', b"\xff\xfe", b'{"password": "\\ud800"}', b"[" * 9999],
)
def test_a_body_that_is_not_a_json_object_is_a_problem(api: Gateway, path: str, body: bytes) -> None:
    reply = api("POST", path, body=body)
    assert reply.status in {400, 422}
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.json["errors"]


def test_an_email_that_is_taken_is_a_conflict(api: Gateway, login: Reply) -> None:
    reply = api("POST", REGISTER, {**ADA, "email": "ADA@example.com"})
    assert (reply.status, reply.json["code"], reply.json["errors"][0]["field"]) == (409, "already_exists", "email")


def test_wrong_password_and_unknown_email_get_the_same_answer(api: Gateway, login: Reply) -> None:
    wrong = api("POST", LOGIN, {**ADA, "password": "incorrect horse"})
    unknown = api("POST", LOGIN, {**ADA, "email": "bob@example.com"})
    assert wrong.status == unknown.status == 401
    assert wrong.json == unknown.json
    assert wrong.json["code"] == "invalid_credentials"


def test_the_keys_are_public_and_cacheable(api: Gateway) -> None:
    reply = api("GET", "/.well-known/jwks.json")
    assert (reply.status, reply.headers["cache-control"]) == (200, "public, max-age=300")
    assert [set(key) for key in reply.json["keys"]] == [{"kty", "crv", "x", "kid", "use", "alg"}]


def test_health_is_ok(api: Gateway) -> None:
    assert json.loads(api("GET", "/healthz").text) == {"status": "ok"}


def test_me_needs_a_token(api: Gateway) -> None:
    reply = api("GET", "/api/v1/users/me")
    assert (reply.status, reply.json["code"]) == (401, "unauthenticated")


def test_me_needs_no_scope(api: Gateway, login: Reply) -> None:
    tokens = SignedAccessTokens(keys_of("s" * 64))
    ada = tokens.verify(login.json["access_token"])
    api.by = type(ada)(ada.subject, ada.tenant_id, ada.roles, frozenset())
    assert api("GET", "/api/v1/users/me").json["email"] == ADA["email"]


def test_too_many_failures_are_429_and_name_the_limit(api: Gateway, login: Reply) -> None:
    wrong = {**ADA, "password": "not this one at all"}
    assert [api("POST", LOGIN, wrong).status for _ in range(10)] == [401] * 10
    for body in (wrong, ADA):
        reply = api("POST", LOGIN, body)
        assert (reply.status, reply.json["code"]) == (429, "rate_limited")
        assert reply.json["limit"] == "sign_in_account_network"
        assert 900 <= int(reply.headers["retry-after"]) <= 960


def test_a_header_does_not_change_the_network(api: Gateway) -> None:
    wrong = {**ADA, "password": "not this one at all"}
    sources = [{"x-forwarded-for": f"192.0.2.{each}", "forwarded": f"for=192.0.2.{each}"} for each in range(11)]
    assert [api("POST", LOGIN, wrong, headers=each).status for each in sources] == [401] * 10 + [429]


def test_known_and_unknown_addresses_are_limited_alike(api: Gateway, login: Reply) -> None:
    known, unknown = (
        [api("POST", LOGIN, {"email": email, "password": "wrong password"}) for _ in range(11)]
        for email in (ADA["email"], "nobody@example.com")
    )
    assert [(each.status, each.json["code"]) for each in known] == [
        (each.status, each.json["code"]) for each in unknown
    ]
    assert known[-1].json.keys() == unknown[-1].json.keys()
    assert known[-1].headers.keys() == unknown[-1].headers.keys()
