"""Failed sign-ins, refusals and new networks of keys leave events of `maas.access` in the identity table."""

import json
from collections import Counter
from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest

from maas.adapters.aws.identity.observation_log import DynamoObservations
from maas.adapters.aws.identity.shown_keys import ShownKeys
from maas.adapters.aws.identity.table import IdentityTable
from maas.domain.errors import Unavailable
from maas.domain.identity.accounts import User
from maas.domain.identity.actors import Actor
from maas.domain.identity.api_keys import KeySecret
from maas.domain.identity.credentials import SESSION, credential_of
from maas.domain.identity.observations import access_refused
from maas.domain.identity.principals import Principal, Role, possible_scopes
from maas.domain.ids import new_id
from maas.wire.identity.keys import key_item
from tests.support.api_keys import a_key
from tests.support.aws import Aws
from tests.support.captured_logs import logged
from tests.support.http_gateway import CONTEXT, Gateway, event, invoke
from tests.support.identity_stores import NOW, IdentityStore, in_table

PASSWORD = "correct horse battery"
LOGIN = "/api/v1/auth/login"


class World:
    """The auth function, and the observations in its table."""

    def __init__(self, aws: Aws) -> None:
        self.name = aws.application.functions["AuthFunction"].environment["MAAS_IDENTITY_TABLE"]
        self.endpoint = aws.endpoint
        self.table = IdentityTable(self.name, aws.endpoint)
        self.people: IdentityStore = in_table(aws.endpoint, self.name)
        self.app: ModuleType = aws.load("AuthFunction")

    def observed(self, tenant_id: str) -> list[dict[str, Any]]:
        """The observations of an organization; those of none are never published."""
        self.app.observations.settle(10)
        items = self.table.query(f"EVENTS#{tenant_id}", begins_with="EVENT#" if tenant_id else "NOBODY#")
        return [each for item in items if item["source"] == "maas.access" for each in json.loads(item["events"])]

    def registered(self) -> tuple[str, dict[str, Any]]:
        """A new account: its address and profile."""
        email = f"{new_id()}@example.com"
        reply = Gateway(self.app.handler, None)("POST", "/api/v1/auth/register", {"email": email, "password": PASSWORD})
        assert reply.status == 201
        return email, reply.json

    def login(self, email: str, password: str = "another horse battery") -> int:
        return Gateway(self.app.handler, None)("POST", LOGIN, {"email": email, "password": password}).status


@pytest.fixture
def world(aws: Aws) -> World:
    return World(aws)


def signed_in(user: User, world: World) -> Principal:
    session = world.people.session(user)
    scopes = possible_scopes(user.roles)
    return Principal(user.id, user.tenant_id, user.roles, scopes, credential_of(SESSION, session.id))


def test_a_failed_sign_in_to_an_account_is_observed_once_a_minute(world: World) -> None:
    email, profile = world.registered()
    assert [world.login(email), world.login(email.upper())] == [401, 401]
    [failed] = world.observed(profile["tenant_id"])
    assert (failed["type"], failed["object"]) == ("SignInFailed", f"user/{profile['id']}")
    assert (failed["subject"], failed["credential"], failed["address"]) == ("anonymous", None, "127.0.0.1")
    assert failed["request_id"] == "gateway-request-id"
    assert "horse" not in json.dumps(failed)


def test_a_failed_sign_in_costs_the_same_for_every_address(world: World) -> None:
    email, _ = world.registered()
    done = Counter[str]()
    client = world.app.observations._log._client
    client.meta.events.register("before-call.dynamodb", lambda model, **_: done.update([model.name]))
    for address in (email, f"{new_id()}@example.com"):
        done.clear()
        assert world.login(address) == 401
        world.app.observations.settle(10)
        assert done == {"PutItem": 1}
    assert world.observed("")[-1]["object"] == "user/"


def test_a_locked_account_is_observed_beside_its_failures(world: World) -> None:
    email, profile = world.registered()
    assert [world.login(email) for _ in range(12)] == [401] * 10 + [429] * 2
    failed = sorted(world.observed(profile["tenant_id"]), key=lambda each: str(each["id"]))
    assert [each["after"]["reason"] for each in failed] == ["wrong_credentials", "rate_limited"]
    assert {(each["type"], each["object"]) for each in failed} == {("SignInFailed", f"user/{profile['id']}")}


def test_a_right_password_is_no_failure(world: World) -> None:
    email, profile = world.registered()
    assert world.login(email, PASSWORD) == 200
    assert world.observed(profile["tenant_id"]) == []


def test_a_refused_right_names_route_object_and_credential(world: World) -> None:
    admin = world.people.founder()
    viewer = signed_in(world.people.colleague(admin, Role.VIEWER), world)
    request = event("DELETE", f"/api/v1/users/{admin.id}", body=None, headers={}, by=viewer)
    request["headers"]["x-forwarded-for"] = "198.51.100.1"
    request |= {"routeKey": "DELETE /api/v1/users/{user_id}", "pathParameters": {"user_id": admin.id}}
    request["requestContext"]["http"]["sourceIp"] = "203.0.113.9"
    assert [invoke(world.app.handler, request).status for _ in range(2)] == [403, 403]
    [refused] = world.observed(admin.tenant_id)
    assert (refused["type"], refused["object"]) == ("AccessRefused", f"user/{admin.id}")
    assert (refused["subject"], refused["credential"]) == (viewer.subject, viewer.credential)
    assert refused["address"] == "203.0.113.9"
    assert refused["after"]["action"] == "DELETE /api/v1/users/{user_id}"


