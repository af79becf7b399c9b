"""Members and invitations over HTTP, on the use cases with a store in memory."""

import json
from dataclasses import dataclass
from typing import Any

import pytest

from maas.adapters.access_tokens import SignedAccessTokens
from maas.domain.identity.principals import Principal, Role, scopes_of
from maas.domain.ids import new_id
from maas.entrypoints.http import create_app, lambda_handler
from maas.security.cursors import Cursors
from maas.services.accounts import AccountService
from maas.services.invitations import InvitationService
from maas.services.joining import JoinService
from maas.services.members import MemberService
from maas.web.routes.auth import PUBLIC, auth_routes
from maas.web.routes.invitations import invitations_routes
from maas.web.routes.members import members_routes
from tests.fakes.api_keys import FakeApiKeys
from tests.fakes.identity import FakePasswords
from tests.support.admission import admission_in_memory
from tests.support.http_gateway import Gateway, Reply, first_error
from tests.support.identity_stores import in_memory
from tests.support.mail_services import invitation_mails, registration_service
from tests.support.signing_keys import keys_of

USERS, INVITATIONS = "/api/v1/users", "/api/v1/users/invitations"
REGISTER, LOGIN = "/api/v1/auth/register", "/api/v1/auth/login"
ADA = {"email": "ada@example.com", "password": "correct horse battery", "organization": "Engines"}
GRACE = {"email": "grace@example.com", "password": "correct horse battery"}


@dataclass
class Api:
    """The functions' routes; `call` is a request of Ada, the admin."""

    gateway: Gateway
    ada: Any

    def __call__(self, method: str, target: str, body: Any = None) -> Reply:
        by = Principal(self.ada["id"], self.ada["tenant_id"], frozenset({Role.ADMIN}), scopes_of([Role.ADMIN]))
        return Gateway(self.gateway.handler, by)(method, target, body)

    def invite(self, email: str = GRACE["email"], *roles: str) -> Any:
        reply = self("POST", INVITATIONS, {"email": email, "roles": list(roles or ("viewer",))})
        assert reply.status == 201, reply.text
        return reply.json

    def join(self, **fields: str) -> Reply:
        return self.gateway("POST", REGISTER, {**GRACE, "invitation": self.invite()["token"], **fields})


@pytest.fixture
def api() -> Api:
    people, passwords, keys = in_memory(), FakePasswords(), keys_of("s" * 64)
    tokens, cursors = SignedAccessTokens(keys), Cursors(keys, rereads=True)
    accounts = AccountService(people.identities, passwords, tokens)
    joining = JoinService(people.invitations, people.identities, passwords)
    app = create_app(
        auth_routes(
            accounts, registration_service(accounts, people), joining, admission_in_memory(), tokens.public_keys
        ),
        invitations_routes(
            InvitationService(people.invitations, people.members, invitation_mails(people.identities), cursors)
        ),
        members_routes(MemberService(people.members, FakeApiKeys(), cursors)),
        title="auth",
        public=PUBLIC,
    )
    gateway = Gateway(lambda_handler(app), by=None)
    return Api(gateway, gateway("POST", REGISTER, ADA).json)


def test_an_invitation_is_answered_with_its_token_once(api: Api) -> None:
    reply = api("POST", INVITATIONS, {"email": "Grace@example.com", "roles": ["viewer", "invoker"]})
    assert (reply.status, reply.headers["cache-control"]) == (201, "no-store")
    made = reply.json
    assert set(made) == {"id", "email", "roles", "invited_by", "created_at", "expires_at", "mailed", "token"}
    assert (made["email"], made["roles"]) == ("Grace@example.com", ["invoker", "viewer"])
    assert made["invited_by"] == api.ada["id"]
    listed = api("GET", INVITATIONS)
    assert listed.json == {"items": [{k: v for k, v in made.items() if k != "token"}], "next_cursor": None}


def test_known_and_unknown_addresses_get_the_same_answer(api: Api) -> None:
    api.gateway("POST", REGISTER, GRACE)
    replies = [
        api("POST", INVITATIONS, {"email": email, "roles": ["viewer"]})
        for email in (ADA["email"], GRACE["email"], "other@example.com")
    ]
    assert {reply.status for reply in replies} == {201}
    assert len({tuple(sorted({**reply.headers, "content-length": ""}.items())) for reply in replies}) == 1
    random = ("id", "token", "email", "created_at", "expires_at")
    assert len({json.dumps({**reply.json, **dict.fromkeys(random)}) for reply in replies}) == 1


def test_registering_with_an_invitation_joins_the_organization(api: Api) -> None:
    reply = api.join(name="Grace")
    assert reply.status == 201
    assert (reply.json["tenant_id"], reply.json["organization"]) == (api.ada["tenant_id"], "Engines")
    assert (reply.json["roles"], reply.json["name"]) == (["viewer"], "Grace")


def test_a_new_organization_excludes_an_invitation(api: Api) -> None:
    assert first_error(api.join(organization="Mine")) == (422, "organization", "exclusive")


