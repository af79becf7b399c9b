"""The services that send mail, over accounts of any store and without their wait."""

from maas.domain.identity.registration import Registration
from maas.security.signed_texts import SignedTexts
from maas.services.accounts import AccountService
from maas.services.invitation_mails import InvitationMails
from maas.services.password_resets import PasswordResetService
from maas.services.ports.identity import Identities
from maas.services.ports.mail import Mailer
from maas.services.registrations import RegistrationService
from maas.services.steady_answers import SteadyAnswers
from maas.services.verifications import VerificationService
from tests.fakes.api_keys import FakeApiKeys
from tests.fakes.identity import FakePasswords
from tests.fakes.mail import FakeMailer
from tests.support.admission import admission_in_memory
from tests.support.identity_stores import IdentityStore
from tests.support.signing_keys import keys_of


def reset_service(people: IdentityStore, mailer: Mailer) -> PasswordResetService:
    texts, hasher = SignedTexts(keys_of("s" * 64), "maas password reset"), FakePasswords()
    return PasswordResetService(
        people.identities, people.own, FakeApiKeys(), hasher, mailer, texts, people.pauses, SteadyAnswers(0)
    )


def verification_service(
    people: IdentityStore, mailer: Mailer, registration: Registration = Registration.OPEN
) -> VerificationService:
    texts, hasher = SignedTexts(keys_of("s" * 64), "maas e-mail address"), FakePasswords()
    return VerificationService(
        people.identities, people.verifications, hasher, mailer, texts, people.pauses, SteadyAnswers(0), registration
    )


def registration_service(
    accounts: AccountService,
    people: IdentityStore,
    mailer: Mailer | None = None,
    registration: Registration = Registration.OPEN,
) -> RegistrationService:
    """Without a mailer, no mail is sent."""
    sender = mailer or FakeMailer(has_sender=False)
    return RegistrationService(accounts, verification_service(people, sender, registration), registration)


def invitation_mails(identities: Identities, mailer: Mailer | None = None) -> InvitationMails:
    """Without a mailer, no invitation is mailed."""
    return InvitationMails(mailer or FakeMailer(has_sender=False), identities, admission_in_memory())
