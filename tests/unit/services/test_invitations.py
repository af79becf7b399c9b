import time
from dataclasses import replace
from datetime import timedelta

import pytest

from maas.domain.errors import (
    AlreadyExists,
    InvalidCredentials,
    InvalidInput,
    NotFound,
    OrganizationRequired,
    PermissionDenied,
)
from maas.domain.identity.principals import Role
from maas.domain.ids import new_id
from tests.support.invitation_world import ADA, GRACE, PASSWORD, World, acting


@pytest.fixture
def world() -> World:
    return World()


def _refused_field(world: World, text: str, email: str = GRACE) -> tuple[str, str]:
    with pytest.raises(InvalidInput) as caught:
        world.joining.join(text, email=email, password=PASSWORD)
    return caught.value.fields[0].field, caught.value.fields[0].rule


def test_an_invited_person_joins_with_the_roles_of_the_invitation(world: World) -> None:
    invited = world.invite(GRACE, "developer", "invoker")
    profile = world.joining.join(str(invited.token), email=" Grace@EXAMPLE.com", password=PASSWORD, name="Grace")
    assert (profile.user.tenant_id, profile.organization.name) == (world.ada.tenant_id, "Engines")
    assert profile.user.roles == {Role.DEVELOPER, Role.INVOKER}
    assert profile.user.name == "Grace"
    assert world.login(GRACE).tenant_id == world.ada.tenant_id


def test_an_invitation_is_used_once(world: World) -> None:
    invited = world.invite()
    world.join(invited)
    assert _refused_field(world, str(invited.token)) == ("invitation", "exists")


def test_an_invitation_lasts_72_hours(world: World) -> None:
    late, in_time = world.invite("joan@example.com"), world.invite()
    assert in_time.invitation.expires_at == world.clock.now + timedelta(hours=72)
    world.clock.now += timedelta(hours=72) - timedelta(seconds=1)
    world.join(in_time)
    world.clock.now += timedelta(seconds=1)
    assert _refused_field(world, str(late.token), "joan@example.com") == ("invitation", "exists")


def test_a_revoked_invitation_is_refused(world: World) -> None:
    invited = world.invite()
    world.service.revoke(acting(world.ada), invited.invitation.id)
    assert _refused_field(world, str(invited.token)) == ("invitation", "exists")
    with pytest.raises(NotFound):
        world.service.revoke(acting(world.ada), invited.invitation.id)


@pytest.mark.parametrize("change", ["", ".", "a.b.c", "x" * 5000, "é.b.c", "a..c"])
def test_a_text_that_is_no_token_is_refused(world: World, change: str) -> None:
    assert _refused_field(world, change) == ("invitation", "exists")


def test_a_changed_token_is_refused_and_ends_nothing(world: World) -> None:
    invited = world.invite()
    text = str(invited.token)
    for wrong in (text[:-1] + ("A" if text[-1] != "A" else "B"), text.upper(), text + "=", f" {text}"):
        assert _refused_field(world, wrong) == ("invitation", "exists")
    world.join(invited)


def test_an_invitation_is_for_one_address(world: World) -> None:
    invited = world.invite()
    assert _refused_field(world, str(invited.token), "mallory@example.com") == ("email", "declared")
    world.join(invited)


def test_a_bad_password_leaves_the_invitation_open(world: World) -> None:
    invited = world.invite()
    with pytest.raises(InvalidInput, match="password"):
        world.join(invited, password="short")
    world.join(invited)


def test_a_list_has_open_invitations_without_their_tokens(world: World) -> None:
    first, second = world.invite(), world.invite("joan@example.com", "viewer")
    world.invite(by=world.other_admin())
    page = world.service.page(acting(world.ada), limit=10, cursor="")
    assert {each.id for each in page.items} == {first.invitation.id, second.invitation.id}
    assert first.token
    assert first.token.secret not in repr(page) + repr(first)


def test_only_admins_invite(world: World) -> None:
    developer = acting(world.join(world.invite()))
    for refused in (
        lambda: world.service.invite(developer, email=GRACE, roles=["viewer"]),
        lambda: world.service.page(developer, limit=1, cursor=""),
        lambda: world.service.revoke(developer, new_id()),
    ):
        with pytest.raises(PermissionDenied, match="users:admin"):
            refused()


def test_an_invitation_of_another_organization_can_not_be_revoked(world: World) -> None:
    invited = world.invite()
    with pytest.raises(NotFound):
        world.service.revoke(acting(world.other_admin()), invited.invitation.id)
    world.join(invited)


