"""API keys over HTTP, with records in memory."""

from datetime import UTC, datetime
from typing import Any

import pytest

from maas.domain.identity.accounts import User
from maas.domain.identity.api_keys import KeySecret
from maas.domain.identity.principals import Role
from maas.domain.ids import new_id
from maas.entrypoints.http import create_app, lambda_handler
from maas.security.cursors import Cursors
from maas.services.api_keys import ApiKeyService
from maas.web.routes.api_keys import api_keys_routes
from tests.fakes.api_keys import FakeApiKeys
from tests.fakes.identity import FakeIdentities
from tests.support.http_gateway import Gateway, first_error, person
from tests.support.signing_keys import keys_of

KEYS = "/api/v1/api-keys"
READ = {"name": "ci", "scopes": ["models:read"]}


@pytest.fixture
def api() -> Gateway:
    identities = FakeIdentities()
    roles = frozenset({Role.DEVELOPER})
    identities.users["acme", "ada"] = User(
        id="ada", tenant_id="acme", email="a@x.io", name="A", roles=roles, created_at=datetime.now(UTC)
    )
    service = ApiKeyService(FakeApiKeys(identities.keys), identities, Cursors(keys_of("s" * 64)))
    return Gateway(lambda_handler(create_app(api_keys_routes(service), title="auth")))


def _made(api: Gateway, **fields: Any) -> Any:
    reply = api("POST", KEYS, {**READ, **fields})
    assert reply.status == 201, reply.text
    return reply.json


def test_a_new_key_is_answered_with_its_text_once(api: Gateway) -> None:
    model = new_id()
    reply = api("POST", KEYS, {**READ, "models": {model: "^1"}, "networks": ["192.0.2.7"]})
    assert reply.status == 201
    assert reply.headers["cache-control"] == "no-store"
    made = reply.json
    assert reply.headers["location"] == f"{KEYS}/{made['id']}"
    secret = KeySecret.parse(made.pop("key"))
    assert secret is not None
    assert secret.key_id == made["id"]
    assert made == {
        "id": made["id"],
        "name": "ci",
        "owner_id": "ada",
        "scopes": ["models:read"],
        "models": {model: "^1"},
        "networks": ["192.0.2.7/32"],
        "created_by": "ada",
        "created_at": made["created_at"],
        "expires_at": None,
        "previous_until": None,
        "last_used_at": None,
        "last_used_from": None,
    }
    assert api("GET", f"{KEYS}/{made['id']}").json == made
    assert api("GET", KEYS).json == {"items": [made], "next_cursor": None}
    assert secret.secret not in api("GET", KEYS).text


def test_the_pages_of_a_list_are_linked(api: Gateway) -> None:
    ids = {_made(api)["id"] for _ in range(3)}
    first = api("GET", f"{KEYS}?limit=2")
    assert first.headers["link"].endswith('; rel="next"')
    second = api("GET", f"{KEYS}?limit=2&cursor={first.json['next_cursor']}")
    assert {item["id"] for item in first.json["items"] + second.json["items"]} == ids
    assert second.json["next_cursor"] is None


def test_a_patch_changes_what_it_names(api: Gateway) -> None:
    made = _made(api)
    reply = api("PATCH", f"{KEYS}/{made['id']}", {"name": "cd", "expires_at": "2999-01-01T00:00:00Z"})
    assert reply.status == 200
    assert (reply.json["name"], reply.json["scopes"]) == ("cd", ["models:read"])
    assert reply.json["expires_at"] == "2999-01-01T00:00:00Z"
    assert "key" not in reply.json


def test_a_rotation_without_a_body_has_a_grace_of_a_day(api: Gateway) -> None:
    made = _made(api)
    reply = api("POST", f"{KEYS}/{made['id']}/rotate")
    assert (reply.status, reply.headers["cache-control"]) == (200, "no-store")
    assert reply.json["key"] != made["key"]
    ends = datetime.fromisoformat(reply.json["previous_until"])
    assert 86_000 < (ends - datetime.now(UTC)).total_seconds() <= 86_400
    at_once = api("POST", f"{KEYS}/{made['id']}/rotate", {"grace_seconds": 0})
    assert datetime.fromisoformat(at_once.json["previous_until"]) <= datetime.now(UTC)


def test_a_deleted_key_is_gone(api: Gateway) -> None:
    path = f"{KEYS}/{_made(api)['id']}"
    assert api("DELETE", path).status == 204
    for method in ("GET", "DELETE", "PATCH"):
        reply = api(method, path, {} if method == "PATCH" else None)
        assert first_error(reply) == (404, "key_id", "exists")


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({}, (422, "name", "required")),
        ({"name": "ci"}, (422, "scopes", "required")),
        ({**READ, "scopes": "models:read"}, (422, "scopes", "type")),
        ({**READ, "scopes": [1]}, (422, "scopes[0]", "type")),
        ({**READ, "models": None}, (422, "models", "not_null")),
        ({**READ, "models": {"x": None}}, (422, "models.x", "type")),
        ({**READ, "networks": ["x"]}, (422, "networks[0]", "network")),
        ({**READ, "owner_id": "bob"}, (422, "owner_id", "unknown")),
        ({**READ, "scopes": ["users:admin"]}, (403, "scopes", "required")),
    ],
)
def test_a_bad_body_is_refused_with_its_field(api: Gateway, body: Any, error: tuple[int, str, str]) -> None:
    assert first_error(api("POST", KEYS, body)) == error


@pytest.mark.parametrize("grace", [-1, 604_801, 1.5, "1"])
def test_a_bad_grace_is_refused(api: Gateway, grace: object) -> None:
    path = f"{KEYS}/{_made(api)['id']}/rotate"
    status, field, _ = first_error(api("POST", path, {"grace_seconds": grace}))
    assert (status, field) == (422, "grace_seconds")


def test_a_viewer_manages_no_keys(api: Gateway) -> None:
    viewer = Gateway(api.handler, person(Role.VIEWER))
    assert first_error(viewer("POST", KEYS, READ)) == (403, "scope", "required")
