"""The service of forgotten passwords over accounts of any store, without its wait."""

from maas.security.signed_texts import SignedTexts
from maas.services.password_resets import PasswordResetService
from maas.services.ports.mail import Mailer
from maas.services.steady_answers import SteadyAnswers
from tests.fakes.identity import FakePasswords
from tests.support.identity_stores import IdentityStore
from tests.support.signing_keys import keys_of


def reset_service(people: IdentityStore, mailer: Mailer) -> PasswordResetService:
    texts, steady = SignedTexts(keys_of("s" * 64), "maas password reset"), SteadyAnswers(0)
    return PasswordResetService(people.identities, people.own, FakePasswords(), mailer, texts, people.pauses, steady)
