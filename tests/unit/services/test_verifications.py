"""Addresses that are verified by the token of a mail, and registrations that need one first."""

from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from maas.domain.errors import AlreadyExists, InvalidCredentials, InvalidInput, MaasError, Unavailable
from maas.domain.identity import addresses
from maas.domain.identity.accounts import User
from maas.domain.identity.registration import Registration
from maas.security.signed_texts import SignedTexts
from maas.services.accounts import AccountService, Profile
from maas.services.mailed_tokens import MAIL_PAUSE
from maas.services.registrations import RegistrationService
from maas.services.steady_answers import SteadyAnswers
from maas.services.verifications import PROOF_LIFETIME, VerificationService
from tests.fakes.identity import FakePasswords
from tests.fakes.mail import FakeMailer
from tests.support.account_world import EMAIL, PASSWORD, Clock
from tests.support.identity_stores import IdentityStore, in_memory
from tests.support.signing_keys import keys_of
from tests.support.waiting import until

NOBODY = "nobody@example.com"
KEYS = keys_of("s" * 64)


@dataclass
class World:
    """The services over one store in memory. `slept` has the waits before answers, `failed` the wrong passwords."""

    registration: Registration = Registration.OPEN
    people: IdentityStore = field(default_factory=in_memory)
    mailer: FakeMailer = field(default_factory=FakeMailer)
    clock: Clock = field(default_factory=Clock)
    slept: list[float] = field(default_factory=list)
    failed: list[tuple[str, bool]] = field(default_factory=list)

    def __post_init__(self) -> None:
        store, passwords = self.people, FakePasswords()
        steady = SteadyAnswers(1.0, lambda: 0.0, self.slept.append)
        texts = SignedTexts(KEYS, "maas e-mail address")
        self.service = VerificationService(
            store.identities,
            store.verifications,
            passwords,
            self.mailer,
            texts,
            store.pauses,
            steady,
            self.registration,
            self.clock,
            failed=lambda email, known: self.failed.append((email, known is not None)),
        )
        self.accounts = AccountService(store.identities, passwords, None, self.clock)  # type: ignore[arg-type]
        self.registrations = RegistrationService(self.accounts, self.service, self.registration)

    def register(self, email: str = EMAIL, verification: str | None = None, **values: str) -> Profile | None:
        given = {"email": email, "password": PASSWORD, "name": "Ada", "organization": "Engines", **values}
        return self.registrations.register(**given, verification=verification)

    def asked(self, email: str) -> str:
        """Asks for a mail and returns its token."""
        before = len(self.mailer.sent)
        self.service.request(email)
        until(lambda: len(self.mailer.sent) > before, 5)
        return self.token()

    def token(self) -> str:
        """The token of the last mail."""
        [token] = [line for line in self.mailer.sent[-1].text.splitlines() if "." in line and " " not in line]
        return token

    def user(self, email: str = EMAIL) -> User:
        known = self.people.identities.credentials(email)
        assert known
        user = self.people.identities.user(known.tenant_id, known.user_id)
        assert user
        assert user.email_verified == known.verified
        return user


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def strict() -> World:
    return World(Registration.VERIFIED)


def _rule(error: MaasError) -> tuple[str, str]:
    return error.fields[0].field, error.fields[0].rule


def test_a_new_account_gets_a_mail_and_is_not_verified(world: World) -> None:
    assert world.register()
    assert [mail.to for mail in world.mailer.sent] == [EMAIL]
    assert not world.user().email_verified


def test_token_and_password_verify_an_account(world: World) -> None:
    world.register()
    assert world.service.proven(world.token()) == EMAIL
    for _ in range(2):
        world.service.verify(EMAIL, PASSWORD)
        assert world.user().email_verified


@pytest.mark.parametrize(("email", "password"), [(EMAIL, "incorrect horse battery"), (NOBODY, PASSWORD)])
def test_a_token_without_the_account_s_password_verifies_nothing(world: World, email: str, password: str) -> None:
    world.register()
    with pytest.raises(InvalidCredentials):
        world.service.verify(email, password)
    assert not world.user().email_verified
    assert world.failed == [(email, email == EMAIL)]


