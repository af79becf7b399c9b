"""Every implementation of the TrustedIssuers port."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from maas.adapters.aws.identity.table import IdentityTable
from maas.adapters.aws.identity.trusted_issuers import DynamoTrustedIssuers
from maas.domain.identity.accounts import User
from maas.domain.identity.id_tokens import IdToken
from maas.domain.identity.principals import Scope
from maas.domain.identity.races import Outdated
from maas.domain.identity.trusted_issuers import TrustedIssuer
from maas.domain.ids import new_id
from maas.domain.quotas import QuotaExceeded
from maas.services.ports.trusted_issuers import TrustedIssuers
from tests.fakes.identity import FakeIdentities
from tests.fakes.trusted_issuers import FakeTrustedIssuers
from tests.support.aws import Aws
from tests.support.identity_stores import NOW, IdentityStore, in_memory, in_table

LIMIT = 3
TOKEN = IdToken(
    text="secret",
    algorithm="RS256",
    key_id="1",
    issuer="https://ci.example.com",
    subject="repo:acme/app:x",
    audience="maas",
    claims={"sub": "repo:acme/app:x", "ref": "main", "jti": "secret"},
)


@pytest.fixture(params=["memory", "dynamodb"])
def stores(request: pytest.FixtureRequest) -> tuple[TrustedIssuers, IdentityStore, Callable[[str], list[Any]]]:
    """The port, the accounts beside it, and a function that reads the events of an organization."""
    if request.param == "memory":
        people = in_memory()
        assert isinstance(people.identities, FakeIdentities)
        fake = FakeTrustedIssuers(people.identities.issuers)
        return fake, people, lambda _: [event.type for event in fake.exchanges]
    aws: Aws = request.getfixturevalue("aws")
    name = aws.application.functions["AuthFunction"].environment["MAAS_IDENTITY_TABLE"]
    table = IdentityTable(name, aws.endpoint)

    def events(tenant: str) -> list[Any]:
        stored = table.query(f"EVENTS#{tenant}", begins_with="EVENT#")
        return [event["type"] for item in stored for event in json.loads(item["events"])]

    return DynamoTrustedIssuers(table), in_table(aws.endpoint, name), events


@pytest.fixture
def issuers(stores: tuple[TrustedIssuers, IdentityStore, Any]) -> TrustedIssuers:
    return stores[0]


@pytest.fixture
def founder(stores: tuple[TrustedIssuers, IdentityStore, Any]) -> User:
    return stores[1].founder()


def _trusted(by: User, n: int = 0, **fields: Any) -> TrustedIssuer:
    at = NOW + timedelta(seconds=n)
    made = TrustedIssuer(
        id=new_id(at),
        tenant_id=by.tenant_id,
        name=f"ci {n}",
        issuer="https://ci.example.com",
        audience="maas",
        conditions={"sub": ("repo:acme/app:*",), "ref": ("main", "dev")},
        service_account_id=new_id(at),
        scopes=frozenset({Scope.MODELS_READ, Scope.UPLOADS_WRITE}),
        created_by=by.id,
        created_at=at,
    )
    return replace(made, **fields)


def test_a_trusted_issuer_is_read_back_by_both_ports(
    stores: tuple[TrustedIssuers, IdentityStore, Any], founder: User
) -> None:
    plain = _trusted(founder)
    full = _trusted(founder, 1, models={new_id(): "^1"}, networks=("10.0.0.0/8",), lifetime=60, disabled=True)
    for trusted in (plain, full):
        stores[0].add(trusted, LIMIT)
        assert stores[0].get(founder.tenant_id, trusted.id) == trusted
        assert stores[1].identities.trusted_issuer(founder.tenant_id, trusted.id) == trusted
        assert stores[0].get(new_id(), trusted.id) is None


def test_pages_are_in_the_order_of_making(issuers: TrustedIssuers, founder: User) -> None:
    made = [_trusted(founder, n) for n in range(3)]
    for trusted in (made[2], made[0], made[1]):
        issuers.add(trusted, LIMIT)
    assert issuers.page(founder.tenant_id, limit=2, after="") == made[:2]
    assert issuers.page(founder.tenant_id, limit=2, after=made[1].id) == made[2:]
    assert issuers.page(new_id(), limit=2, after="") == []


def test_an_organization_trusts_a_bounded_number(issuers: TrustedIssuers, founder: User) -> None:
    made = [_trusted(founder, n) for n in range(LIMIT)]
    for trusted in made:
        issuers.add(trusted, LIMIT)
    with pytest.raises(QuotaExceeded) as error:
        issuers.add(_trusted(founder, 9), LIMIT)
    assert (error.value.quota, error.value.limit) == ("trusted_issuers", LIMIT)
    assert issuers.remove(made[0])
    issuers.add(_trusted(founder, 9), LIMIT)


@pytest.mark.parametrize(
    "fields",
    [
        {"name": "cd"},
        {"conditions": {"sub": ("repo:acme/app:environment:production",)}},
        {"scopes": frozenset({Scope.MODELS_READ})},
        {"models": {"01939e4c-7d2a-7d00-8000-000000000001": ""}},
        {"networks": ("10.0.0.0/8",)},
        {"disabled": True},
    ],
)
def test_a_change_is_written_if_nothing_has_changed_since(
    issuers: TrustedIssuers, founder: User, fields: dict[str, Any]
) -> None:
    before = _trusted(founder)
    after = replace(before, **fields)
    issuers.add(before, LIMIT)
    issuers.change(before, after)
    assert issuers.get(founder.tenant_id, before.id) == after
    with pytest.raises(Outdated):
        issuers.change(before, replace(before, lifetime=60))
    issuers.change(after, before)
    assert issuers.get(founder.tenant_id, before.id) == before


def test_a_deleted_one_is_neither_changed_nor_deleted_again(issuers: TrustedIssuers, founder: User) -> None:
    trusted = _trusted(founder)
    issuers.add(trusted, LIMIT)
    assert [issuers.remove(trusted), issuers.remove(trusted)] == [True, False]
    with pytest.raises(Outdated):
        issuers.change(trusted, replace(trusted, name="cd"))
    assert issuers.get(founder.tenant_id, trusted.id) is None


def test_an_exchange_is_noted_while_the_issuer_is_trusted(
    stores: tuple[TrustedIssuers, IdentityStore, Callable[[str], list[Any]]], founder: User
) -> None:
    issuers, _, events = stores
    trusted = _trusted(founder)
    issuers.add(trusted, LIMIT)
    assert issuers.note_exchange(trusted, TOKEN, trusted.scopes)
    assert events(founder.tenant_id).count("TokenExchanged") == 1
    issuers.change(trusted, disabled := replace(trusted, disabled=True))
    assert not issuers.note_exchange(trusted, TOKEN, trusted.scopes)
    issuers.remove(disabled)
    assert not issuers.note_exchange(trusted, TOKEN, trusted.scopes)
    assert events(founder.tenant_id).count("TokenExchanged") == 1
