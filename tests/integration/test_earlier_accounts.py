"""Accounts whose items an earlier release has written, without any attribute that came later."""

import hashlib
import time
from dataclasses import dataclass
from typing import Any

import pytest

from maas.adapters.passwords import Argon2Passwords
from maas.domain.identity.principals import Principal, Role, scopes_of
from maas.domain.ids import new_id
from maas.entrypoints.http import LambdaHandler
from tests.support.aws import Aws
from tests.support.http_gateway import Gateway, Reply, first_error

USERS = "/api/v1/users"
PASSWORD, SECRET = "battery", "s" * 43  # shorter than passwords are now


@dataclass(frozen=True)
class Account:
    """An account of the earlier release, with a session of it."""

    handler: LambdaHandler
    id: str
    tenant_id: str
    email: str
    session_id: str

    def __call__(self, method: str, path: str, body: Any = None) -> Reply:
        """The answer to a request with a token of that release, which names no session."""
        roles = frozenset({Role.ADMIN})
        return Gateway(self.handler, Principal(self.id, self.tenant_id, roles, scopes_of(roles)))(method, path, body)

    def open(self, path: str, body: Any) -> Reply:
        return Gateway(self.handler, None)("POST", path, body)

    def login(self, password: str = PASSWORD) -> Reply:
        return self.open("/api/v1/auth/login", {"email": self.email, "password": password})


@pytest.fixture
def account(aws: Aws) -> Account:
    handler: LambdaHandler = aws.load("AuthFunction").handler
    made = Account(handler, new_id(), new_id(), f"{new_id()}@example.com", new_id())
    owned = {"tenant_id": {"S": made.tenant_id}, "user_id": {"S": made.id}}
    tenant, now = {"S": f"TENANT#{made.tenant_id}"}, {"S": "2026-11-01T09:00:00+00:00"}
    items: list[dict[str, Any]] = [
        {"pk": tenant, "sk": {"S": "ORGANIZATION"}, "name": {"S": "Engines"}, "created_at": now},
        {
            "pk": tenant,
            "sk": {"S": f"USER#{made.id}"},
            "email": {"S": made.email},
            "name": {"S": "Ada"},
            "roles": {"L": [{"S": "admin"}]},
            "created_at": now,
        },
        {
            "pk": {"S": f"EMAIL#{made.email}"},
            "sk": {"S": "CREDENTIALS"},
            "password_hash": {"S": Argon2Passwords().hash(PASSWORD)},
            **owned,
        },
        {
            "pk": {"S": f"SESSION#{made.session_id}"},
            "sk": {"S": "SESSION"},
            "scopes": {"L": [{"S": scope} for scope in sorted(scopes_of([Role.ADMIN]))]},
            "digest": {"S": hashlib.sha256(SECRET.encode()).hexdigest()},
            "expires": {"N": str(int(time.time()) + 20 * 24 * 3600)},
            **owned,
        },
    ]
    for item in items:
        aws.client("dynamodb").put_item(
            TableName=aws.application.functions["AuthFunction"].environment["MAAS_IDENTITY_TABLE"], Item=item
        )
    return made


def _refreshed(account: Account) -> Reply:
    return account.open("/api/v1/auth/refresh", {"refresh_token": f"{account.session_id}.{SECRET}"})


def test_an_earlier_account_logs_in_and_refreshes(account: Account) -> None:
    assert account.login().status == 200
    assert _refreshed(account).status == 200


def test_an_earlier_member_is_listed_and_the_last_admin(account: Account) -> None:
    (listed,) = account("GET", USERS).json["items"]
    assert (listed["id"], listed["state"], listed["roles"]) == (account.id, "active", ["admin"])
    for method, body in (("DELETE", None), ("PATCH", {"disabled": True}), ("PATCH", {"roles": ["viewer"]})):
        assert first_error(account(method, f"{USERS}/{account.id}", body)) == (409, "user_id", "state")


def test_an_earlier_founder_leaves_after_another_admin_has_joined(account: Account) -> None:
    email, password = f"{new_id()}@example.com", "correct horse battery"
    invited = account("POST", f"{USERS}/invitations", {"email": email, "roles": ["admin"]}).json
    body = {"email": email, "password": password, "invitation": invited["token"]}
    joined = account.open("/api/v1/auth/register", body)
    assert joined.status == 201, joined.text
    assert account("DELETE", f"{USERS}/{account.id}").status == 204
    assert account.login().status == 401
    again = account.open("/api/v1/auth/register", {"email": account.email, "password": password})
    assert again.status == 201


def test_an_earlier_account_joins_a_second_organization(account: Account) -> None:
    email, password = f"{new_id()}@example.com", "correct horse battery"
    other = account.open("/api/v1/auth/register", {"email": email, "password": password}).json
    by = Principal(other["id"], other["tenant_id"], frozenset({Role.ADMIN}), scopes_of([Role.ADMIN]))
    invited = Gateway(account.handler, by)(
        "POST", f"{USERS}/invitations", {"email": account.email, "roles": ["viewer"]}
    )
    body = {"email": account.email, "password": PASSWORD, "invitation": invited.json["token"]}
    refused = account.open("/api/v1/auth/register", body)
    assert first_error(refused) == (422, "password", "min_length")  # the answer for an address without an account
    assert account("POST", f"{USERS}/me/organizations", {"invitation": invited.json["token"]}).status == 201
    choice = account.login()
    assert first_error(choice) == (409, "organization", "required")
    assert {each["id"] for each in choice.json["organizations"]} == {account.tenant_id, other["tenant_id"]}


def test_logging_out_everywhere_ends_an_earlier_session(account: Account) -> None:
    assert account("GET", f"{USERS}/me/sessions").json["items"] == []
    assert account("DELETE", f"{USERS}/me/sessions").status == 204
    assert _refreshed(account).status == 401


def test_a_new_password_ends_an_earlier_session(account: Account) -> None:
    changed = {"password": "a better battery of horses", "current_password": PASSWORD}
    assert account("PATCH", f"{USERS}/me", changed).status == 200
    assert _refreshed(account).status == 401
    assert (account.login().status, account.login(changed["password"]).status) == (401, 200)


def test_an_earlier_session_is_listed_after_its_refresh(account: Account) -> None:
    assert _refreshed(account).status == 200
    (session,) = account("GET", f"{USERS}/me/sessions").json["items"]
    assert (session["id"], session["address"], session["user_agent"]) == (account.session_id, None, None)
    assert account("DELETE", f"{USERS}/me/sessions/{account.session_id}").status == 204
    assert account("GET", f"{USERS}/me/sessions").json["items"] == []
