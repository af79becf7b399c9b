"""API keys that make others, while they end themselves."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from maas.domain.errors import PermissionDenied, Unauthenticated
from maas.domain.identity.accounts import User
from maas.domain.identity.api_keys import ApiKey, KeySecret
from maas.domain.identity.key_terms import KeyTerms
from maas.domain.identity.principals import Principal, Role, Scope, possible_scopes
from maas.domain.ids import new_id
from maas.security.cursors import Cursors
from maas.services.api_keys import ApiKeyService
from tests.fakes.api_keys import FakeApiKeys
from tests.fakes.identity import FakeIdentities
from tests.support.api_keys import a_key
from tests.support.signing_keys import keys_of
from tests.support.webhook_world import requested

ROLES = frozenset({Role.DEVELOPER})
TERMS = KeyTerms(name="ci", scopes=["models:read"])


def test_a_key_that_was_revoked_meanwhile_makes_no_other() -> None:
    user = User(id=new_id(), tenant_id="acme", email="", name="A", roles=ROLES, created_at=datetime.now(UTC))
    identities, secret = FakeIdentities(), KeySecret.fresh()
    identities.users["acme", user.id] = user
    identities.keys[secret.key_id] = a_key(user, secret=secret)
    service = ApiKeyService(FakeApiKeys(identities.keys), identities, Cursors(keys_of("s" * 64)))
    by = Principal(user.id, "acme", ROLES, possible_scopes(ROLES), secret.credential)
    made = service.create(by, TERMS).key
    del identities.keys[secret.key_id]
    with pytest.raises(Unauthenticated):
        service.create(by, TERMS)
    assert identities.keys == {made.id: made}


def test_a_repeat_with_a_narrower_credential_shows_no_secret_of_the_made_key() -> None:
    user = User(id=new_id(), tenant_id="acme", email="", name="A", roles=ROLES, created_at=datetime.now(UTC))
    identities = FakeIdentities()
    identities.users["acme", user.id] = user
    service = ApiKeyService(FakeApiKeys(identities.keys), identities, Cursors(keys_of("s" * 64)))
    by = Principal(user.id, "acme", ROLES, possible_scopes(ROLES), "session/1")
    with requested(effect_id=new_id()):
        made = service.create(by, TERMS).key
        with pytest.raises(PermissionDenied):
            service.create(replace(by, scopes=frozenset({Scope.KEYS_MANAGE})), TERMS)
        assert identities.keys == {made.id: made}
        assert service.create(by, TERMS).key.id == made.id


class _Unchanged(FakeApiKeys):
    def change(self, read: ApiKey, changed: ApiKey) -> None:
        raise AssertionError("nothing changes")


def test_a_change_to_the_same_values_writes_no_record() -> None:
    user = User(id=new_id(), tenant_id="acme", email="", name="A", roles=ROLES, created_at=datetime.now(UTC))
    identities = FakeIdentities()
    identities.users["acme", user.id] = user
    service = ApiKeyService(_Unchanged(identities.keys), identities, Cursors(keys_of("s" * 64)))
    by = Principal(user.id, "acme", ROLES, possible_scopes(ROLES), "session/1")
    made = service.create(by, TERMS).key
    assert service.change(by, made.id, TERMS) == made
