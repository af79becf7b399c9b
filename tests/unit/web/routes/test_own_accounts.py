"""A person's own account over HTTP, on the use cases with a store in memory."""

import json
from dataclasses import dataclass
from typing import Any

import pytest

from maas.adapters.access_tokens import SignedAccessTokens
from maas.contracts.own_accounts import PatchMe
from maas.entrypoints.http import create_app, lambda_handler
from maas.security.cursors import Cursors
from maas.services.accounts import AccountService
from maas.services.invitations import InvitationService
from maas.services.joining import JoinService
from maas.services.own_accounts import OwnAccountService
from maas.web.routes.auth import PUBLIC, auth_routes
from maas.web.routes.invitations import invitations_routes
from maas.web.routes.own_accounts import own_accounts_routes
from tests.fakes.identity import FakePasswords
from tests.support.admission import admission_in_memory
from tests.support.http_gateway import CONTEXT, Reply, authorized, event, first_error
from tests.support.identity_stores import in_memory
from tests.support.mail_services import invitation_mails, registration_service
from tests.support.signing_keys import keys_of

ME, SESSIONS = "/api/v1/users/me", "/api/v1/users/me/sessions"
OLD, NEW = "correct horse battery", "a better battery of horses"
ADA = {"email": "ada@example.com", "password": OLD}


@dataclass
class Api:
    """The routes, and calls with an access token as the authorizer reads it."""

    handler: Any
    tokens: SignedAccessTokens

    def __call__(self, method: str, target: str, body: Any = None, token: str = "", agent: str = "") -> Reply:
        content = None if body is None else json.dumps(body).encode()
        sent = event(method, target, body=content, headers={}, by=None)
        sent["requestContext"]["http"]["userAgent"] = agent
        if token:
            by = self.tokens.verify(token)
            sent["requestContext"]["authorizer"] = {"lambda": {**authorized(by), "credential": by.credential}}
        answer = self.handler(sent, CONTEXT)
        return Reply(answer["statusCode"], answer["headers"], answer.get("body", ""))

    def login(self, password: str = OLD, agent: str = "curl/8.9.1") -> str:
        reply = self("POST", "/api/v1/auth/login", {**ADA, "password": password}, agent=agent)
        assert reply.status == 200, reply.text
        return str(reply.json["access_token"])


@pytest.fixture
def api() -> Api:
    people, passwords, keys = in_memory(), FakePasswords(), keys_of("s" * 64)
    tokens = SignedAccessTokens(keys)
    accounts = AccountService(people.identities, passwords, tokens)
    own = OwnAccountService(people.own, people.identities, passwords, Cursors(keys, rereads=True))
    joining = JoinService(people.invitations, people.identities, passwords)
    app = create_app(
        auth_routes(
            accounts, registration_service(accounts, people), joining, admission_in_memory(), tokens.public_keys
        ),
        own_accounts_routes(own, accounts, joining, admission_in_memory()),
        invitations_routes(
            InvitationService(
                people.invitations, people.members, invitation_mails(people.identities), Cursors(keys, rereads=True)
            )
        ),
        title="auth",
        public=PUBLIC,
        current=accounts.current,
    )
    api = Api(lambda_handler(app), tokens)
    assert api("POST", "/api/v1/auth/register", ADA).status == 201
    return api


def test_a_name_is_changed_and_answered(api: Api) -> None:
    token = api.login()
    changed = api("PATCH", ME, {"name": "Ada"}, token)
    assert (changed.status, changed.json["name"]) == (200, "Ada")
    assert api("GET", ME, token=token).json == changed.json


def test_a_password_is_changed_with_the_current_one(api: Api) -> None:
    token, other = api.login(), api.login()
    assert api("PATCH", ME, {"password": NEW, "current_password": OLD}, token).status == 200
    assert (api("GET", ME, token=token).status, api("GET", ME, token=other).status) == (200, 401)
    assert api.login(NEW)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"password": NEW}, (422, "current_password", "required")),
        ({"current_password": OLD}, (422, "password", "required")),
        ({"password": NEW, "current_password": "wrong"}, (403, "current_password", "required")),
        ({"password": "short", "current_password": OLD}, (422, "password", "min_length")),
        ({"name": ""}, (422, "name", "min_length")),
        ({"name": None}, (422, "name", "not_null")),
        ({"email": "a@example.com"}, (422, "email", "unknown")),
    ],
)
def test_a_bad_change_names_its_field(api: Api, body: Any, expected: tuple[int, str, str]) -> None:
    assert first_error(api("PATCH", ME, body, api.login())) == expected