def test_a_verification_meets_a_change_of_the_password(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.register()
    known = world.people.identities.credentials(EMAIL)
    assert known
    verify = world.people.verifications.verify

    def overtaken(email: str, read: object) -> None:
        monkeypatch.undo()
        other = FakePasswords().hash("another horse battery")
        world.people.identities.renew(EMAIL, known.password_hash, other)
        verify(email, read)  # type: ignore[arg-type]

    monkeypatch.setattr(world.people.verifications, "verify", overtaken)
    with pytest.raises(InvalidCredentials):
        world.service.verify(EMAIL, PASSWORD)
    assert not world.user().email_verified


def test_a_token_lasts_an_hour(world: World) -> None:
    world.register()
    world.clock.now += PROOF_LIFETIME - timedelta(seconds=1)
    assert world.service.proven(world.token()) == EMAIL
    world.clock.now += timedelta(seconds=1)
    with pytest.raises(InvalidInput) as caught:
        world.service.proven(world.token())
    assert _rule(caught.value) == ("token", "exists")


def test_a_token_of_another_spelling_or_purpose_is_refused(world: World) -> None:
    world.register()
    token, other = world.token(), SignedTexts(KEYS, "maas password reset").sign('["ada@example.com", 9999999999]')
    for wrong in ("", "x", f"{token}=", f" {token}", f"{token}\n", token[:-1], token.swapcase(), other, "x" * 5000):
        with pytest.raises(InvalidInput) as caught:
            world.service.proven(wrong)
        assert _rule(caught.value) == ("token", "exists")


def test_each_kind_of_address_gets_its_mail(world: World) -> None:
    world.register()
    world.clock.now += MAIL_PAUSE
    world.service.verify(world.service.proven(world.asked(EMAIL.upper())), PASSWORD)
    world.asked(NOBODY)
    world.clock.now += MAIL_PAUSE
    world.service.request(EMAIL)
    until(lambda: len(world.mailer.sent) == 4, 5)
    verification, again, registration, known = world.mailer.sent
    assert verification.subject == again.subject == "Your address at MaaS"
    assert (registration.to, registration.subject) == (NOBODY, "Your registration with MaaS")
    assert (known.to, known.subject) == (EMAIL, "Your account with MaaS")
    assert not [line for line in known.text.splitlines() if "." in line and " " not in line]


@pytest.mark.parametrize("registration", [Registration.INVITED, Registration.CLOSED])
def test_a_stranger_who_can_t_register_gets_no_mail(registration: Registration) -> None:
    world = World(registration)
    world.accounts.register(email=EMAIL, password=PASSWORD)
    world.service.request(NOBODY)
    world.asked(EMAIL)
    assert [mail.to for mail in world.mailer.sent] == [EMAIL]
    assert world.slept == [1.0, 1.0]


def test_an_address_gets_one_mail_a_minute(world: World) -> None:
    world.asked(NOBODY)
    world.service.request(NOBODY)
    world.clock.now += MAIL_PAUSE
    world.asked(NOBODY)
    assert len(world.mailer.sent) == 2
    assert world.slept == [1.0] * 3


def test_no_mail_goes_to_an_address_that_reads_as_another(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as earlier_release:
        earlier_release.setattr(addresses, "chosen", addresses.email)
        world.accounts.register(email="a,victim@example.com", password=PASSWORD)
    for address in ("a,victim@example.com", "b,victim@example.com"):
        world.service.request(address)
    assert world.mailer.sent == []


def test_a_mail_server_that_is_down_is_unavailable_for_everybody(strict: World) -> None:
    strict.accounts.register(email=EMAIL, password=PASSWORD)
    strict.mailer.is_down = True
    for address in (EMAIL, NOBODY):
        with pytest.raises(Unavailable):
            strict.service.request(address)
        with pytest.raises(Unavailable):
            strict.register(address)


def test_an_open_registration_does_without_a_mail_server(world: World) -> None:
    world.mailer.is_down = True
    assert world.register()
    assert world.user().email == EMAIL


def test_a_registration_that_needs_a_mail_stores_nothing(strict: World) -> None:
    assert strict.register() is None
    until(lambda: strict.mailer.sent, 5)
    assert strict.people.identities.credentials(EMAIL) is None


def test_known_and_unknown_addresses_are_answered_alike_after_the_same_time(strict: World) -> None:
    strict.accounts.register(email=EMAIL, password=PASSWORD)
    assert strict.register(EMAIL) is strict.register(NOBODY) is None
    assert strict.slept == [1.0, 1.0]
    until(lambda: len(strict.mailer.sent) == 2, 5)


@pytest.mark.parametrize(
    ("field", "value", "rule"),
    [
        ("password", "short", "min_length"),
        ("password", "password1234", "common"),
        ("name", "", "min_length"),
        ("organization", "\x00", "control_characters"),
    ],
)
def test_a_refused_field_does_not_tell_known_addresses_from_others(
    strict: World, field: str, value: str, rule: str
) -> None:
    strict.accounts.register(email=EMAIL, password=PASSWORD)
    for address in (EMAIL, NOBODY):
        with pytest.raises(InvalidInput) as caught:
            strict.register(address, **{field: value})
        assert _rule(caught.value) == (field, rule)
    assert strict.mailer.sent == []


@pytest.mark.parametrize("registration", [Registration.VERIFIED, Registration.OPEN])
def test_the_token_of_a_mail_makes_a_verified_account(registration: Registration) -> None:
    world = World(registration)
    profile = world.register("ADA@example.com", world.asked(EMAIL))
    assert profile
    assert profile.user == world.user()
    assert (profile.user.email, profile.user.email_verified) == (EMAIL, True)
    assert len(world.mailer.sent) == 1


def test_a_token_registers_its_own_address_alone(strict: World) -> None:
    token = strict.asked(EMAIL)
    with pytest.raises(InvalidInput) as caught:
        strict.register(NOBODY, token)
    assert _rule(caught.value) == ("email", "declared")
    with pytest.raises(InvalidInput) as caught:
        strict.register(EMAIL, "x")
    assert _rule(caught.value) == ("verification", "exists")
    strict.register(EMAIL, token)
    with pytest.raises(AlreadyExists):
        strict.register(EMAIL, token)


def test_the_password_is_the_one_that_comes_with_the_token(strict: World) -> None:
    """So a stranger who has asked for the mail has no password in the account."""
    strict.register(EMAIL, password="a stranger's password")
    until(lambda: strict.mailer.sent, 5)
    strict.register(EMAIL, strict.token())
    known = strict.people.identities.credentials(EMAIL)
    assert known
    assert FakePasswords().matches(known.password_hash, PASSWORD)
