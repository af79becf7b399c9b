"""Service accounts over HTTP, with records in memory."""

from datetime import UTC, datetime
from typing import Any

import pytest

from maas.domain.identity.accounts import User
from maas.domain.identity.principals import Role
from maas.entrypoints.http import create_app, lambda_handler
from maas.security.cursors import Cursors
from maas.services.api_keys import ApiKeyService
from maas.services.service_accounts import ServiceAccountService
from maas.web.routes.api_keys import api_keys_routes
from maas.web.routes.service_accounts import service_accounts_routes
from tests.fakes.api_keys import FakeApiKeys
from tests.fakes.identity import FakeIdentities
from tests.fakes.service_accounts import FakeServiceAccounts
from tests.support.http_gateway import Gateway, first_error, person
from tests.support.signing_keys import keys_of

ACCOUNTS, KEYS = "/api/v1/service-accounts", "/api/v1/api-keys"
CI = {"name": "ci", "roles": ["viewer"]}


@pytest.fixture
def api() -> Gateway:
    identities, cursors = FakeIdentities(), Cursors(keys_of("s" * 64))
    identities.users["acme", "ada"] = User(
        id="ada",
        tenant_id="acme",
        email="a@x.io",
        name="A",
        roles=frozenset({Role.ADMIN}),
        created_at=datetime.now(UTC),
    )
    keys = FakeApiKeys(identities.keys)
    accounts = ServiceAccountService(FakeServiceAccounts(identities.users), keys, cursors)
    routers = (service_accounts_routes(accounts), api_keys_routes(ApiKeyService(keys, identities, cursors)))
    return Gateway(lambda_handler(create_app(*routers, title="auth")), person(Role.ADMIN))


def _made(api: Gateway) -> Any:
    reply = api("POST", ACCOUNTS, CI)
    assert reply.status == 201, reply.text
    assert reply.headers["location"] == f"{ACCOUNTS}/{reply.json['id']}"
    return reply.json


def test_a_service_account_is_made_read_and_listed(api: Gateway) -> None:
    made = _made(api)
    assert made == {
        "id": made["id"],
        "name": "ci",
        "roles": ["viewer"],
        "disabled": False,
        "created_at": made["created_at"],
    }
    assert api("GET", f"{ACCOUNTS}/{made['id']}").json == made
    assert api("GET", ACCOUNTS).json == {"items": [made], "next_cursor": None}


def test_the_pages_of_a_list_are_linked(api: Gateway) -> None:
    ids = {_made(api)["id"] for _ in range(3)}
    first = api("GET", f"{ACCOUNTS}?limit=2")
    assert first.headers["link"].endswith('; rel="next"')
    second = api("GET", f"{ACCOUNTS}?limit=2&cursor={first.json['next_cursor']}")
    assert {item["id"] for item in first.json["items"] + second.json["items"]} == ids


def test_a_key_is_made_for_a_service_account(api: Gateway) -> None:
    account = _made(api)["id"]
    body = {"name": "nightly", "scopes": ["models:read"], "service_account_id": account}
    reply = api("POST", KEYS, body)
    assert (reply.status, reply.json["owner_id"], reply.json["created_by"]) == (201, account, "ada")
    unknown = api("POST", KEYS, {**body, "service_account_id": "ada"})
    assert first_error(unknown) == (404, "service_account_id", "exists")


def test_a_patch_changes_what_it_names(api: Gateway) -> None:
    path = f"{ACCOUNTS}/{_made(api)['id']}"
    reply = api("PATCH", path, {"roles": ["developer", "invoker"], "disabled": True})
    assert (reply.status, reply.json["name"]) == (200, "ci")
    assert (reply.json["roles"], reply.json["disabled"]) == (["developer", "invoker"], True)
    assert api("GET", path).json == reply.json


def test_a_deleted_service_account_is_gone_with_its_keys(api: Gateway) -> None:
    account = _made(api)["id"]
    key = api("POST", KEYS, {"name": "x", "scopes": ["models:read"], "service_account_id": account}).json["id"]
    assert api("DELETE", f"{ACCOUNTS}/{account}").status == 204
    for method in ("GET", "DELETE", "PATCH"):
        reply = api(method, f"{ACCOUNTS}/{account}", {} if method == "PATCH" else None)
        assert first_error(reply) == (404, "account_id", "exists")
    assert api("GET", f"{KEYS}/{key}").status == 404


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"roles": ["viewer"]}, (422, "name", "required")),
        ({"name": "ci"}, (422, "roles", "required")),
        ({**CI, "roles": ["king"]}, (422, "roles[0]", "enum")),
        ({**CI, "email": "a@x.io"}, (422, "email", "unknown")),
        ({**CI, "roles": None}, (422, "roles", "not_null")),
    ],
)
def test_a_bad_body_is_refused_with_its_field(api: Gateway, body: Any, error: tuple[int, str, str]) -> None:
    assert first_error(api("POST", ACCOUNTS, body)) == error


def test_a_developer_manages_no_service_accounts(api: Gateway) -> None:
    assert first_error(Gateway(api.handler, person())("GET", ACCOUNTS)) == (403, "scope", "required")