def test_a_wrong_invitation_is_a_field_of_the_body(api: Api) -> None:
    assert first_error(api.join(invitation="a.b.c")) == (422, "invitation", "exists")
    assert first_error(api.join(email="joan@example.com")) == (422, "email", "declared")


def test_a_wrong_password_of_an_invited_account_is_401(api: Api) -> None:
    api.gateway("POST", REGISTER, GRACE)
    reply = api.join(password="incorrect horse battery")
    assert (reply.status, reply.json["code"]) == (401, "invalid_credentials")


def test_a_revoked_invitation_is_gone(api: Api) -> None:
    path = f"{INVITATIONS}/{api.invite()['id']}"
    assert (api("DELETE", path).status, api("DELETE", path).status) == (204, 404)


def test_members_are_listed_in_pages_with_a_link(api: Api) -> None:
    api.join()
    first = api("GET", f"{USERS}?limit=1&state=active")
    assert [item["email"] for item in first.json["items"]] == [ADA["email"]]
    assert set(first.json["items"][0]) == {"id", "email", "email_verified", "name", "roles", "state", "created_at"}
    assert first.headers["link"].endswith('>; rel="next"')
    second = api("GET", first.headers["link"].partition(">")[0].removeprefix("<"))
    assert [item["email"] for item in second.json["items"]] == [GRACE["email"]]
    assert second.json["next_cursor"] is None


@pytest.mark.parametrize(
    ("query", "field", "rule"),
    [("role=owner", "role", "enum"), ("state=gone", "state", "enum"), ("limit=0", "limit", "range")],
)
def test_a_bad_filter_names_its_parameter(api: Api, query: str, field: str, rule: str) -> None:
    assert first_error(api("GET", f"{USERS}?{query}")) == (422, field, rule)


def test_an_admin_changes_roles_and_state(api: Api) -> None:
    path = f"{USERS}/{api.join().json['id']}"
    changed = api("PATCH", path, {"roles": ["developer", "invoker"]})
    assert (changed.status, changed.json["roles"], changed.json["state"]) == (200, ["developer", "invoker"], "active")
    assert api("PATCH", path, {"disabled": True}).json["state"] == "disabled"
    assert api.gateway("POST", LOGIN, GRACE).json["code"] == "invalid_credentials"
    assert api("PATCH", path, {"disabled": False}).json == api("GET", path).json
    assert api.gateway("POST", LOGIN, GRACE).status == 200


@pytest.mark.parametrize(
    ("body", "field", "rule"),
    [
        ({"roles": []}, "roles", "min_items"),
        ({"roles": ["owner"]}, "roles[0]", "enum"),
        ({"roles": None}, "roles", "not_null"),
        ({"disabled": "yes"}, "disabled", "type"),
        ({"email": "a@example.com"}, "email", "unknown"),
    ],
)
def test_a_bad_change_names_its_field(api: Api, body: Any, field: str, rule: str) -> None:
    assert first_error(api("PATCH", f"{USERS}/{api.ada['id']}", body)) == (422, field, rule)


def test_a_deleted_member_is_gone_and_its_address_free(api: Api) -> None:
    path = f"{USERS}/{api.join().json['id']}"
    assert [api(method, path).status for method in ("DELETE", "GET", "DELETE")] == [204, 404, 404]
    assert api.gateway("POST", LOGIN, GRACE).status == 401
    assert api.gateway("POST", REGISTER, GRACE).json["roles"] == ["admin"]


def test_the_last_admin_is_a_409_that_says_what_to_do(api: Api) -> None:
    path = f"{USERS}/{api.ada['id']}"
    for method, body in (("DELETE", None), ("PATCH", {"disabled": True}), ("PATCH", {"roles": ["viewer"]})):
        reply = api(method, path, body)
        assert first_error(reply) == (409, "user_id", "state")
        assert reply.json["code"] == "wrong_state"
        assert "make another member an admin first" in reply.json["detail"]


def test_an_unknown_member_is_a_404(api: Api) -> None:
    assert first_error(api("GET", f"{USERS}/{new_id()}")) == (404, "user_id", "exists")


def test_a_login_to_one_of_several_organizations_lists_them(api: Api) -> None:
    own = api.gateway("POST", REGISTER, {**GRACE, "organization": "Looms"}).json["tenant_id"]
    assert api.join().status == 201
    reply = api.gateway("POST", LOGIN, GRACE)
    assert first_error(reply) == (409, "organization", "required")
    assert (reply.json["code"], reply.headers["cache-control"]) == ("organization_required", "no-store")
    known = [{"id": own, "name": "Looms"}, {"id": api.ada["tenant_id"], "name": "Engines"}]
    assert sorted(reply.json["organizations"], key=lambda each: str(each["name"])) == known[::-1]
    assert api.gateway("POST", LOGIN, {**GRACE, "organization": own}).status == 200
    assert first_error(api.gateway("POST", LOGIN, {**GRACE, "organization": "x"})) == (422, "organization", "exists")
