"""Service accounts, and the keys that end with them."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from maas.adapters.access_tokens import SignedAccessTokens
from maas.domain.errors import InvalidInput, NotFound, PermissionDenied, Rule, Unauthenticated
from maas.domain.identity.accounts import Credentials, MemberKind, User
from maas.domain.identity.key_terms import KeyTerms
from maas.domain.identity.members import MemberChange, MemberFilter
from maas.domain.identity.principals import Principal, Role, Scope, possible_scopes
from maas.domain.identity.service_accounts import AccountTerms
from maas.domain.ids import new_id
from maas.security.cursors import Cursors
from maas.services.accounts import AccountService
from maas.services.api_keys import ApiKeyService, NewKey
from maas.services.members import MemberService
from maas.services.service_accounts import ServiceAccountService
from tests.fakes.api_keys import FakeApiKeys
from tests.fakes.identity import FakeIdentities, FakePasswords
from tests.fakes.members import FakeMembers
from tests.fakes.service_accounts import FakeServiceAccounts
from tests.support.signing_keys import keys_of

CI = AccountTerms(name="ci", roles=["viewer"])
READ = KeyTerms(name="nightly", scopes=["models:read"])


class _World:
    def __init__(self) -> None:
        self.identities = FakeIdentities()
        keys, cursors = FakeApiKeys(self.identities.keys), Cursors(keys_of("s" * 64))
        self.accounts = ServiceAccountService(FakeServiceAccounts(self.identities.users), keys, cursors)
        self.keys = ApiKeyService(keys, self.identities, cursors)
        self.members = MemberService(FakeMembers(self.identities), keys, cursors)
        self.admin, self.developer = self._member(Role.ADMIN), self._member(Role.DEVELOPER)

    def _member(self, role: Role) -> Principal:
        user = User(
            id=new_id(),
            tenant_id="acme",
            email=f"{role}@x.io",
            name="A",
            roles=frozenset({role}),
            created_at=datetime.now(UTC),
        )
        self.identities.users["acme", user.id] = user
        self.identities.by_email[user.email] = Credentials(tenant_id="acme", user_id=user.id, password_hash="hash")
        return Principal(user.id, "acme", user.roles, possible_scopes(user.roles), "session/1")

    def current(self, new: NewKey) -> Principal:
        """The caller that shows the key, with the rights that it has now."""
        accounts = AccountService(self.identities, FakePasswords(), SignedAccessTokens(keys_of("s" * 64)))
        return accounts.current(Principal(new.key.user_id, "acme", frozenset(), new.key.scopes, new.secret.credential))


@pytest.fixture
def world() -> _World:
    return _World()


def test_a_service_account_is_a_member_without_an_address(world: _World) -> None:
    account = world.accounts.create(world.admin, CI)
    assert (account.kind, account.email, account.name) == (MemberKind.SERVICE, "", "ci")
    assert account.roles == {Role.VIEWER}
    assert world.accounts.get(world.admin, account.id) == account
    assert world.accounts.page(world.admin, limit=9, cursor="").items == (account,)


def test_people_and_service_accounts_are_managed_apart(world: _World) -> None:
    account = world.accounts.create(world.admin, CI)
    people = world.members.page(world.admin, MemberFilter(), limit=9, cursor="").items
    assert {user.id for user in people} == {world.admin.subject, world.developer.subject}
    for attempt in (
        lambda: world.members.member(world.admin, account.id),
        lambda: world.members.change(world.admin, account.id, MemberChange(disabled=True)),
        lambda: world.members.remove(world.admin, account.id),
        lambda: world.accounts.get(world.admin, world.developer.subject),
        lambda: world.accounts.remove(world.admin, world.developer.subject),
        lambda: world.keys.create(world.admin, READ, world.developer.subject),
    ):
        with pytest.raises(NotFound):
            attempt()


def test_only_admins_manage_service_accounts_and_make_their_keys(world: _World) -> None:
    account = world.accounts.create(world.admin, CI)
    for attempt in (
        lambda: world.accounts.create(world.developer, CI),
        lambda: world.accounts.page(world.developer, limit=1, cursor=""),
        lambda: world.accounts.get(world.developer, account.id),
        lambda: world.accounts.change(world.developer, account.id, CI),
        lambda: world.accounts.remove(world.developer, account.id),
        lambda: world.keys.create(world.developer, READ, account.id),
    ):
        with pytest.raises(PermissionDenied):
            attempt()
    stranger = replace(world.admin, tenant_id="other")
    with pytest.raises(NotFound):
        world.accounts.get(stranger, account.id)


@pytest.mark.parametrize(
    ("terms", "field", "rule"),
    [
        ({"name": ""}, "name", Rule.MIN_LENGTH),
        ({"roles": []}, "roles", Rule.MIN_ITEMS),
        ({"roles": ["viewer", "king"]}, "roles[1]", Rule.ENUM),
    ],
)
def test_a_bad_value_is_named_with_its_rule(world: _World, terms: Mapping[str, Any], field: str, rule: Rule) -> None:
    account = world.accounts.create(world.admin, CI)
    attempts: list[Callable[[], User]] = [
        lambda: world.accounts.create(world.admin, replace(CI, **terms)),
        lambda: world.accounts.change(world.admin, account.id, AccountTerms(**terms)),
    ]
    for attempt in attempts:
        with pytest.raises(InvalidInput) as refused:
            attempt()
        assert (refused.value.fields[0].field, refused.value.fields[0].rule) == (field, rule)


def test_a_key_of_a_service_account_has_its_rights_alone(world: _World) -> None:
    account = world.accounts.create(world.admin, CI)
    new = world.keys.create(world.admin, READ, account.id)
    assert (new.key.user_id, new.key.created_by) == (account.id, world.admin.subject)
    assert world.current(new).tenant_scopes == {Scope.MODELS_READ}
    with pytest.raises(PermissionDenied):
        world.keys.create(world.admin, replace(READ, scopes=["users:admin"]), account.id)


def test_a_key_of_a_service_account_outlives_its_maker(world: _World) -> None:
    account = world.accounts.create(world.admin, CI)
    new = world.keys.create(world.admin, READ, account.id)
    del world.identities.users["acme", world.admin.subject]
    assert world.current(new).subject == account.id


def test_an_admin_rotates_a_key_of_a_service_account(world: _World) -> None:
    account = world.accounts.create(world.admin, CI)
    new = world.keys.create(world.admin, READ, account.id)
    rotated = world.keys.rotate(world.admin, new.key.id, 60)
    assert world.current(rotated).subject == world.current(new).subject == account.id
    with pytest.raises(NotFound):
        world.keys.rotate(world.developer, new.key.id, 60)


def test_a_disabled_service_account_can_do_nothing(world: _World) -> None:
    account = world.accounts.create(world.admin, CI)
    new = world.keys.create(world.admin, READ, account.id)
    world.accounts.change(world.admin, account.id, AccountTerms(disabled=True))
    with pytest.raises(Unauthenticated):
        world.current(new)
    world.accounts.change(world.admin, account.id, AccountTerms(disabled=False, roles=["member"]))
    assert world.current(new).tenant_scopes == frozenset()


def test_a_deleted_service_account_takes_its_keys_along(world: _World) -> None:
    account = world.accounts.create(world.admin, CI)
    made = [world.keys.create(world.admin, READ, account.id) for _ in range(3)]
    mine = world.keys.create(world.admin, READ)
    world.accounts.remove(world.admin, account.id)
    assert list(world.identities.keys) == [mine.key.id]
    with pytest.raises(Unauthenticated):
        world.current(made[0])
    with pytest.raises(NotFound):
        world.accounts.remove(world.admin, account.id)


def test_a_deleted_person_takes_the_own_keys_along(world: _World) -> None:
    account = world.accounts.create(world.admin, CI)
    kept = world.keys.create(world.admin, READ, account.id)
    gone = world.keys.create(world.developer, READ)
    world.members.remove(world.admin, world.developer.subject)
    assert list(world.identities.keys) == [kept.key.id]
    with pytest.raises(Unauthenticated):
        world.current(gone)


def test_a_list_goes_on_behind_its_cursor(world: _World) -> None:
    made = {world.accounts.create(world.admin, CI).id for _ in range(3)}
    first = world.accounts.page(world.admin, limit=2, cursor="")
    second = world.accounts.page(world.admin, limit=2, cursor=first.next_cursor)
    assert {each.id for each in first.items + second.items} == made
    assert second.next_cursor == ""
