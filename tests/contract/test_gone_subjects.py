"""Grants of users and keys that were deleted: no list has them, and a full model gives their places away."""

from collections.abc import Mapping, Sequence

import pytest

from functions.registry.ports import Repository
from maas.domain.errors import WrongState
from maas.domain.identity.grants import SubjectKind, WantedGrant
from maas.domain.identity.principals import Role
from maas.domain.ids import new_id
from maas.domain.quotas import Usage
from tests.contract.test_granted import limit_grants
from tests.fakes.registry import FakeRegistry
from tests.support.registry_server import make_model, person


class Leavers:
    """People of whom some are gone."""

    def __init__(self) -> None:
        self.gone = set[str]()

    async def knows(self, tenant_id: str, subjects: Mapping[str, SubjectKind]) -> frozenset[str]:
        return frozenset(subjects.keys() - self.gone)

    async def usage(self, tenant_id: str) -> Sequence[Usage]:
        return []


async def test_deleted_subjects_leave_the_list_and_their_places(
    store: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit_grants(monkeypatch, MODEL_GRANTS_MAX=3)
    people, admin = Leavers(), person("", Role.ADMIN)
    registry = FakeRegistry(store, people)
    model = await make_model(registry, admin)

    async def share(subject: str, kind: str = "user") -> None:
        await registry.set_grant(admin, model.id, WantedGrant(subject, kind, "viewer"))

    async def listed() -> set[str]:
        page = await registry.list_grants(admin, model.id, limit=100, cursor="")
        return {grant.subject for grant in page.items}

    ada, key, friend, new = new_id(), "DEFabc0123456789", new_id(), new_id()
    await share(ada)
    await share(key, "key")
    await share(friend, "organization")
    people.gone = {ada, key, friend}
    assert await listed() == {friend}  # whether another organization exists is not looked up
    people.gone = set()
    with pytest.raises(WrongState):
        await share(new)
    people.gone = {ada}
    await share(new)
    people.gone = set()
    assert await listed() == {key, friend, new}
    assert await store.grant(model.id, ada) is None
