"""Invitations that go by mail: nobody but their address has the token, so the token proves the address."""

import pytest

from maas.domain.errors import AlreadyExists, InvalidCredentials, RateLimited, Unavailable
from maas.domain.identity.accounts import User
from maas.services.admission import INVITATION_MAILS, INVITATION_MAILS_ADDRESS
from tests.fakes.mail import FakeMailer
from tests.support.invitation_world import ADA, GRACE, PASSWORD, World, acting


class Mailed(World):
    def __init__(self) -> None:
        self.mailer = FakeMailer()
        super().__init__(self.mailer)

    def token(self) -> str:
        """The token of the last mail."""
        [token] = [line for line in self.mailer.sent[-1].text.splitlines() if "." in line and " " not in line]
        return token

    def stored(self, user: User) -> User:
        found = self.people.identities.user(user.tenant_id, user.id)
        assert found
        return found


@pytest.fixture
def world() -> Mailed:
    return Mailed()


def test_the_token_is_in_the_mail_and_not_in_the_answer(world: Mailed) -> None:
    invited = world.invite("Grace@example.com")
    assert (invited.token, invited.invitation.mailed) == (None, True)
    assert [mail.to for mail in world.mailer.sent] == ["Grace@example.com"]
    assert "Engines" in world.mailer.sent[0].text


def test_known_and_unknown_addresses_get_equal_mails(world: Mailed) -> None:
    texts = []
    for address in (world.other_admin().email, GRACE):
        world.invite(address)
        texts.append(world.mailer.sent[-1].text.replace(world.token(), ""))
    assert texts[0] == texts[1]


def test_a_new_person_who_joins_by_mail_is_verified(world: Mailed) -> None:
    world.invite()
    user = world.joining.join(world.token(), email=GRACE, password=PASSWORD).user
    assert user == world.stored(user)
    assert user.email_verified


def test_an_account_that_joins_by_mail_is_verified_everywhere(world: Mailed) -> None:
    world.invite(ADA, by=world.other_admin())
    user = world.joining.join(world.token(), email=ADA, password=PASSWORD).user
    assert user.email_verified
    assert world.stored(world.ada).email_verified
    known = world.people.identities.credentials(ADA)
    assert known
    assert known.verified


def test_a_caller_who_joins_by_mail_is_verified(world: Mailed) -> None:
    world.invite(ADA, by=world.other_admin())
    assert world.joining.accept(world.login(ADA), world.token()).user.email_verified
    assert world.stored(world.ada).email_verified


def test_a_wrong_password_with_a_mailed_token_verifies_nothing(world: Mailed) -> None:
    world.invite(ADA, by=world.other_admin())
    with pytest.raises(InvalidCredentials):
        world.joining.join(world.token(), email=ADA, password="incorrect horse battery")
    assert not world.stored(world.ada).email_verified


def test_a_token_that_an_admin_hands_over_verifies_nothing() -> None:
    world = World()
    user = world.join(world.invite())
    assert not user.email_verified
    assert not world.join(world.invite(GRACE, by=world.other_admin()), GRACE).email_verified


def test_a_verified_account_stays_verified_in_a_further_organization(world: Mailed) -> None:
    world.invite()
    world.joining.join(world.token(), email=GRACE, password=PASSWORD)
    world.mailer.has_sender = False
    assert world.join(world.invite(GRACE, by=world.other_admin())).email_verified


@pytest.mark.parametrize("fault", ["is_down", "refuses"])
def test_a_mail_that_can_t_be_sent_leaves_no_invitation(world: Mailed, fault: str) -> None:
    setattr(world.mailer, fault, True)
    with pytest.raises(Unavailable, match="mail"):
        world.invite()
    assert world.service.page(acting(world.ada), limit=10, cursor="").items == ()


def test_an_organization_s_name_brings_no_link_and_no_line_into_a_mail() -> None:
    mailer = FakeMailer()
    world = World(mailer)
    name = "Win at https://evil.example/x?y <b> now"
    founder = world.accounts.register(email="boss@corp.example", password=PASSWORD, organization=name).user
    world.invite(by=founder)
    [line] = [line for line in mailer.sent[0].text.splitlines() if "calls itself" in line]
    assert line.endswith(": Win at https evil example x y b now")


def test_an_organization_mails_200_invitations_a_day(world: Mailed) -> None:
    for n in range(INVITATION_MAILS.limit):
        made = world.invite(f"{n}@example.com")
        world.service.revoke(acting(world.ada), made.invitation.id)
    with pytest.raises(RateLimited) as caught:
        world.invite()
    assert caught.value.limit == "invitation_mails"
    assert len(world.mailer.sent) == INVITATION_MAILS.limit
    world.invite(by=world.other_admin())


def test_an_organization_mails_an_address_a_few_invitations_a_day(world: Mailed) -> None:
    for n in range(INVITATION_MAILS_ADDRESS.limit):
        made = world.invite([GRACE, GRACE.upper()][n % 2])
        world.service.revoke(acting(world.ada), made.invitation.id)
    with pytest.raises(RateLimited) as caught:
        world.invite()
    assert caught.value.limit == "invitation_mails_address"
    assert len(world.mailer.sent) == INVITATION_MAILS_ADDRESS.limit
    world.invite(by=world.other_admin())


def test_a_member_is_not_invited_twice_by_its_mail(world: Mailed) -> None:
    world.invite(ADA)
    with pytest.raises(AlreadyExists):
        world.joining.join(world.token(), email=ADA, password=PASSWORD)
