"""The grants that are put beside what the identity table says of a caller."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

import pytest

from functions.registry.server.directory import GrantedDirectory
from maas.domain.errors import Unauthenticated
from maas.domain.identity.principals import Principal, Role
from tests.support.registry_server import as_signed, person

ROLES = {"a model": frozenset({Role.VIEWER})}


@dataclass
class FakeGrants:
    asked: list[Collection[str]] = field(default_factory=list)

    async def granted(self, subjects: Collection[str]) -> Mapping[str, frozenset[Role]]:
        self.asked.append(subjects)
        return ROLES


@dataclass
class FakeDirectory:
    error: Exception | None = None

    async def current(self, by: Principal) -> Principal:
        if self.error:
            raise self.error
        return await as_signed(by)


@pytest.mark.parametrize(
    ("credential", "more"), [("", set()), ("session/s1", set()), ("key/0123456789abcDEF", {"0123456789abcDEF"})]
)
async def test_a_caller_has_its_own_its_organizations_and_its_keys_grants(credential: str, more: set[str]) -> None:
    by, grants = replace(person(), credential=credential), FakeGrants()
    found = await GrantedDirectory(FakeDirectory(), grants).current(by)
    assert (found, found.grants) == (by, ROLES)
    assert grants.asked == [{by.subject, by.tenant_id, *more}]


async def test_a_caller_whose_access_has_ended_has_no_grants() -> None:
    with pytest.raises(Unauthenticated):
        await GrantedDirectory(FakeDirectory(Unauthenticated("gone")), FakeGrants()).current(person())