def test_wrong_current_passwords_are_limited_as_sign_ins_are(api: Api) -> None:
    token, wrong = api.login(), {"password": NEW, "current_password": "wrong"}
    assert [api("PATCH", ME, wrong, token).status for _ in range(10)] == [403] * 10
    refused = api("PATCH", ME, {"password": NEW, "current_password": OLD}, token)
    assert (refused.status, refused.json["limit"]) == (429, "sign_in_account_network")
    assert api("PATCH", ME, {"name": "Ada"}, token).status == 200


def test_sessions_are_listed_with_the_current_one_marked(api: Api) -> None:
    api.login(agent="an older program")
    token = api.login(agent="red\x1b" + "x" * 300)
    listed = api("GET", SESSIONS, token=token).json
    assert listed["next_cursor"] is None
    first, second = listed["items"]
    assert set(first) == {
        "id",
        "created_at",
        "refreshed_at",
        "expires_at",
        "address",
        "user_agent",
        "scope",
        "current",
    }
    assert {first["current"], second["current"]} == {True, False}
    current = first if first["current"] else second
    assert (current["address"], current["refreshed_at"]) == ("127.0.0.1", None)
    assert current["user_agent"].startswith("redU+001Bx")
    assert len(current["user_agent"]) < 300
    assert api("GET", f"{SESSIONS}/{current['id']}", token=token).json == current


def test_a_session_is_ended_by_its_id(api: Api) -> None:
    other, token = api.login(), api.login()
    ended = next(each for each in api("GET", SESSIONS, token=token).json["items"] if not each["current"])["id"]
    path = f"{SESSIONS}/{ended}"
    assert [api(method, path, token=token).status for method in ("DELETE", "GET", "DELETE")] == [204, 404, 404]
    assert api("GET", ME, token=other).status == 401


def test_logging_out_everywhere_ends_every_session(api: Api) -> None:
    tokens = [api.login(), api.login()]
    assert api("DELETE", SESSIONS, token=tokens[0]).status == 204
    assert [api("GET", ME, token=token).status for token in tokens] == [401, 401]
    assert api("GET", ME, token=api.login()).status == 200


def test_a_person_joins_a_further_organization_with_its_token(api: Api) -> None:
    grace = {"email": "grace@example.com", "password": OLD, "organization": "Looms"}
    looms = api("POST", "/api/v1/auth/register", grace).json["tenant_id"]
    other = api("POST", "/api/v1/auth/login", {"email": grace["email"], "password": OLD}).json["access_token"]
    invited = api("POST", "/api/v1/users/invitations", {"email": ADA["email"], "roles": ["viewer"]}, other).json[
        "token"
    ]
    token, organizations = api.login(), f"{ME}/organizations"

    joined = api("POST", organizations, {"invitation": invited}, token)
    assert (joined.status, joined.json["tenant_id"], joined.json["roles"]) == (201, looms, ["viewer"])
    own, further = api("GET", organizations, token=token).json["items"]
    assert (own["current"], own["roles"], own["state"]) == (True, ["admin"], "active")
    assert further == {
        "id": looms,
        "name": "Looms",
        "user_id": joined.json["id"],
        "roles": ["viewer"],
        "state": "active",
        "current": False,
    }
    again = api("POST", organizations, {"invitation": invited}, token)
    assert first_error(again) == (422, "invitation", "exists")


def test_a_person_does_not_take_another_one_s_invitation(api: Api) -> None:
    token = api.login()
    body = {"email": "grace@example.com", "roles": ["viewer"]}
    invited = api("POST", "/api/v1/users/invitations", body, token).json["token"]
    taken = api("POST", f"{ME}/organizations", {"invitation": invited}, token)
    assert first_error(taken) == (422, "invitation", "declared")


def test_no_password_is_in_the_repr_of_a_body() -> None:
    assert NEW not in repr(PatchMe(password=NEW, current_password=OLD))
