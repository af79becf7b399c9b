from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from maas.domain.errors import InvalidCredentials, InvalidInput, Unauthenticated, Unavailable
from maas.domain.identity import addresses
from maas.domain.identity.accounts import User
from maas.domain.identity.principals import Principal, possible_scopes
from maas.security.cursors import Cursors
from maas.security.signed_texts import SignedTexts
from maas.services.accounts import AccountService, Grant
from maas.services.invitations import InvitationService
from maas.services.joining import JoinService
from maas.services.mailed_tokens import MAIL_PAUSE
from maas.services.password_resets import RESET_LIFETIME, PasswordResetService
from maas.services.steady_answers import SteadyAnswers
from tests.fakes.api_keys import FakeApiKeys
from tests.fakes.identity import COMMON, FakeIdentities, FakePasswords
from tests.fakes.invitations import FakeInvitations
from tests.fakes.mail import FakeMailer, FakeMailPauses
from tests.fakes.members import FakeMembers
from tests.fakes.own_accounts import FakeOwnAccounts
from tests.support.account_world import EMAIL, PASSWORD, Clock
from tests.support.api_keys import a_key
from tests.support.mail_services import invitation_mails
from tests.support.signing_keys import keys_of
from tests.support.waiting import until

NEW = "another horse battery"


class World:
    def __init__(self, identities: FakeIdentities, passwords: FakePasswords, clock: Clock) -> None:
        self.identities, self.clock, self.mailer, self.slept = identities, clock, FakeMailer(), list[float]()
        self.texts = SignedTexts(keys_of("s" * 64), "maas password reset")
        steady = SteadyAnswers(1.0, lambda: 0.0, self.slept.append)
        own, pauses = FakeOwnAccounts(identities), FakeMailPauses()
        self.keys = FakeApiKeys()
        self.service = PasswordResetService(
            identities, own, self.keys, passwords, self.mailer, self.texts, pauses, steady, clock
        )

    def token(self, email: str = EMAIL) -> str:
        """Asks for a reset, and returns the token of the mail."""
        before = len(self.mailer.sent)
        self.service.forgot(email)
        until(lambda: len(self.mailer.sent) > before, 5)
        [token] = [line for line in self.mailer.sent[-1].text.splitlines() if "." in line and " " not in line]
        return token


@pytest.fixture
def world(identities: FakeIdentities, passwords: FakePasswords, clock: Clock) -> World:
    return World(identities, passwords, clock)


def _rule(caught: pytest.ExceptionInfo[InvalidInput]) -> tuple[str, str]:
    return caught.value.fields[0].field, caught.value.fields[0].rule


def test_a_token_from_the_mail_sets_a_new_password(world: World, accounts: AccountService, user: User) -> None:
    world.service.reset(world.token(), NEW)
    assert accounts.login(email=EMAIL, password=NEW).scopes
    with pytest.raises(InvalidCredentials):
        accounts.login(email=EMAIL, password=PASSWORD)


def test_a_reset_ends_all_sessions(world: World, accounts: AccountService, grant: Grant) -> None:
    other = accounts.login(email=EMAIL, password=PASSWORD)
    world.service.reset(world.token(), NEW)
    for each in (grant, other):
        with pytest.raises(Unauthenticated):
            accounts.refresh(each.refresh_token)


def test_a_mail_goes_to_the_address_of_the_account(world: World, accounts: AccountService) -> None:
    accounts.register(email="Ada@Example.com", password=PASSWORD)
    world.token("ADA@example.COM")
    assert [mail.to for mail in world.mailer.sent] == ["Ada@Example.com"]
    assert PASSWORD not in world.mailer.sent[0].text


