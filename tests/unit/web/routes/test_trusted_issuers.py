"""Trusted issuers over HTTP, with records in memory."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from maas.domain.identity.accounts import MemberKind, User
from maas.domain.identity.principals import Role, possible_scopes
from maas.entrypoints.http import create_app, lambda_handler
from maas.security.cursors import Cursors
from maas.services.trusted_issuers import TrustedIssuerService
from maas.web.routes.trusted_issuers import trusted_issuers_routes
from tests.fakes.identity import FakeIdentities
from tests.fakes.trusted_issuers import FakeTrustedIssuers
from tests.support.http_gateway import Gateway, first_error, person
from tests.support.signing_keys import keys_of

ISSUERS = "/api/v1/trusted-issuers"
ACCOUNT = "01939e4c-7d2a-7c33-8000-000000000005"
BODY = {
    "name": "release",
    "issuer": "https://ci.example.com",
    "conditions": {"sub": "repo:acme/app:*", "ref": ["main", "dev"]},
    "service_account_id": ACCOUNT,
}


@pytest.fixture
def api() -> Gateway:
    identities = FakeIdentities()
    identities.users["acme", ACCOUNT] = User(
        id=ACCOUNT,
        tenant_id="acme",
        email="",
        name="ci",
        roles=frozenset({Role.VIEWER}),
        created_at=datetime.now(UTC),
        kind=MemberKind.SERVICE,
    )
    service = TrustedIssuerService(FakeTrustedIssuers(), identities, Cursors(keys_of("s" * 64)))
    by = replace(person(Role.ADMIN), scopes=possible_scopes([Role.ADMIN]))
    return Gateway(lambda_handler(create_app(trusted_issuers_routes(service), title="auth")), by)


def _made(api: Gateway, **fields: Any) -> Any:
    reply = api("POST", ISSUERS, {**BODY, **fields})
    assert reply.status == 201, reply.text
    assert reply.headers["location"] == f"{ISSUERS}/{reply.json['id']}"
    return reply.json


def test_a_trusted_issuer_is_made_read_and_listed(api: Gateway) -> None:
    made = _made(api, scopes=["models:read"], lifetime_seconds=60)
    assert made == {
        "id": made["id"],
        "name": "release",
        "issuer": "https://ci.example.com",
        "audience": "maas:acme",
        "conditions": {"sub": ["repo:acme/app:*"], "ref": ["main", "dev"]},
        "service_account_id": ACCOUNT,
        "scopes": ["models:read"],
        "models": None,
        "networks": [],
        "lifetime_seconds": 60,
        "disabled": False,
        "created_by": "ada",
        "created_at": made["created_at"],
    }
    assert api("GET", f"{ISSUERS}/{made['id']}").json == made
    assert api("GET", ISSUERS).json == {"items": [made], "next_cursor": None}


def test_the_pages_of_a_list_are_linked(api: Gateway) -> None:
    ids = {_made(api)["id"] for _ in range(3)}
    first = api("GET", f"{ISSUERS}?limit=2")
    second = api("GET", f"{ISSUERS}?limit=2&cursor={first.json['next_cursor']}")
    assert {item["id"] for item in first.json["items"] + second.json["items"]} == ids


def test_a_change_keeps_what_it_does_not_name(api: Gateway) -> None:
    made = _made(api)
    changed = api("PATCH", f"{ISSUERS}/{made['id']}", {"disabled": True, "conditions": {"sub": "repo:acme/app:x"}})
    assert changed.json == {**made, "disabled": True, "conditions": {"sub": ["repo:acme/app:x"]}}
    assert api("DELETE", f"{ISSUERS}/{made['id']}").status == 204
    assert api("GET", f"{ISSUERS}/{made['id']}").status == 404


@pytest.mark.parametrize(
    ("fields", "field", "rule"),
    [
        ({"conditions": {"sub": 7}}, "conditions.sub", "type"),
        ({"conditions": {"sub": ["a", 7]}}, "conditions.sub[1]", "type"),
        ({"conditions": None}, "conditions", "not_null"),
        ({"conditions": {"ref": "main"}}, "conditions", "binding"),
        ({"issuer": "http://ci.example.com"}, "issuer", "url"),
        ({"lifetime_seconds": "60"}, "lifetime_seconds", "type"),
        ({"lifetime_seconds": 10**30}, "lifetime_seconds", "range"),
        ({"disabled": True}, "disabled", "unknown"),
    ],
)
def test_a_bad_field_is_named(api: Gateway, fields: dict[str, Any], field: str, rule: str) -> None:
    assert first_error(api("POST", ISSUERS, {**BODY, **fields})) == (422, field, rule)