@pytest.mark.parametrize("text", ["\x00" * 5_000, "a password by mistake", ""])
def test_a_path_that_names_no_record_is_about_the_organization(world: World, text: str) -> None:
    admin = world.people.founder()
    viewer = signed_in(world.people.colleague(admin, Role.VIEWER), world)
    request = event("DELETE", "/api/v1/users/%00", body=None, headers={}, by=viewer)
    request["pathParameters"] = {"user_id": text}
    assert invoke(world.app.handler, request).status == 403
    [refused] = world.observed(admin.tenant_id)
    assert refused["object"] == f"organization/{admin.tenant_id}"


def test_a_request_that_is_allowed_or_has_no_caller_is_not_observed(world: World) -> None:
    admin = world.people.founder()
    assert Gateway(world.app.handler, signed_in(admin, world))("GET", "/api/v1/users/me/sessions").status == 200
    assert Gateway(world.app.handler, None)("GET", "/api/v1/users").status == 401
    assert world.observed(admin.tenant_id) == []


def test_an_observation_that_can_t_be_stored_changes_no_answer(world: World) -> None:
    admin = world.people.founder()
    world.app.observations._log = DynamoObservations(world.name, "http://127.0.0.1:9")
    viewer = signed_in(world.people.colleague(admin, Role.VIEWER), world)
    with logged() as log:
        assert Gateway(world.app.handler, viewer)("GET", "/api/v1/users").status == 403
        world.app.observations.settle(20)
    assert "an observation is lost" in log()


def test_a_table_that_does_not_answer_raises() -> None:
    refused = access_refused("t", "organization/t", "GET /", "no right", Actor("a"), NOW)
    with pytest.raises(Unavailable):
        DynamoObservations("table", "http://127.0.0.1:9").append(refused)


def test_a_new_network_of_a_key_is_an_event_with_the_note_of_its_use(world: World) -> None:
    admin, secret = world.people.founder(), KeySecret.fresh()
    key = replace(a_key(admin, secret=secret), last_used_at=NOW, last_used_from="203.0.113.1")
    world.table.dynamo.put(key_item(key))
    moments = iter([NOW, NOW, NOW])
    shown = ShownKeys(world.name, world.endpoint, lambda: next(moments))
    for address in ("203.0.113.200", "198.51.100.7", "198.51.100.8"):
        assert shown.accepted(secret, address, "gateway-request").id == key.id
    [used] = world.observed(admin.tenant_id)
    assert (used["type"], used["object"], used["subject"]) == ("KeyUsedFromNewNetwork", f"key/{key.id}", admin.id)
    assert (used["address"], used["request_id"]) == ("198.51.100.7", "gateway-request")
    assert (used["before"], used["after"]) == ({"network": "203.0.113.0/24"}, {"network": "198.51.100.0/24"})
    stored = world.people.identities.key(key.id)
    assert stored is not None
    assert stored.last_used_from == "198.51.100.7"


def test_a_network_behind_the_authorizer_s_cache_is_observed(world: World, aws: Aws) -> None:
    admin, secret = world.people.founder(), KeySecret.fresh()
    world.table.dynamo.put(key_item(a_key(admin, secret=secret)))
    request = event("GET", "/api/v1/users/me", body=None, headers={"authorization": f"Bearer {secret}"}, by=None)
    cached = aws.load("AuthorizerFunction").handler(request, CONTEXT)["context"]
    request["requestContext"]["authorizer"] = {"lambda": cached}
    for address in ("127.0.0.2", "198.51.100.7", "127.0.0.1", "198.51.100.8"):
        request["requestContext"]["http"]["sourceIp"] = address
        assert invoke(world.app.handler, request).status in {200, 403}
    first, thief = sorted(world.observed(admin.tenant_id), key=lambda each: str(each["id"]))
    assert (first["type"], first["address"], first["before"]) == ("KeyUsedFromNewNetwork", "127.0.0.1", None)
    assert (thief["type"], thief["address"], thief["object"]) == (first["type"], "198.51.100.7", f"key/{secret.key_id}")
    assert (thief["before"], thief["after"]) == ({"network": "127.0.0.0/24"}, {"network": "198.51.100.0/24"})


def test_a_refused_credential_is_no_use_of_a_key(world: World) -> None:
    admin, secret = world.people.founder(), KeySecret.fresh()
    by = Principal(admin.id, admin.tenant_id, frozenset(), frozenset(), secret.credential)
    request = event("GET", "/api/v1/users", body=None, headers={}, by=by)
    request["requestContext"]["authorizer"]["lambda"]["used_from"] = "192.0.2.0/24"
    assert invoke(world.app.handler, request).status == 401
    assert world.observed(admin.tenant_id) == []


def test_of_two_processes_one_tells_of_a_new_network(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    admin, secret = world.people.founder(), KeySecret.fresh()
    key = replace(a_key(admin, secret=secret), last_used_at=NOW, last_used_from="203.0.113.1")
    world.table.dynamo.put(key_item(key))
    first, second = (ShownKeys(world.name, world.endpoint, lambda: NOW) for _ in range(2))
    read = second._key(key.id)
    first.accepted(secret, "198.51.100.7")
    monkeypatch.setattr(second, "_key", lambda _key_id: read)
    with logged() as log:
        second.accepted(secret, "198.51.100.7")
    assert log() == ""
    assert len(world.observed(admin.tenant_id)) == 1