@pytest.mark.parametrize(
    "address", ["a<victim@example.com", "a,victim@example.com", "a;b@example.com", '"a"@example.com']
)
def test_no_mail_goes_to_an_address_that_reads_as_another(
    world: World, accounts: AccountService, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as earlier_release:
        earlier_release.setattr(addresses, "chosen", addresses.email)
        accounts.register(email=address, password=PASSWORD)
    world.service.forgot(address)
    assert world.mailer.sent == []
    assert world.slept == [1.0]


def test_whoever_has_the_mailbox_takes_a_squatted_address_and_joins(
    world: World, accounts: AccountService, passwords: FakePasswords, identities: FakeIdentities, clock: Clock
) -> None:
    victim = "victim@corp.example"
    admin = accounts.register(email="boss@corp.example", password=PASSWORD).user
    accounts.register(email=victim, password="a stranger's secret")
    stranger = accounts.login(email=victim, password="a stranger's secret")
    invitations, cursors = FakeInvitations(identities), Cursors(keys_of("s" * 64))
    by = Principal(admin.id, admin.tenant_id, admin.roles, possible_scopes(admin.roles))
    service = InvitationService(invitations, FakeMembers(identities), invitation_mails(identities), cursors, clock)
    token = str(service.invite(by, email=victim, roles=["viewer"]).token)
    joining = JoinService(invitations, identities, passwords, clock)
    with pytest.raises(InvalidCredentials):
        joining.join(token, email=victim, password=NEW)

    world.service.reset(world.token(victim), NEW)
    assert joining.join(token, email=victim, password=NEW).user.tenant_id == admin.tenant_id
    with pytest.raises(Unauthenticated):
        accounts.refresh(stranger.refresh_token)


@pytest.mark.parametrize("verified", [True, False])
def test_a_reset_verifies_the_address_and_ends_keys_of_an_unverified_account(
    world: World, user: User, verified: bool
) -> None:
    """Before, a stranger may have registered the address, and made keys."""
    known = world.identities.by_email[EMAIL]
    world.identities.by_email[EMAIL] = replace(known, verified=verified)
    own, other = a_key(user), a_key(replace(user, id="another member"))
    for key in (own, other):
        world.keys.add(key, 10)
    world.service.reset(world.token(), NEW)
    assert set(world.keys.records.values()) == ({own, other} if verified else {other})
    assert world.identities.by_email[EMAIL].verified
    assert world.identities.users[user.tenant_id, user.id].email_verified


def test_a_crash_of_a_reset_leaves_no_key_of_an_unverified_account(
    world: World, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.identities.by_email[EMAIL] = replace(world.identities.by_email[EMAIL], verified=False)
    world.keys.add(a_key(user), 10)
    reset = FakeOwnAccounts.reset_password

    def dies(*values: Any) -> None:
        reset(*values)
        raise KeyboardInterrupt

    monkeypatch.setattr(FakeOwnAccounts, "reset_password", dies)
    with pytest.raises(KeyboardInterrupt):
        world.service.reset(world.token(), NEW)
    assert world.identities.by_email[EMAIL].verified
    assert world.keys.records == {}


def test_a_token_works_once(world: World, user: User) -> None:
    token = world.token()
    world.service.reset(token, NEW)
    with pytest.raises(InvalidInput) as caught:
        world.service.reset(token, "yet another battery")
    assert _rule(caught) == ("token", "exists")


def test_a_reset_ends_the_tokens_of_other_mails(world: World, user: User) -> None:
    first = world.token()
    world.clock.now += MAIL_PAUSE
    world.service.reset(world.token(), NEW)
    with pytest.raises(InvalidInput):
        world.service.reset(first, "yet another battery")


def test_a_token_lasts_an_hour(world: World, user: User) -> None:
    token = world.token()
    world.clock.now += RESET_LIFETIME - timedelta(seconds=1)
    with pytest.raises(InvalidInput) as caught:
        world.service.reset(token, "short")
    assert _rule(caught) == ("password", "min_length")
    world.clock.now += timedelta(seconds=1)
    with pytest.raises(InvalidInput) as caught:
        world.service.reset(token, NEW)
    assert _rule(caught) == ("token", "exists")


@pytest.mark.parametrize(("password", "rule"), [("short", "min_length"), (COMMON, "common"), (EMAIL + "!", "personal")])
def test_a_refused_password_leaves_the_token_good(world: World, user: User, password: str, rule: str) -> None:
    token = world.token()
    with pytest.raises(InvalidInput) as caught:
        world.service.reset(token, password)
    assert _rule(caught) == ("password", rule)
    world.service.reset(token, NEW)


def test_a_token_of_another_spelling_purpose_or_account_is_refused(world: World, user: User) -> None:
    token = world.token()
    other = SignedTexts(keys_of("s" * 64), "maas list cursor").sign("x")
    for wrong in ("", "x", f"{token}=", f" {token}", f"{token}\n", token[:-1], token.swapcase(), other, "x" * 5000):
        with pytest.raises(InvalidInput) as caught:
            world.service.reset(wrong, NEW)
        assert _rule(caught) == ("token", "exists")
    known = world.identities.by_email[EMAIL]
    world.identities.by_email[EMAIL] = replace(known, user_id="somebody who registered the address later")
    with pytest.raises(InvalidInput):
        world.service.reset(token, NEW)


def test_a_reset_that_is_overtaken_by_another_is_refused(
    world: World, user: User, monkeypatch: pytest.MonkeyPatch, passwords: FakePasswords
) -> None:
    token = world.token()
    hashed = passwords.hash

    def overtaken(password: str) -> str:
        monkeypatch.undo()
        world.service.reset(token, NEW)
        return hashed(password)

    monkeypatch.setattr(passwords, "hash", overtaken)
    with pytest.raises(InvalidInput) as caught:
        world.service.reset(token, "yet another battery")
    assert _rule(caught) == ("token", "exists")
    assert world.identities.by_email[EMAIL].password_hash == f"hash of {NEW}"


def test_an_address_gets_one_mail_a_minute(world: World, user: User) -> None:
    world.token()
    world.service.forgot(EMAIL)
    assert len(world.mailer.sent) == 1
    world.clock.now += MAIL_PAUSE
    world.token()
    assert len(world.mailer.sent) == 2


def test_known_and_unknown_addresses_are_answered_after_the_same_time(world: World, user: User) -> None:
    world.token()
    world.service.forgot("nobody@example.com")
    assert world.slept == [1.0, 1.0]
    assert len(world.mailer.sent) == 1


def test_a_mail_server_that_is_down_is_unavailable_for_everybody(world: World, user: User) -> None:
    world.mailer.is_down = True
    for address in (EMAIL, "nobody@example.com"):
        with pytest.raises(Unavailable, match="mail"):
            world.service.forgot(address)
    assert world.mailer.checked == 2
    assert world.slept == []


def test_a_mail_that_is_refused_looks_like_an_unknown_address(world: World, user: User) -> None:
    world.mailer.refuses = True
    world.service.forgot(EMAIL)
    assert world.slept == [1.0]
    assert world.mailer.sent == []


def test_records_that_an_account_alone_has_are_not_missed_aloud(
    world: World, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(tenant_id: str, user_id: str) -> User | None:
        raise Unavailable("accounts can't be read or changed just now; try again")

    monkeypatch.setattr(world.identities, "user", down)
    world.service.forgot(EMAIL)
    assert world.slept == [1.0]


def test_an_address_without_its_form_is_refused(world: World) -> None:
    with pytest.raises(InvalidInput) as caught:
        world.service.forgot("ada")
    assert _rule(caught) == ("email", "email")


def test_no_token_is_stored(world: World, user: User) -> None:
    token = world.token()
    assert token not in repr(world.identities)
    assert token.rpartition(".")[2] not in repr(world.identities)
