"""Who may make, see, change and rotate which API keys."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from maas.domain.errors import Contended, InvalidInput, NotFound, PermissionDenied, Rule
from maas.domain.identity.accounts import User
from maas.domain.identity.api_keys import GRACE_MAX, ApiKey
from maas.domain.identity.key_terms import KEYS_MAX, MODELS_MAX, KeyTerms
from maas.domain.identity.principals import Principal, Role, Scope, possible_scopes
from maas.domain.ids import new_id
from maas.domain.quotas import QuotaExceeded
from maas.security.cursors import Cursors
from maas.services.api_keys import ApiKeyService, NewKey
from tests.fakes.api_keys import FakeApiKeys
from tests.fakes.identity import FakeIdentities
from tests.support.api_keys import a_key
from tests.support.signing_keys import keys_of

NOW = datetime(2026, 11, 29, 9, tzinfo=UTC)
MODEL = new_id()
READ = KeyTerms(name="ci", scopes=["models:read"])


class _Clock:
    now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def identities() -> FakeIdentities:
    return FakeIdentities()


@pytest.fixture
def clock() -> _Clock:
    return _Clock()


@pytest.fixture
def service(identities: FakeIdentities, clock: _Clock) -> ApiKeyService:
    return ApiKeyService(FakeApiKeys(identities.keys), identities, Cursors(keys_of("s" * 64)), clock)


def _member(identities: FakeIdentities, *roles: Role, tenant: str = "acme") -> Principal:
    user = User(id=new_id(), tenant_id=tenant, email="a@x.io", name="A", roles=frozenset(roles), created_at=NOW)
    identities.users[tenant, user.id] = user
    return Principal(user.id, tenant, user.roles, possible_scopes(roles), "session/1")


def _by_key(new: NewKey, by: Principal) -> Principal:
    return replace(by, scopes=new.key.scopes, credential=new.secret.credential, narrowed=new.key.models)


def test_a_new_key_is_the_caller_s_and_its_text_is_its_secret(
    service: ApiKeyService, identities: FakeIdentities
) -> None:
    by = _member(identities, Role.DEVELOPER)
    terms = KeyTerms(
        name="ci",
        scopes=["models:read", "inference:invoke"],
        models={MODEL.upper(): " ^1.2  <1.9 "},
        networks=["192.0.2.7"],
        expires_at="2026-12-29T10:00:00+01:00",
    )
    new = service.create(by, terms)
    assert new.key == ApiKey(
        id=new.secret.key_id,
        tenant_id="acme",
        user_id=by.subject,
        name="ci",
        scopes=frozenset({Scope.MODELS_READ, Scope.INFERENCE_INVOKE}),
        digest=new.secret.digest,
        created_by=by.subject,
        created_at=NOW,
        expires_at=datetime(2026, 12, 29, 9, tzinfo=UTC),
        models={MODEL: "^1.2 <1.9"},
        networks=("192.0.2.7/32",),
    )
    assert service.get(by, new.key.id) == new.key


@pytest.mark.parametrize(
    ("terms", "field", "rule"),
    [
        ({"name": ""}, "name", Rule.MIN_LENGTH),
        ({"scopes": []}, "scopes", Rule.MIN_ITEMS),
        ({"scopes": ["models:read", "models:burn"]}, "scopes[1]", Rule.ENUM),
        ({"models": {}}, "models", Rule.MIN_ITEMS),
        ({"models": {"x": ""}}, "models.x", Rule.UUID),
        ({"models": {MODEL: "production"}}, f"models.{MODEL[:32]}", Rule.REFERENCE),
        ({"models": {MODEL: "latest"}}, f"models.{MODEL[:32]}", Rule.REFERENCE),
        ({"models": {MODEL: "1" * 300}}, f"models.{MODEL[:32]}", Rule.MAX_LENGTH),
        ({"models": {MODEL: "^1", MODEL.upper(): ""}}, f"models.{MODEL.upper()[:32]}", Rule.REPEATED),
        ({"models": {new_id(): "" for _ in range(MODELS_MAX + 1)}}, "models", Rule.MAX_ITEMS),
        ({"networks": ["10.0.0.1/8"]}, "networks[0]", Rule.NETWORK),
        ({"expires_at": "tomorrow"}, "expires_at", Rule.RFC3339),
        ({"expires_at": "2026-11-29T09:00:00Z"}, "expires_at", Rule.RANGE),
    ],
)
def test_a_bad_value_is_named_with_its_rule(
    service: ApiKeyService, identities: FakeIdentities, terms: Mapping[str, Any], field: str, rule: Rule
) -> None:
    by = _member(identities, Role.ADMIN)
    key = service.create(by, READ).key
    for attempt in (
        lambda: service.create(by, replace(READ, **terms)),
        lambda: service.change(by, key.id, KeyTerms(**terms)),
    ):
        with pytest.raises(InvalidInput) as refused:
            attempt()
        assert (refused.value.fields[0].field, refused.value.fields[0].rule) == (field, rule)


def test_a_key_can_t_do_more_than_its_maker(service: ApiKeyService, identities: FakeIdentities) -> None:
    developer = _member(identities, Role.DEVELOPER)
    with pytest.raises(PermissionDenied):
        service.create(developer, KeyTerms(name="ci", scopes=["users:admin"]))
    narrow = replace(developer, scopes=frozenset({Scope.KEYS_MANAGE, Scope.MODELS_READ}))
    with pytest.raises(PermissionDenied):
        service.create(narrow, KeyTerms(name="ci", scopes=["models:read", "models:write"]))
    assert service.create(narrow, READ).key.scopes == {Scope.MODELS_READ}


def test_a_narrow_credential_gains_nothing_from_a_wide_key(service: ApiKeyService, identities: FakeIdentities) -> None:
    developer = _member(identities, Role.DEVELOPER)
    wide = service.create(developer, KeyTerms(name="ci", scopes=["models:read", "models:write"], models={MODEL: ""}))
    narrow = replace(developer, scopes=frozenset({Scope.KEYS_MANAGE, Scope.MODELS_READ}))
    with pytest.raises(PermissionDenied):
        service.rotate(narrow, wide.key.id, 0)
    with pytest.raises(PermissionDenied):
        service.change(narrow, wide.key.id, KeyTerms(models={new_id(): ""}))
    assert service.change(narrow, wide.key.id, KeyTerms(name="renamed")).name == "renamed"


@pytest.mark.parametrize("roles", [[Role.VIEWER], [Role.INVOKER], [Role.MEMBER], []])
def test_without_the_right_nobody_manages_keys(
    service: ApiKeyService, identities: FakeIdentities, roles: list[Role]
) -> None:
    by = replace(_member(identities, *roles), scopes=frozenset(Scope))
    for attempt in (
        lambda: service.create(by, READ),
        lambda: service.page(by, limit=1, cursor=""),
        lambda: service.get(by, "0" * 16),
        lambda: service.revoke(by, "0" * 16),
    ):
        with pytest.raises(PermissionDenied):
            attempt()


def test_a_key_that_is_for_one_model_manages_no_keys(service: ApiKeyService, identities: FakeIdentities) -> None:
    by = _member(identities, Role.DEVELOPER)
    new = service.create(by, KeyTerms(name="ci", scopes=["keys:manage", "models:read"], models={MODEL: ""}))
    with pytest.raises(PermissionDenied):
        service.create(_by_key(new, by), READ)


def test_the_limits_of_a_key_hold_for_the_keys_that_it_makes(
    service: ApiKeyService, identities: FakeIdentities
) -> None:
    by = _member(identities, Role.DEVELOPER)
    limited = KeyTerms(
        name="ci",
        scopes=["keys:manage", "models:read"],
        networks=["192.0.2.0/24"],
        expires_at="2026-12-01T00:00:00Z",
    )
    free, maker = service.create(by, READ).key, _by_key(service.create(by, limited), by)
    for terms in (
        READ,
        replace(READ, networks=["192.0.2.7"]),
        replace(READ, networks=["192.0.2.7"], expires_at="2026-12-02T00:00:00Z"),
        replace(READ, networks=["192.0.0.0/16"], expires_at="2026-11-30T00:00:00Z"),
    ):
        with pytest.raises(PermissionDenied):
            service.create(maker, terms)
    with pytest.raises(PermissionDenied):
        service.rotate(maker, free.id, 0)
    made = service.create(maker, replace(READ, networks=["192.0.2.7"], expires_at="2026-11-30T00:00:00Z"))
    with pytest.raises(PermissionDenied):
        service.change(maker, made.key.id, KeyTerms(networks=[]))


def test_callers_see_their_own_keys_and_admins_all(service: ApiKeyService, identities: FakeIdentities) -> None:
    admin, ada, bob = (_member(identities, role) for role in (Role.ADMIN, Role.DEVELOPER, Role.DEVELOPER))
    key = service.create(ada, READ).key
    assert service.get(admin, key.id) == key
    assert service.page(ada, limit=9, cursor="").items == service.page(admin, limit=9, cursor="").items == (key,)
    assert service.page(bob, limit=9, cursor="").items == ()
    unprivileged = replace(admin, scopes=frozenset({Scope.KEYS_MANAGE}))
    assert service.page(unprivileged, limit=9, cursor="").items == ()
    stranger = _member(identities, Role.ADMIN, tenant="other")
    for by in (bob, unprivileged, stranger):
        for attempt in (service.get, service.revoke, lambda by, key_id: service.rotate(by, key_id, 0)):
            assert _message(attempt, by, key.id) == _message(attempt, by, "0" * 16).replace("0" * 16, key.id)
    service.revoke(admin, key.id)
    with pytest.raises(NotFound):
        service.get(ada, key.id)


def _message(attempt: Any, by: Principal, key_id: str) -> str:
    with pytest.raises(NotFound) as refused:
        attempt(by, key_id)
    return refused.value.message


@pytest.mark.parametrize("key_id", ["", "x" * 3000, "../../etc", "0" * 15 + "é", "0" * 17])
def test_a_text_that_is_no_id_is_no_key(service: ApiKeyService, identities: FakeIdentities, key_id: str) -> None:
    with pytest.raises(NotFound):
        service.get(_member(identities, Role.ADMIN), key_id)


def test_an_admin_changes_but_never_rotates_another_person_s_key(
    service: ApiKeyService, identities: FakeIdentities
) -> None:
    admin, ada = _member(identities, Role.ADMIN), _member(identities, Role.DEVELOPER)
    key = service.create(ada, READ).key
    assert service.change(admin, key.id, KeyTerms(networks=["192.0.2.7"])).networks == ("192.0.2.7/32",)
    with pytest.raises(PermissionDenied):
        service.rotate(admin, key.id, 0)
    with pytest.raises(PermissionDenied, match="users:admin"):
        service.change(admin, key.id, KeyTerms(scopes=["users:admin"]))


def test_a_change_keeps_what_it_does_not_name(service: ApiKeyService, identities: FakeIdentities) -> None:
    by = _member(identities, Role.DEVELOPER)
    before = service.create(by, replace(READ, models={MODEL: "1.x"}, networks=["192.0.2.7"])).key
    assert service.change(by, before.id, KeyTerms()) == before
    assert service.change(by, before.id, KeyTerms(networks=[])) == replace(before, networks=())
    assert service.get(by, before.id) == replace(before, networks=())


def test_a_rotated_key_has_two_secrets_for_its_grace(
    service: ApiKeyService, identities: FakeIdentities, clock: _Clock
) -> None:
    by = _member(identities, Role.DEVELOPER)
    first = service.create(by, READ)
    second = service.rotate(by, first.key.id, 60)
    assert second.key.id == first.key.id
    assert second.key.previous_until == NOW + timedelta(seconds=60)
    assert second.key.accepts(first.secret, NOW)
    assert second.key.accepts(second.secret, NOW)
    later = NOW + timedelta(seconds=60)
    assert not second.key.accepts(first.secret, later)
    assert second.key.accepts(second.secret, later)
    assert not service.rotate(by, first.key.id, 60).key.accepts(first.secret, NOW)


@pytest.mark.parametrize("seconds", [-1, int(GRACE_MAX.total_seconds()) + 1])
def test_a_grace_is_at_most_a_week(service: ApiKeyService, identities: FakeIdentities, seconds: int) -> None:
    by = _member(identities, Role.DEVELOPER)
    key = service.create(by, READ).key
    with pytest.raises(InvalidInput, match="grace_seconds"):
        service.rotate(by, key.id, seconds)


def test_the_loser_of_two_rotations_is_asked_to_read_again(
    service: ApiKeyService, identities: FakeIdentities, monkeypatch: pytest.MonkeyPatch
) -> None:
    by = _member(identities, Role.DEVELOPER)
    key = service.create(by, READ).key
    monkeypatch.setattr(FakeApiKeys, "rotate", lambda *_: False)
    with pytest.raises(Contended):
        service.rotate(by, key.id, 0)


def test_a_list_goes_on_behind_its_cursor(service: ApiKeyService, identities: FakeIdentities, clock: _Clock) -> None:
    by = _member(identities, Role.DEVELOPER)
    made = []
    for n in range(5):
        clock.now = NOW + timedelta(seconds=n)
        made.append(service.create(by, READ).key)
    found, cursor = list[ApiKey](), ""
    while True:
        page = service.page(by, limit=2, cursor=cursor)
        found += page.items
        cursor = page.next_cursor
        if not cursor:
            break
    assert found == made[::-1]
    other = service.page(by, limit=2, cursor="").next_cursor
    with pytest.raises(InvalidInput, match="cursor"):
        service.page(_member(identities, Role.ADMIN), limit=2, cursor=other)


def test_an_organization_has_a_limited_number_of_keys(service: ApiKeyService, identities: FakeIdentities) -> None:
    by = _member(identities, Role.DEVELOPER)
    user = identities.users["acme", by.subject]
    for _ in range(KEYS_MAX):
        key = a_key(user)
        identities.keys[key.id] = key
    with pytest.raises(QuotaExceeded):
        service.create(by, READ)
