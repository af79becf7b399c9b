"""How many invitations and members an organization has."""

from datetime import timedelta

import pytest

from maas.domain.identity.invitations import INVITATIONS_MAX
from maas.domain.identity.members import MEMBERS_MAX
from maas.domain.ids import new_id
from maas.domain.quotas import QuotaExceeded
from maas.services import invitations
from tests.support.invitation_world import World, acting


@pytest.fixture
def world() -> World:
    return World()


def test_an_organization_has_200_open_invitations(world: World) -> None:
    for number in range(INVITATIONS_MAX - 1):
        world.invite(f"{number}@example.com")
    last = world.invite()
    with pytest.raises(QuotaExceeded, match="200 of at most 200 open invitations"):
        world.invite("late@example.com")
    world.invite(by=world.other_admin())
    world.service.revoke(acting(world.ada), last.invitation.id)
    world.invite()
    world.clock.now += timedelta(hours=72)
    world.invite()


def test_the_last_invitation_can_be_made_again_after_a_crash(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(INVITATIONS_MAX - 1):
        world.invite(f"{number}@example.com")
    effect = new_id()
    monkeypatch.setattr(invitations, "effect_id", lambda: effect)
    first, again = world.invite(), world.invite()
    assert first.token
    assert again.token
    assert (again.invitation.id, again.token.secret == first.token.secret) == (first.invitation.id, False)


def test_an_organization_of_1000_members_invites_no_more(world: World) -> None:
    store = world.people
    colleagues = [store.colleague(world.ada) for _ in range(MEMBERS_MAX - 1)]
    with pytest.raises(QuotaExceeded, match="1000 of at most 1000 members"):
        world.invite()
    store.members.remove(colleagues[0])
    world.invite()
