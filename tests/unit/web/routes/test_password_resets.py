"""Forgotten passwords over HTTP, on accounts and a mail server in memory."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from maas.adapters.access_tokens import SignedAccessTokens
from maas.entrypoints.http import create_app, lambda_handler
from maas.services.accounts import AccountService
from maas.services.joining import JoinService
from maas.web.routes.auth import PUBLIC, auth_routes
from maas.web.routes.password_resets import password_resets_routes
from tests.fakes.identity import FakePasswords
from tests.fakes.mail import FakeMailer
from tests.support.admission import admission_in_memory
from tests.support.http_gateway import Gateway, Reply
from tests.support.identity_stores import in_memory
from tests.support.mail_services import registration_service, reset_service
from tests.support.signing_keys import keys_of
from tests.support.waiting import until

FORGOT, RESET = "/api/v1/auth/password/forgot", "/api/v1/auth/password/reset"
ADA = {"email": "ada@example.com", "password": "correct horse battery"}
NEW = "another horse battery"


@dataclass
class Api:
    gateway: Gateway
    mailer: FakeMailer = field(default_factory=FakeMailer)

    def __call__(self, path: str, body: Any) -> Reply:
        return self.gateway("POST", path, body)

    def token(self) -> str:
        assert self(FORGOT, {"email": ADA["email"]}).status == 202
        until(lambda: self.mailer.sent, 5)
        return next(line for line in self.mailer.sent[-1].text.splitlines() if "." in line and " " not in line)


@pytest.fixture
def api() -> Api:
    people, passwords, mailer = in_memory(), FakePasswords(), FakeMailer()
    tokens = SignedAccessTokens(keys_of("s" * 64))
    accounts = AccountService(people.identities, passwords, tokens)
    joining = JoinService(people.invitations, people.identities, passwords)
    app = create_app(
        auth_routes(
            accounts, registration_service(accounts, people), joining, admission_in_memory(), tokens.public_keys
        ),
        password_resets_routes(reset_service(people, mailer), admission_in_memory()),
        title="auth",
        public=PUBLIC,
    )
    found = Api(Gateway(lambda_handler(app), None), mailer)
    assert found("/api/v1/auth/register", ADA).status == 201
    return found


def test_a_forgotten_password_is_replaced_with_the_token_of_the_mail(api: Api) -> None:
    reply = api(RESET, {"token": api.token(), "password": NEW})
    assert (reply.status, reply.text) == (204, "")
    assert api("/api/v1/auth/login", {**ADA, "password": NEW}).status == 200
    assert api("/api/v1/auth/login", ADA).status == 401


def test_known_and_unknown_addresses_get_equal_answers(api: Api) -> None:
    known, unknown = (api(FORGOT, {"email": email}) for email in (ADA["email"], "nobody@example.com"))
    assert (known.status, known.json) == (unknown.status, unknown.json) == (202, {"status": "accepted"})
    known_headers, unknown_headers = (
        {name: value for name, value in reply.headers.items() if name not in {"x-request-id", "traceparent"}}
        for reply in (known, unknown)
    )
    assert known_headers == unknown_headers


def test_without_a_mail_server_every_address_is_503(api: Api) -> None:
    api.mailer.is_down = True
    replies = [api(FORGOT, {"email": email}) for email in (ADA["email"], "nobody@example.com")]
    assert [(reply.status, reply.json["detail"]) for reply in replies] == [
        (503, "mail can't be sent just now; try again")
    ] * 2
    assert api("/api/v1/auth/login", ADA).status == 200


@pytest.mark.parametrize(
    ("path", "body", "field", "rule"),
    [
        (FORGOT, {}, "email", "required"),
        (FORGOT, {"email": 1}, "email", "type"),
        (FORGOT, {"email": "ada"}, "email", "email"),
        (FORGOT, {"email": "\u200bada@example.com"}, "email", "invisible"),
        (FORGOT, {"email": "ada@example.com", "password": "x"}, "password", "unknown"),
        (RESET, {"password": NEW}, "token", "required"),
        (RESET, {"token": "x"}, "password", "required"),
        (RESET, {"token": "x", "password": NEW}, "token", "exists"),
        (RESET, {"token": "", "password": NEW}, "token", "exists"),
        (RESET, {"token": "\u00e4" * 9000, "password": NEW}, "token", "exists"),
        (RESET, {"token": None, "password": NEW}, "token", "not_null"),
    ],
)
def test_a_bad_field_is_named_with_its_rule(api: Api, path: str, body: Any, field: str, rule: str) -> None:
    reply = api(path, body)
    assert reply.status == 422
    assert [(error["field"], error["rule"]) for error in reply.json["errors"]] == [(field, rule)]


def test_a_refused_password_is_named_with_its_rule(api: Api) -> None:
    token = api.token()
    for password, rule in (("short", "min_length"), ("p" * 257, "max_length"), ("password1234", "common")):
        reply = api(RESET, {"token": token, "password": password})
        assert (reply.status, reply.json["errors"][0]["rule"]) == (422, rule)
    assert api(RESET, {"token": token, "password": NEW}).status == 204


def test_a_network_asks_for_a_bounded_number_of_mails(api: Api) -> None:
    statuses = [api(FORGOT, {"email": f"{n}@example.com"}).status for n in range(21)]
    assert statuses == [202] * 20 + [429]
