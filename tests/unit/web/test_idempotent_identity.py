"""Keyed requests for API keys, invitations and service accounts have one record, and show a secret for ten minutes."""

from datetime import timedelta
from typing import Any

import pytest

from maas.domain.errors import Unavailable
from maas.domain.idempotency import SECRET_SHOWN, KeyRecord
from maas.domain.identity.accounts import User
from maas.domain.identity.api_keys import KeySecret
from maas.domain.identity.principals import Principal, Role, possible_scopes
from maas.domain.ids import new_id
from maas.entrypoints.http import create_app, lambda_handler
from maas.security.cursors import Cursors
from maas.security.sealed_answers import AnswerSealer
from maas.services.api_keys import ApiKeyService
from maas.services.idempotency import IdempotencyService, allowed_in_tenant
from maas.services.invitations import InvitationService
from maas.services.service_accounts import ServiceAccountService
from maas.web.idempotency import Idempotency
from maas.web.routes.api_keys import api_keys_routes
from maas.web.routes.invitations import invitations_routes
from maas.web.routes.service_accounts import service_accounts_routes
from tests.fakes.api_keys import FakeApiKeys
from tests.fakes.identity import FakeIdentities
from tests.fakes.invitations import FakeInvitations
from tests.fakes.key_records import FakeKeyRecords
from tests.fakes.members import FakeMembers
from tests.fakes.service_accounts import FakeServiceAccounts
from tests.support.http_gateway import Gateway, Reply
from tests.support.keyed_requests import Clock
from tests.support.mail_services import invitation_mails
from tests.support.signing_keys import keys_of

BODIES: dict[str, Any] = {
    "api-keys": {"name": "ci", "scopes": ["models:read"]},
    "users/invitations": {"email": "grace@example.com", "roles": ["viewer"]},
    "service-accounts": {"name": "ci", "roles": ["viewer"]},
}
SECRETS = {"api-keys": "key", "users/invitations": "token"}
resources = pytest.mark.parametrize("resource", BODIES)
with_secret = pytest.mark.parametrize("resource", SECRETS)


class Records(FakeKeyRecords):
    """Loses answers while it is told to, as if the function was killed before it could keep them."""

    loses = False

    def replace(self, before: KeyRecord, after: KeyRecord) -> bool:
        if self.loses and after.answer:
            raise Unavailable("killed")
        return super().replace(before, after)


class World:
    def __init__(self) -> None:
        self.identities, self.records, self.clock = FakeIdentities(), Records(), Clock()
        keys, cursors = FakeApiKeys(self.identities.keys), Cursors(keys_of("s" * 64), rereads=True)
        kept = IdempotencyService(self.records, AnswerSealer(keys_of("s" * 64)), self.clock)
        app = create_app(
            api_keys_routes(ApiKeyService(keys, self.identities, cursors)),
            invitations_routes(
                InvitationService(
                    FakeInvitations(self.identities),
                    FakeMembers(self.identities),
                    invitation_mails(self.identities),
                    cursors,
                )
            ),
            service_accounts_routes(ServiceAccountService(FakeServiceAccounts(self.identities.users), keys, cursors)),
            title="auth",
            idempotency=Idempotency(kept, allowed_in_tenant),
        )
        self.api = Gateway(lambda_handler(app), self.member(Role.ADMIN))

    def member(self, role: Role) -> Principal:
        user = User(
            id=new_id(),
            tenant_id="acme",
            email="a@x.io",
            name="A",
            roles=frozenset({role}),
            created_at=self.clock.now,
        )
        self.identities.users["acme", user.id] = user
        return Principal(user.id, "acme", user.roles, possible_scopes(user.roles))

    def post(self, resource: str) -> Reply:
        return self.api("POST", f"/api/v1/{resource}", BODIES[resource], headers={"idempotency-key": "k"})

    def rotate(self, key_id: str, idempotency_key: str = "r") -> Reply:
        return self.api("POST", f"/api/v1/api-keys/{key_id}/rotate", headers={"idempotency-key": idempotency_key})

    def listed(self, resource: str) -> list[Any]:
        items: list[Any] = self.api("GET", f"/api/v1/{resource}").json["items"]
        return items


@pytest.fixture
def world() -> World:
    return World()