@pytest.mark.parametrize(("email", "roles", "field"), [("ada", ["viewer"], "email"), (GRACE, ["owner"], "roles[0]")])
def test_a_bad_invitation_names_the_field(world: World, email: str, roles: list[str], field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        world.service.invite(acting(world.ada), email=email, roles=roles)
    assert caught.value.fields[0].field == field


def test_known_and_unknown_addresses_are_invited_alike(world: World) -> None:
    """No address is looked up, so neither the answer nor its time can differ."""
    reads: list[str] = []
    store = world.people.identities
    known, unknown = world.other_admin().email, f"{new_id()}@example.com"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "credentials", reads.append)
        patch.setattr(store, "user", lambda *key: reads.append(str(key)))
        first, second = world.invite(known).invitation, world.invite(unknown).invitation
    assert reads == []
    assert (first.roles, first.expires_at, first.invited_by) == (second.roles, second.expires_at, second.invited_by)


def test_an_account_joins_a_further_organization_with_its_password(world: World) -> None:
    other = world.other_admin()
    user = world.join(world.invite(ADA, by=other), ADA)
    assert user.tenant_id == other.tenant_id
    assert user.id != world.ada.id
    assert user.name == world.ada.name


def test_a_wrong_password_of_an_account_leaves_the_invitation_open(world: World) -> None:
    invited = world.invite(ADA, by=world.other_admin())
    with pytest.raises(InvalidCredentials):
        world.join(invited, ADA, "incorrect horse battery")
    world.join(invited, ADA)


@pytest.mark.parametrize(
    ("password", "rule"), [("short", "min_length"), ("password1234", "common"), ("my-invited-name", "personal")]
)
def test_a_refused_password_does_not_tell_known_addresses_from_others(world: World, password: str, rule: str) -> None:
    refusals = []
    for address in (world.other_admin().email, f"{new_id()}@example.com"):
        token = str(world.invite(address).token)
        with pytest.raises(InvalidInput) as caught:
            world.joining.join(token, email=address, password=password, name="invited-name")
        refusals.append((str(caught.value), caught.value.fields))
    assert refusals[0] == refusals[1]
    assert refusals[0][1][0].rule == rule


def test_an_account_joins_an_organization_once(world: World) -> None:
    with pytest.raises(AlreadyExists):
        world.join(world.invite(ADA), ADA)


def test_a_caller_joins_a_further_organization_without_its_password(world: World) -> None:
    other, by = world.other_admin(), world.login(ADA)
    time.sleep(0.002)  # members are in the order of their ids, which have the milliseconds of the system's clock
    profile = world.joining.accept(by, str(world.invite(ADA, by=other).token))
    assert (profile.user.tenant_id, profile.organization.name) == (other.tenant_id, "Looms")
    assert [each.organization.name for each in world.joining.organizations(by)] == ["Engines", "Looms"]
    assert world.login(ADA, other.tenant_id).subject == profile.user.id


def test_an_api_key_joins_nothing(world: World) -> None:
    invited = world.invite(ADA, by=world.other_admin())
    key = replace(acting(world.ada), credential="key/0Ab1Cd2Ef3Gh4Ij5.abcd")
    with pytest.raises(PermissionDenied, match="API key"):
        world.joining.accept(key, str(invited.token))
    with pytest.raises(PermissionDenied, match="API key"):
        world.joining.organizations(key)
    world.join(invited, ADA)


def test_a_login_names_one_of_several_organizations(world: World) -> None:
    other = world.other_admin()
    user = world.join(world.invite(ADA, by=other), ADA)
    with pytest.raises(OrganizationRequired) as caught:
        world.login(ADA)
    assert caught.value.organizations == {world.ada.tenant_id: "Engines", other.tenant_id: "Looms"}
    assert (world.login(ADA, other.tenant_id).subject, world.login(ADA, other.tenant_id).roles) == (user.id, user.roles)
    assert world.login(ADA, world.ada.tenant_id).subject == world.ada.id


def test_organizations_are_named_only_after_the_right_password(world: World) -> None:
    world.join(world.invite(ADA, by=world.other_admin()), ADA)
    with pytest.raises(InvalidCredentials):
        world.accounts.login(email=ADA, password="wrong")


def test_a_foreign_organization_is_refused_by_name(world: World) -> None:
    for organization in (world.other_admin().tenant_id, "", "x" * 1000):
        with pytest.raises(InvalidInput) as caught:
            world.login(ADA, organization)
        assert (caught.value.fields[0].field, caught.value.fields[0].rule) == ("organization", "exists")


def test_the_only_organization_may_be_named(world: World) -> None:
    assert world.login(ADA, world.ada.tenant_id).subject == world.ada.id


def test_the_only_membership_that_is_left_needs_no_name(world: World) -> None:
    other = world.other_admin()
    world.join(world.invite(ADA, by=other), ADA)
    grace = world.join(world.invite(GRACE, "admin"))
    world.people.members.remove(world.ada)
    assert world.login(ADA).tenant_id == other.tenant_id
    assert world.login(GRACE).subject == grace.id
