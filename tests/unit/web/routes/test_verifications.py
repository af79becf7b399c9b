"""Verified addresses over HTTP, on accounts and a mail server in memory."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from maas.adapters.access_tokens import SignedAccessTokens
from maas.domain.identity.principals import Principal, Role, scopes_of
from maas.domain.identity.registration import Registration
from maas.entrypoints.http import create_app, lambda_handler
from maas.security.cursors import Cursors
from maas.services.accounts import AccountService
from maas.services.invitations import InvitationService
from maas.services.joining import JoinService
from maas.web.routes.auth import PUBLIC, auth_routes
from maas.web.routes.invitations import invitations_routes
from maas.web.routes.verifications import verifications_routes
from tests.fakes.identity import FakePasswords
from tests.fakes.mail import FakeMailer
from tests.support.admission import admission_in_memory
from tests.support.http_gateway import Gateway, Reply, first_error
from tests.support.identity_stores import in_memory
from tests.support.mail_services import invitation_mails, registration_service, verification_service
from tests.support.signing_keys import keys_of
from tests.support.waiting import until

REGISTER, LOGIN = "/api/v1/auth/register", "/api/v1/auth/login"
REQUEST, VERIFY = "/api/v1/auth/email/verification", "/api/v1/auth/email/verify"
INVITATIONS = "/api/v1/users/invitations"
ADA = {"email": "ada@example.com", "password": "correct horse battery"}
NOBODY = {**ADA, "email": "nobody@example.com"}
VARYING = {"x-request-id", "traceparent"}


@dataclass
class Api:
    gateway: Gateway
    mailer: FakeMailer = field(default_factory=FakeMailer)

    def __call__(self, path: str, body: Any) -> Reply:
        return self.gateway("POST", path, body)

    def token(self, mails: int = 1) -> str:
        """The token of the last of so many mails."""
        until(lambda: len(self.mailer.sent) == mails, 5)
        return next(line for line in self.mailer.sent[-1].text.splitlines() if "." in line and " " not in line)

    def as_admin(self, path: str, body: Any) -> Reply:
        by = Principal("ada", "acme", frozenset({Role.ADMIN}), scopes_of([Role.ADMIN]))
        return Gateway(self.gateway.handler, by)("POST", path, body)


def _api(registration: Registration) -> Api:
    people, passwords, mailer = in_memory(), FakePasswords(), FakeMailer()
    keys = keys_of("s" * 64)
    tokens = SignedAccessTokens(keys)
    accounts = AccountService(people.identities, passwords, tokens)
    joining = JoinService(people.invitations, people.identities, passwords)
    registrations = registration_service(accounts, people, mailer, registration)
    admission, mails = admission_in_memory(registration), invitation_mails(people.identities, mailer)
    app = create_app(
        auth_routes(accounts, registrations, joining, admission, tokens.public_keys),
        verifications_routes(verification_service(people, mailer, registration), admission),
        invitations_routes(InvitationService(people.invitations, people.members, mails, Cursors(keys, rereads=True))),
        title="auth",
        public=PUBLIC,
    )
    return Api(Gateway(lambda_handler(app), None), mailer)


@pytest.fixture
def api() -> Api:
    """Ada has registered, and has got a mail."""
    found = _api(Registration.OPEN)
    assert found(REGISTER, ADA).json["email_verified"] is False
    return found


@pytest.fixture
def strict() -> Api:
    """Ada has registered with the token of a mail."""
    found = _api(Registration.VERIFIED)
    assert found(REGISTER, ADA).status == 202
    reply = found(REGISTER, {**ADA, "verification": found.token()})
    assert (reply.status, reply.json["email_verified"]) == (201, True)
    return found


def test_token_and_password_verify_an_address(api: Api) -> None:
    reply = api(VERIFY, {"token": api.token(), "password": ADA["password"]})
    assert (reply.status, reply.text) == (204, "")


def test_a_wrong_password_is_401_and_counts_as_a_failed_sign_in(api: Api) -> None:
    body = {"token": api.token(), "password": "incorrect horse battery"}
    assert [api(VERIFY, body).status for _ in range(11)] == [401] * 10 + [429]
    assert api(LOGIN, ADA).json["limit"] == "sign_in_account_network"


def test_known_and_unknown_addresses_register_with_equal_answers(strict: Api) -> None:
    known, unknown = strict(REGISTER, ADA), strict(REGISTER, NOBODY)
    assert (known.status, known.json) == (unknown.status, unknown.json) == (202, {"status": "accepted"})
    assert _headers(known) == _headers(unknown)


def test_a_request_for_a_mail_is_answered_equally(strict: Api) -> None:
    known, unknown = (strict(REQUEST, {"email": each["email"]}) for each in (ADA, NOBODY))
    assert (known.status, known.json) == (unknown.status, unknown.json) == (202, {"status": "accepted"})
    assert _headers(known) == _headers(unknown)


def test_an_address_without_a_proof_can_t_log_in(strict: Api) -> None:
    """An unknown address does not differ from a known one with another password."""
    strict(REGISTER, NOBODY)
    strict(REGISTER, {**ADA, "password": "another horse battery"})
    replies = [strict(LOGIN, NOBODY), strict(LOGIN, {**ADA, "password": "another horse battery"})]
    assert [(reply.status, reply.json["code"]) for reply in replies] == [(401, "invalid_credentials")] * 2


def test_requests_for_mails_count_as_registrations_of_the_network(api: Api) -> None:
    assert [api(REQUEST, {"email": f"{n}@example.com"}).status for n in range(20)] == [202] * 19 + [429]
    reply = api(REGISTER, NOBODY)
    assert (reply.status, reply.json["limit"]) == (429, "registration_network")


def test_without_a_mail_server_every_address_is_503(strict: Api) -> None:
    strict.mailer.is_down = True
    replies = [strict(path, {"email": each["email"]}) for path in (REQUEST,) for each in (ADA, NOBODY)]
    replies += [strict(REGISTER, each) for each in (ADA, NOBODY)]
    replies.append(strict.as_admin(INVITATIONS, {"email": "grace@example.com", "roles": ["viewer"]}))
    assert [(each.status, each.json["detail"]) for each in replies] == [
        (503, "mail can't be sent just now; try again")
    ] * 5
    assert strict(LOGIN, ADA).status == 200


def test_a_mailed_invitation_is_answered_without_its_token(api: Api) -> None:
    reply = api.as_admin(INVITATIONS, {"email": "grace@example.com", "roles": ["viewer"]})
    assert (reply.status, reply.json["mailed"], reply.json["token"]) == (201, True, None)
    token = api.token(mails=2)
    assert token.rpartition(".")[2] not in reply.text


@pytest.mark.parametrize(
    ("path", "body", "field", "rule"),
    [
        (REQUEST, {}, "email", "required"),
        (REQUEST, {"email": 1}, "email", "type"),
        (REQUEST, {"email": "ada"}, "email", "email"),
        (REQUEST, {"email": "\u200bada@example.com"}, "email", "invisible"),
        (REQUEST, {"email": "ada@example.com", "password": "x"}, "password", "unknown"),
        (VERIFY, {"password": "x"}, "token", "required"),
        (VERIFY, {"token": "x"}, "password", "required"),
        (VERIFY, {"token": "x", "password": "x"}, "token", "exists"),
        (VERIFY, {"token": "\u00e4" * 9000, "password": "x"}, "token", "exists"),
        (VERIFY, {"token": None, "password": "x"}, "token", "not_null"),
        (REGISTER, {**ADA, "verification": "x"}, "verification", "exists"),
        (REGISTER, {**ADA, "verification": 1}, "verification", "type"),
        (REGISTER, {**ADA, "verification": "x", "invitation": "x"}, "verification", "exclusive"),
    ],
)
def test_a_bad_field_is_named_with_its_rule(api: Api, path: str, body: Any, field: str, rule: str) -> None:
    assert first_error(api(path, body)) == (422, field, rule)


def test_an_overlong_password_is_named(api: Api) -> None:
    reply = api(VERIFY, {"token": api.token(), "password": "p" * 257})
    assert first_error(reply) == (422, "password", "max_length")


def _headers(reply: Reply) -> dict[str, str]:
    return {name: value for name, value in reply.headers.items() if name not in VARYING}
