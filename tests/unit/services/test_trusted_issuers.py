"""Trusted issuers: who may make and widen them, and what their values may be."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from maas.domain.errors import InvalidInput, NotFound, PermissionDenied, Rule
from maas.domain.identity.accounts import MemberKind, User
from maas.domain.identity.api_keys import ApiKey
from maas.domain.identity.issuer_terms import IssuerTerms
from maas.domain.identity.key_terms import KeyTerms
from maas.domain.identity.principals import MODEL_SCOPES, Principal, Role, Scope, possible_scopes
from maas.domain.identity.trusted_issuers import TrustedIssuer
from maas.domain.ids import new_id
from maas.security.cursors import Cursors
from maas.services.api_keys import ApiKeyService
from maas.services.trusted_issuers import TrustedIssuerService
from tests.fakes.api_keys import FakeApiKeys
from tests.fakes.identity import FakeIdentities
from tests.fakes.trusted_issuers import FakeTrustedIssuers
from tests.support.signing_keys import keys_of

GITHUB = "https://token.actions.githubusercontent.com"
TERMS = IssuerTerms(name="release", issuer=GITHUB, conditions={"sub": ["repo:acme/app:*"]})


class _World:
    def __init__(self) -> None:
        self.identities = FakeIdentities()
        issuers, cursors = FakeTrustedIssuers(self.identities.issuers), Cursors(keys_of("s" * 64))
        self.service = TrustedIssuerService(issuers, self.identities, cursors)
        self.on_laptop = TrustedIssuerService(issuers, self.identities, cursors, loopback=True)
        self.keys = ApiKeyService(FakeApiKeys(self.identities.keys), self.identities, cursors)
        self.admin = self.caller(self.member(Role.ADMIN, MemberKind.PERSON))
        self.account = self.member(Role.DEVELOPER, MemberKind.SERVICE)

    def member(self, role: Role, kind: MemberKind, tenant: str = "acme") -> User:
        made = User(
            id=new_id(),
            tenant_id=tenant,
            email="",
            name="A",
            roles=frozenset({role}),
            created_at=datetime.now(UTC),
            kind=kind,
        )
        self.identities.users[tenant, made.id] = made
        return made

    def caller(self, member: User, **fields: Any) -> Principal:
        by = Principal(member.id, member.tenant_id, member.roles, possible_scopes(member.roles), "session/1")
        return replace(by, **fields)

    def made(self, **terms: Any) -> TrustedIssuer:
        return self.service.create(self.admin, replace(TERMS, **terms), self.account.id)


@pytest.fixture
def world() -> _World:
    return _World()


def test_a_trust_has_safe_defaults(world: _World) -> None:
    made = world.made()
    assert (made.issuer, made.audience, made.lifetime) == (GITHUB, "maas:acme", 900)
    assert made.scopes == MODEL_SCOPES
    assert world.service.get(world.admin, made.id) == made
    assert world.service.page(world.admin, limit=9, cursor="").items == (made,)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMIN])
def test_only_admins_manage_trusts(world: _World, role: Role) -> None:
    made, by = world.made(), world.caller(world.member(role, MemberKind.PERSON))
    for attempt in (
        lambda: world.service.create(by, TERMS, world.account.id),
        lambda: world.service.page(by, limit=9, cursor=""),
        lambda: world.service.get(by, made.id),
        lambda: world.service.change(by, made.id, IssuerTerms(name="x")),
        lambda: world.service.remove(by, made.id),
    ):
        with pytest.raises(PermissionDenied):
            attempt()


def test_another_organization_s_trusts_and_accounts_are_absent(world: _World) -> None:
    made, stranger = world.made(), world.caller(world.member(Role.ADMIN, MemberKind.PERSON, "other"))
    for attempt in (
        lambda: world.service.create(stranger, TERMS, world.account.id),
        lambda: world.service.get(stranger, made.id),
        lambda: world.service.change(stranger, made.id, IssuerTerms(disabled=True)),
        lambda: world.service.remove(stranger, made.id),
        lambda: world.service.create(world.admin, TERMS, world.admin.subject),  # a person
        lambda: world.service.change(world.admin, made.id, IssuerTerms(), new_id()),
    ):
        with pytest.raises(NotFound):
            attempt()


@pytest.mark.parametrize(
    ("terms", "field", "rule"),
    [
        ({"issuer": "http://ci.example.com"}, "issuer", Rule.URL),
        ({"issuer": "https://10.0.0.1"}, "issuer", Rule.URL),
        ({"issuer": "https://localhost"}, "issuer", Rule.URL),
        ({"issuer": "https://ci.internal"}, "issuer", Rule.URL),
        ({"issuer": "https://ci.example.com:8443"}, "issuer", Rule.URL),
        ({"issuer": "https://user@ci.example.com"}, "issuer", Rule.URL),
        ({"issuer": "https://ci.example.com?a=b"}, "issuer", Rule.URL),
        ({"issuer": "https://ci.example.com#x"}, "issuer", Rule.URL),
        ({"issuer": "https://ci.example.com/" + "x" * 2048}, "issuer", Rule.URL),
        ({"issuer": ""}, "issuer", Rule.URL),
        ({"audience": ""}, "audience", Rule.MIN_LENGTH),
        ({"audience": "x" * 257}, "audience", Rule.MAX_LENGTH),
        ({"audience": "maas:other"}, "audience", Rule.RESERVED),
        ({"conditions": {"sub": ["*"]}}, "conditions", Rule.BINDING),
        ({"scopes": []}, "scopes", Rule.MIN_ITEMS),
        ({"scopes": ["all"]}, "scopes[0]", Rule.ENUM),
        ({"lifetime": 59}, "lifetime_seconds", Rule.RANGE),
        ({"lifetime": 901}, "lifetime_seconds", Rule.RANGE),
        ({"networks": ["10.0.0.1/8"]}, "networks[0]", Rule.NETWORK),
        ({"models": {}}, "models", Rule.MIN_ITEMS),
        ({"name": ""}, "name", Rule.MIN_LENGTH),
    ],
)
def test_a_bad_value_is_named(world: _World, terms: dict[str, Any], field: str, rule: Rule) -> None:
    made = world.made()
    attempts: list[Callable[[], object]] = [
        lambda: world.made(**terms),
        lambda: world.service.change(world.admin, made.id, IssuerTerms(**terms)),
    ]
    for attempt in attempts:
        with pytest.raises(InvalidInput) as error:
            attempt()
        assert [(each.field, each.rule) for each in error.value.fields] == [(field, rule)]


def test_an_issuer_on_this_machine_is_for_laptops(world: _World) -> None:
    terms = replace(TERMS, issuer="http://127.0.0.1:8080/ci")
    with pytest.raises(InvalidInput):
        world.service.create(world.admin, terms, world.account.id)
    assert world.on_laptop.create(world.admin, terms, world.account.id).issuer == "http://127.0.0.1:8080/ci"


def test_a_trust_gives_no_more_than_the_account_and_the_caller_have(world: _World) -> None:
    with pytest.raises(PermissionDenied, match="users:admin"):
        world.made(scopes=["users:admin"])
    reading = replace(world.admin, scopes=frozenset({Scope.MODELS_READ, Scope.USERS_ADMIN}))
    with pytest.raises(PermissionDenied, match="models:write"):
        world.service.create(reading, replace(TERMS, scopes=["models:write"]), world.account.id)
    assert world.service.create(reading, TERMS, world.account.id).scopes == {Scope.MODELS_READ}


def test_a_caller_within_networks_makes_no_trust_beyond_them(world: _World) -> None:
    near = replace(world.admin, networks=("10.0.0.0/8",))
    with pytest.raises(PermissionDenied, match="networks"):
        world.service.create(near, TERMS, world.account.id)
    made = world.service.create(near, replace(TERMS, networks=["10.1.0.0/16"]), world.account.id)
    assert made.networks == ("10.1.0.0/16",)


def _key(world: _World, expires_at: datetime | None) -> Principal:
    key = ApiKey(
        id="0123456789ABCDEF",
        tenant_id="acme",
        user_id=world.admin.subject,
        name="k",
        scopes=world.admin.scopes,
        digest="d",
        created_by=world.admin.subject,
        created_at=datetime.now(UTC),
        expires_at=expires_at,
    )
    world.identities.keys[key.id] = key
    return replace(world.admin, credential=f"key/{key.id}")


def test_a_key_that_expires_makes_and_widens_no_trust(world: _World) -> None:
    made, by = world.made(), _key(world, datetime.now(UTC) + timedelta(days=1))
    with pytest.raises(PermissionDenied, match="expires"):
        world.service.create(by, TERMS, world.account.id)
    with pytest.raises(PermissionDenied, match="expires"):
        world.service.change(by, made.id, IssuerTerms(audience="sts"))
    assert world.service.change(by, made.id, IssuerTerms(name="x", disabled=True)).disabled
    with pytest.raises(PermissionDenied, match="expires"):
        world.service.change(by, made.id, IssuerTerms(disabled=False))
    assert world.service.create(_key(world, None), TERMS, world.account.id).created_by == by.subject


def test_a_revoked_key_makes_no_trust(world: _World) -> None:
    by = _key(world, None)
    world.identities.keys.clear()
    with pytest.raises(PermissionDenied):
        world.service.create(by, TERMS, world.account.id)


@pytest.mark.parametrize(
    ("terms", "same"),
    [
        ({"name": "x"}, True),
        ({"scopes": ["models:read"]}, True),
        ({"lifetime": 60}, True),
        ({"issuer": "https://ci.example.com"}, False),
        ({"audience": "sts"}, False),
        ({"conditions": {"sub": ["repo:acme/app:ref:refs/heads/main"]}}, False),
    ],
)
def test_what_decides_whose_tokens_are_taken_changes_the_credential(
    world: _World, terms: dict[str, Any], same: bool
) -> None:
    made = world.made()
    changed = world.service.change(world.admin, made.id, IssuerTerms(**terms))
    assert (changed.credential == made.credential) is same


def test_another_account_changes_the_credential(world: _World) -> None:
    made, other = world.made(), world.member(Role.DEVELOPER, MemberKind.SERVICE)
    assert world.service.change(world.admin, made.id, IssuerTerms(), other.id).credential != made.credential


def test_an_exchanged_token_makes_no_key_beyond_its_networks(world: _World) -> None:
    by = world.caller(world.account, credential="issuer/1.x", networks=("10.0.0.0/8",))
    with pytest.raises(PermissionDenied, match="networks"):
        world.keys.create(by, KeyTerms(name="k", scopes=["models:read"]))
    made = world.keys.create(by, KeyTerms(name="k", scopes=["models:read"], networks=["10.0.0.0/8"]))
    assert made.key.networks == by.networks
