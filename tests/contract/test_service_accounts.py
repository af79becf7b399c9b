"""Every implementation of the ServiceAccounts port; people and service accounts are kept apart."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from maas.adapters.aws.identity.service_accounts import DynamoServiceAccounts
from maas.adapters.aws.identity.table import IdentityTable
from maas.domain.identity.accounts import MemberKind, User
from maas.domain.identity.members import MemberFilter
from maas.domain.identity.principals import Role
from maas.domain.identity.races import Outdated
from maas.domain.ids import new_id
from maas.domain.quotas import QuotaExceeded
from maas.services.ports.identity import ServiceAccounts
from tests.fakes.identity import FakeIdentities
from tests.fakes.service_accounts import FakeServiceAccounts
from tests.support.aws import Aws
from tests.support.identity_stores import NOW, IdentityStore, in_memory, in_table

LIMIT = 3


@pytest.fixture(params=["memory", "dynamodb"])
def stores(request: pytest.FixtureRequest) -> tuple[ServiceAccounts, IdentityStore]:
    if request.param == "memory":
        people = in_memory()
        assert isinstance(people.identities, FakeIdentities)
        return FakeServiceAccounts(people.identities.users), people
    aws: Aws = request.getfixturevalue("aws")
    name = aws.application.functions["AuthFunction"].environment["MAAS_IDENTITY_TABLE"]
    return DynamoServiceAccounts(IdentityTable(name, aws.endpoint)), in_table(aws.endpoint, name)


@pytest.fixture
def accounts(stores: tuple[ServiceAccounts, IdentityStore]) -> ServiceAccounts:
    return stores[0]


@pytest.fixture
def founder(stores: tuple[ServiceAccounts, IdentityStore]) -> User:
    return stores[1].founder()


def _account(by: User, n: int = 0) -> User:
    at = NOW + timedelta(seconds=n)
    return User(
        id=new_id(at),
        tenant_id=by.tenant_id,
        email="",
        name=f"ci {n}",
        roles=frozenset({Role.INVOKER, Role.VIEWER}),
        created_at=at,
        kind=MemberKind.SERVICE,
    )


def test_an_added_account_is_read_back(accounts: ServiceAccounts, founder: User) -> None:
    account = _account(founder)
    accounts.add(account, LIMIT)
    assert accounts.account(founder.tenant_id, account.id) == account
    assert accounts.account(new_id(), account.id) is None
    assert accounts.account(founder.tenant_id, new_id()) is None


def test_people_are_no_service_accounts(stores: tuple[ServiceAccounts, IdentityStore], founder: User) -> None:
    accounts, people = stores
    account = _account(founder)
    accounts.add(account, LIMIT)
    assert accounts.account(founder.tenant_id, founder.id) is None
    assert accounts.page(founder.tenant_id, limit=9, after="") == [account]
    assert people.members.page(founder.tenant_id, MemberFilter(), limit=9, after="")[0] == [founder]
    assert people.identities.user(founder.tenant_id, account.id) == account


def test_accounts_are_listed_oldest_first_in_pages(accounts: ServiceAccounts, founder: User) -> None:
    made = [_account(founder, n) for n in range(LIMIT)]
    for account in made[::-1]:
        accounts.add(account, LIMIT)
    assert accounts.page(founder.tenant_id, limit=2, after="") == made[:2]
    assert accounts.page(founder.tenant_id, limit=2, after=made[1].id) == made[2:]


def test_an_organization_has_no_more_accounts_than_the_limit(accounts: ServiceAccounts, founder: User) -> None:
    made = [_account(founder, n) for n in range(LIMIT + 1)]
    for account in made[:LIMIT]:
        accounts.add(account, LIMIT)
    with pytest.raises(QuotaExceeded):
        accounts.add(made[-1], LIMIT)
    assert accounts.account(founder.tenant_id, made[-1].id) is None
    assert accounts.remove(made[0])
    accounts.add(made[-1], LIMIT)


def test_name_roles_and_state_are_changed_and_changed_back(accounts: ServiceAccounts, founder: User) -> None:
    account = _account(founder)
    accounts.add(account, LIMIT)
    changed = replace(account, name="cd", roles=frozenset({Role.DEVELOPER}), disabled=True)
    for before, after in ((account, changed), (changed, account)):
        accounts.change(before, after)
        assert accounts.account(founder.tenant_id, account.id) == after


@pytest.mark.parametrize("change", [{"name": "x"}, {"roles": frozenset({Role.VIEWER})}, {"disabled": True}])
def test_a_change_never_undoes_another_one(change: dict[str, Any], accounts: ServiceAccounts, founder: User) -> None:
    read = _account(founder)
    accounts.add(read, LIMIT)
    accounts.change(read, replace(read, **change))
    with pytest.raises(Outdated):
        accounts.change(read, replace(read, name="renamed"))
    assert accounts.account(founder.tenant_id, read.id) == replace(read, **change)


def test_an_account_that_is_gone_is_not_changed_or_removed(accounts: ServiceAccounts, founder: User) -> None:
    account = _account(founder)
    accounts.add(account, LIMIT)
    assert accounts.remove(account)
    assert not accounts.remove(account)
    with pytest.raises(Outdated):
        accounts.change(account, account)
    assert accounts.account(founder.tenant_id, account.id) is None


def test_a_service_account_is_not_the_admin_who_is_left(
    stores: tuple[ServiceAccounts, IdentityStore], founder: User
) -> None:
    accounts, people = stores
    accounts.add(replace(_account(founder), roles=frozenset({Role.ADMIN})), LIMIT)
    with pytest.raises(Exception, match="last active admin"):
        people.members.remove(founder)
