"""Use cases of addresses: a mail with a token, and the token as the proof that somebody reads the address's mail.

No token is stored. It is signed and names the address alone, so every mail is as good as a later one, whoever asked for
it. It proves the mailbox and no account: an account is verified for whoever shows its password too, so that nobody
verifies the account of a stranger who has registered the address (docs/decisions/0060).
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

from maas.domain.clock import now as wall_clock
from maas.domain.errors import InvalidCredentials, InvalidInput, Rule, Unavailable
from maas.domain.identity import addresses, passwords
from maas.domain.identity.accounts import Credentials, User
from maas.domain.identity.mail import Mail
from maas.domain.identity.races import settled
from maas.domain.identity.registration import Registration
from maas.services import mails
from maas.services.mailed_tokens import MailedTokens, RequestedMails
from maas.services.ports.identity import Identities, Passwords
from maas.services.ports.mail import Mailer
from maas.services.ports.password_resets import MailPauses, SignedTexts
from maas.services.ports.verifications import Verifications
from maas.services.steady_answers import SteadyAnswers

PROOF_LIFETIME = timedelta(hours=1)


class VerificationService:
    """Verifies addresses. What it does for an address without an account looks and lasts the same.

    `failed` takes an address that a wrong password was shown for, as in AccountService.
    """

    def __init__(
        self,
        identities: Identities,
        verifications: Verifications,
        hasher: Passwords,
        mailer: Mailer,
        texts: SignedTexts,
        pauses: MailPauses,
        steady: SteadyAnswers,
        registration: Registration,
        clock: Callable[[], datetime] = wall_clock,
        failed: Callable[[str, Credentials | None], None] = lambda _email, _known: None,
    ) -> None:
        self._identities, self._verifications, self._hasher = identities, verifications, hasher
        self._tokens = MailedTokens("verification", PROOF_LIFETIME, texts, pauses, clock)
        self._mailer, self._mails = mailer, RequestedMails(identities, mailer, steady)
        self._registration = registration
        self._failed = failed

    def request(self, email: str) -> None:
        """Mails a token to the address, or the news that it has a verified account. The caller can't tell which.

        An address without an account gets no mail if people can't register without an invitation.

        Raises:
            InvalidInput: `email` is malformed.
            Unavailable: no mail can be sent, or accounts can't be read.
        """
        self._mails.send(email, self._mail)

    def welcome(self, user: User) -> None:
        """Mails a token to a new account. It does without the mail if none can be sent: another can be asked for."""
        with suppress(Unavailable):
            if self._mailer.has_sender and self._tokens.is_due(user.email):
                self._mailer.send(mails.verification(user.email, self._tokens.token(user.email), PROOF_LIFETIME))

    def proven(self, token: str, field: str = "token") -> str:
        """The address whose mail the holder of the token reads. Raises InvalidInput (`field`)."""
        values = self._tokens.values(token)
        if values is None:
            message = "must be the token of a mail that is not older than an hour: this one is unknown or expired"
            raise InvalidInput.of(field, Rule.EXISTS, message)
        return values[0]

    def verify(self, address: str, password: str) -> None:
        """Notes that the account with this proven address and this password is verified. It may be so already.

        Raises:
            InvalidInput (password): it does not have the form of one.
            InvalidCredentials: the address has no account, or one with another password.
        """
        shown = passwords.shown(password)
        settled(lambda: self._attempt(address, shown))

    def _attempt(self, address: str, password: str) -> None:
        known = self._identities.credentials(address)
        if not self._hasher.matches(known.password_hash if known else None, password) or known is None:
            self._failed(address, known)
            raise InvalidCredentials("the e-mail address or the password is wrong")
        if not known.verified:
            self._verifications.verify(address, known)

    def _mail(self, address: str, known: Credentials | None) -> Mail | None:
        to = self._recipient(address, known)
        if to is None or not addresses.is_mailable(to) or not self._tokens.is_due(address):
            return None
        if known and known.verified:
            return mails.known_address(to)
        text = mails.verification if known else mails.registration
        return text(to, self._tokens.token(to), PROOF_LIFETIME)

    def _recipient(self, address: str, known: Credentials | None) -> str | None:
        """The address in the spelling of its account, which gets the mail; None if nobody does."""
        if known is None:
            return address if self._registration.takes_strangers else None
        user = self._identities.user(known.tenant_id, known.user_id)
        return user.email if user else None
