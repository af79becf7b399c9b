"""A request of the auth function reads the record of its caller once, and shows what it has changed itself."""

from collections import Counter

import pytest

from maas.adapters.access_tokens import SignedAccessTokens
from maas.domain.identity.accounts import User
from maas.domain.identity.principals import Principal, Role, Scope
from maas.entrypoints.http import create_app, lambda_handler
from maas.security.cursors import Cursors
from maas.services.accounts import AccountService
from maas.services.api_keys import ApiKeyService
from maas.services.joining import JoinService
from maas.services.own_accounts import OwnAccountService
from maas.web.routes.api_keys import api_keys_routes
from maas.web.routes.own_accounts import own_accounts_routes
from tests.fakes.api_keys import FakeApiKeys
from tests.fakes.identity import FakeIdentities, FakePasswords
from tests.support.admission import admission_in_memory
from tests.support.http_gateway import Gateway
from tests.support.identity_stores import in_memory
from tests.support.signing_keys import keys_of

ME = "/api/v1/users/me"


class World:
    """A founder's requests, and the members that they read."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        people, keys = in_memory(), keys_of("s" * 64)
        accounts = AccountService(people.identities, FakePasswords(), SignedAccessTokens(keys))
        cursors = Cursors(keys, rereads=True)
        own = OwnAccountService(people.own, people.identities, FakePasswords(), cursors)
        joining = JoinService(people.invitations, people.identities, FakePasswords())
        assert isinstance(people.identities, FakeIdentities)
        stored = FakeApiKeys(people.identities.keys)
        app = create_app(
            own_accounts_routes(own, accounts, joining, admission_in_memory()),
            api_keys_routes(ApiKeyService(stored, people.identities, cursors)),
            title="auth",
            current=accounts.current,
        )
        user = accounts.register(email="ada@example.com", password="correct horse battery").user
        by = Principal(user.id, user.tenant_id, user.roles, frozenset())
        self.call, self.reads = Gateway(lambda_handler(app), by), Counter[str]()
        original = people.identities.user

        def counted(tenant_id: str, user_id: str) -> User | None:
            self.reads[user_id] += 1
            return original(tenant_id, user_id)

        patch.setattr(people.identities, "user", counted)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    return World(monkeypatch)


@pytest.mark.parametrize("path", [ME, f"{ME}/sessions", f"{ME}/organizations"])
def test_a_read_looks_its_caller_up_once(world: World, path: str) -> None:
    assert world.call("GET", path).status == 200
    assert set(world.reads.values()) == {1}


def test_a_change_of_the_caller_is_read_again(world: World) -> None:
    changed = world.call("PATCH", ME, {"name": "Grace"})
    assert (changed.status, changed.json["name"]) == (200, "Grace")
    assert set(world.reads.values()) == {2}
    assert world.call("GET", ME).json["name"] == "Grace"


def test_each_request_looks_its_caller_up_anew(world: World) -> None:
    assert world.call.by
    for _ in range(2):
        world.call("GET", ME)
    assert world.reads == {world.call.by.subject: 2}


def test_a_new_key_of_the_caller_needs_no_further_read(world: World) -> None:
    by = world.call.by
    assert by
    world.call.by = Principal(by.subject, by.tenant_id, frozenset({Role.ADMIN}), frozenset(Scope))
    made = world.call("POST", "/api/v1/api-keys", {"name": "ci", "scopes": ["models:read"]})
    assert made.status == 201, made.text
    assert set(world.reads.values()) == {1}
