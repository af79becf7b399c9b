"""Every implementation of the ApiKeys port."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from maas.adapters.aws.identity.accounts import DynamoIdentities
from maas.adapters.aws.identity.keys import DynamoApiKeys
from maas.adapters.aws.identity.table import IdentityTable
from maas.domain.identity.accounts import Organization, User
from maas.domain.identity.api_keys import ApiKey, KeySecret
from maas.domain.identity.principals import Role, Scope
from maas.domain.identity.races import Outdated
from maas.domain.ids import new_id
from maas.domain.quotas import QuotaExceeded
from maas.services.ports.identity import ApiKeys, Identities
from tests.fakes.api_keys import FakeApiKeys
from tests.fakes.identity import FakeIdentities
from tests.support.api_keys import a_key

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
LIMIT = 5


@pytest.fixture(params=["memory", "dynamodb"])
def stores(request: pytest.FixtureRequest) -> tuple[ApiKeys, Identities]:
    if request.param == "memory":
        return FakeApiKeys(), FakeIdentities()
    aws = request.getfixturevalue("aws")
    environment = aws.application.functions["AuthFunction"].environment
    table = IdentityTable(environment["MAAS_IDENTITY_TABLE"], aws.endpoint)
    return DynamoApiKeys(table), DynamoIdentities(table)


@pytest.fixture
def keys(stores: tuple[ApiKeys, Identities]) -> ApiKeys:
    return stores[0]


@pytest.fixture
def user(stores: tuple[ApiKeys, Identities]) -> User:
    tenant = Organization(id=new_id(), name="Engines", created_at=NOW)
    founder = User(
        id=new_id(),
        tenant_id=tenant.id,
        email=f"{new_id()}@example.com",
        name="Ada",
        roles=frozenset({Role.ADMIN}),
        created_at=NOW,
    )
    stores[1].add(tenant, founder, "hash")
    return founder


def _full(user: User) -> ApiKey:
    return replace(
        a_key(user, models={new_id(): "^1.2", new_id(): ""}),
        networks=("192.0.2.0/24",),
        expires_at=NOW + timedelta(days=1, microseconds=5),
        previous_digest="0" * 64,
        previous_until=NOW,
        last_used_at=NOW,
        last_used_from="192.0.2.7",
        rotations=("one", "two"),
    )


def test_an_added_key_is_read_back(keys: ApiKeys, user: User) -> None:
    plain, full = a_key(user), _full(user)
    keys.add(plain, LIMIT)
    keys.add(full, LIMIT)
    assert keys.key(plain.id) == plain
    assert keys.key(full.id) == full
    assert keys.key("0" * 16) is None


def test_keys_are_listed_newest_first_in_pages(keys: ApiKeys, user: User) -> None:
    made = [replace(a_key(user), created_at=NOW + timedelta(seconds=n // 2)) for n in range(4)]
    for key in made:
        keys.add(key, LIMIT)
    expected = sorted(made, key=lambda key: key.entry.position, reverse=True)
    first = keys.listed(user.tenant_id, user.id, limit=3, after="")
    assert first == expected[:3]
    assert keys.listed(user.tenant_id, user.id, limit=3, after=first[-1].entry.position) == expected[3:]


def test_a_list_has_the_keys_of_one_member_or_of_all(keys: ApiKeys, user: User) -> None:
    mine, other = a_key(user), replace(a_key(user), user_id=new_id())
    keys.add(mine, LIMIT)
    keys.add(other, LIMIT)
    assert keys.listed(user.tenant_id, user.id, limit=9, after="") == [mine]
    assert {key.id for key in keys.listed(user.tenant_id, "", limit=9, after="")} == {mine.id, other.id}
    assert keys.listed(new_id(), "", limit=9, after="") == []


def test_an_organization_has_no_more_keys_than_the_limit(keys: ApiKeys, user: User) -> None:
    made = [a_key(user) for _ in range(LIMIT)]
    for key in made:
        keys.add(key, LIMIT)
    refused = a_key(user)
    with pytest.raises(QuotaExceeded):
        keys.add(refused, LIMIT)
    assert keys.key(refused.id) is None
    assert keys.remove(made[0])
    keys.add(refused, LIMIT)


def test_keys_that_are_added_at_once_keep_the_limit(keys: ApiKeys, user: User) -> None:
    def add(_: int) -> bool:
        try:
            keys.add(a_key(user), LIMIT)
        except QuotaExceeded:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(add, range(LIMIT + 3)))
    assert sum(outcomes) == LIMIT == len(keys.listed(user.tenant_id, "", limit=99, after=""))


def test_a_change_sets_what_its_maker_chooses_alone(keys: ApiKeys, user: User) -> None:
    before = _full(user)
    keys.add(before, LIMIT)
    after = replace(before, name="cd", scopes=frozenset({Scope.MODELS_READ}), networks=(), models={new_id(): "1.x"})
    keys.change(before, replace(after, digest="other", last_used_from=""))
    assert keys.key(before.id) == after


@pytest.mark.parametrize("terms", ["name", "scopes", "models", "networks", "expires_at"])
def test_a_change_never_undoes_another_one(terms: str, keys: ApiKeys, user: User) -> None:
    read = _full(user)
    keys.add(read, LIMIT)
    others: dict[str, Any] = {"name": "x", "scopes": frozenset(), "models": None, "networks": (), "expires_at": None}
    narrowed = replace(read, **{terms: others[terms]})
    keys.change(read, narrowed)
    with pytest.raises(Outdated):
        keys.change(read, replace(read, name="renamed"))
    assert keys.key(read.id) == narrowed
    keys.change(narrowed, read)
    assert keys.key(read.id) == read


def test_a_list_of_more_keys_than_one_read_takes_is_whole(keys: ApiKeys, user: User) -> None:
    made = [a_key(user) for _ in range(101)]
    for key in made:
        keys.add(key, 101)
    assert {key.id for key in keys.listed(user.tenant_id, "", limit=101, after="")} == {key.id for key in made}


def test_a_key_that_is_gone_is_not_changed_or_rotated(keys: ApiKeys, user: User) -> None:
    key = a_key(user)
    with pytest.raises(Outdated):
        keys.change(key, key)
    assert not keys.rotate(key, key.rotated(KeySecret.fresh(key.id), NOW))
    assert not keys.remove(key)
    assert keys.key(key.id) is None


def test_only_the_current_digest_rotates(keys: ApiKeys, user: User) -> None:
    key = a_key(user)
    keys.add(key, LIMIT)
    second, third = (key.rotated(KeySecret.fresh(key.id), NOW, effect) for effect in ("first effect", "another"))
    assert keys.rotate(key, second)
    assert not keys.rotate(key, third)
    assert keys.key(key.id) == second
    assert (second.previous_digest, second.previous_until, second.rotations) == (key.digest, NOW, ("first effect",))


def test_a_repeated_rotation_counts_once(keys: ApiKeys, user: User) -> None:
    key = a_key(user)
    keys.add(key, LIMIT)
    second = key.rotated(KeySecret.fresh(key.id), NOW)
    assert keys.rotate(key, second)
    assert keys.rotate(key, second)


def test_a_removed_key_is_gone(keys: ApiKeys, user: User) -> None:
    key = a_key(user)
    keys.add(key, LIMIT)
    assert keys.remove(key)
    assert not keys.remove(key)
    assert keys.key(key.id) is None
    assert keys.listed(user.tenant_id, "", limit=9, after="") == []