@resources
def test_a_repeat_gets_the_first_answer_and_makes_nothing(world: World, resource: str) -> None:
    first, again = world.post(resource), world.post(resource)
    assert (first.status, again.status, again.text) == (201, 201, first.text)
    assert again.headers["idempotency-replayed"] == "true"
    assert again.headers.get("cache-control") == first.headers.get("cache-control")
    assert len(world.listed(resource)) == 1


@resources
def test_a_repeat_after_a_kill_finds_what_was_made(world: World, resource: str) -> None:
    world.records.loses = True
    first = world.post(resource)
    assert world.post(resource).json["code"] == "in_progress"
    world.records.loses = False
    world.clock.now += timedelta(seconds=30)
    second, third = world.post(resource), world.post(resource)
    assert (second.status, second.json["id"]) == (201, first.json["id"])
    assert third.text == second.text
    assert len(world.listed(resource)) == 1


def test_only_the_secret_that_was_shown_after_a_kill_is_good(world: World) -> None:
    world.records.loses = True
    lost = KeySecret.parse(world.post("api-keys").json["key"])
    world.records.loses = False
    world.clock.now += timedelta(seconds=30)
    shown = KeySecret.parse(world.post("api-keys").json["key"])
    assert lost
    assert shown
    key = world.identities.keys[shown.key_id]
    assert (lost.key_id, key.digest) == (shown.key_id, shown.digest)
    assert not key.accepts(lost, world.clock.now + timedelta(days=1))


def test_a_repeated_rotation_is_one_rotation(world: World) -> None:
    old = KeySecret.parse(world.post("api-keys").json["key"])
    assert old
    first, again = world.rotate(old.key_id), world.rotate(old.key_id)
    assert (first.status, again.status, again.text) == (200, 200, first.text)
    assert world.identities.keys[old.key_id].accepts(old, world.clock.now)
    world.clock.now += SECRET_SHOWN
    assert world.rotate(old.key_id).json["omitted"] == ["key"]


def test_a_rotation_after_a_kill_keeps_the_grace_of_the_secret_before(world: World) -> None:
    old = KeySecret.parse(world.post("api-keys").json["key"])
    assert old
    world.records.loses = True
    lost = KeySecret.parse(world.rotate(old.key_id).json["key"])
    world.records.loses = False
    world.clock.now += timedelta(seconds=30)
    shown = KeySecret.parse(world.rotate(old.key_id).json["key"])
    assert lost
    assert shown
    accepts = world.identities.keys[old.key_id].accepts
    assert [accepts(secret, world.clock.now) for secret in (old, lost, shown)] == [True, False, True]


def test_a_repeat_is_refused_once_another_rotation_came_after_its_own(world: World) -> None:
    key_id = world.post("api-keys").json["id"]
    world.records.loses = True
    world.rotate(key_id)
    world.records.loses = False
    other = world.rotate(key_id, "another").json["key"]
    world.clock.now += timedelta(seconds=30)
    refused = world.rotate(key_id)
    assert (refused.status, refused.json["errors"][0]["field"]) == (409, "key_id")
    secret = KeySecret.parse(other)
    assert secret
    assert world.identities.keys[key_id].digest == secret.digest


@with_secret
def test_a_secret_is_left_out_after_ten_minutes(world: World, resource: str) -> None:
    name, first = SECRETS[resource], world.post(resource)
    world.clock.now += SECRET_SHOWN
    again = world.post(resource)
    assert again.status == 201
    assert again.json == {**{k: v for k, v in first.json.items() if k != name}, "omitted": [name]}


@with_secret
def test_a_secret_is_not_stored_in_clear(world: World, resource: str) -> None:
    secret = world.post(resource).json[SECRETS[resource]].encode()
    [record] = world.records.records.values()
    assert record.answer
    assert record.public_answer
    assert secret not in record.answer + record.public_answer


@with_secret
def test_who_is_no_admin_any_more_gets_no_secret(world: World, resource: str) -> None:
    world.post(resource)
    by = world.api.by
    assert by is not None
    world.api.by = Principal(by.subject, by.tenant_id, frozenset({Role.VIEWER}), by.scopes)
    assert world.post(resource).status == 403
