"""Mails with tokens, which people ask for by their address.

No token is stored. It is a signed text that says what it is for, and until when.
"""

import json
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

from maas.domain.errors import Unavailable
from maas.domain.identity import addresses
from maas.domain.identity.accounts import Credentials
from maas.domain.identity.mail import Mail
from maas.services.ports.identity import Identities
from maas.services.ports.mail import Mailer
from maas.services.ports.password_resets import MailPauses, SignedTexts
from maas.services.steady_answers import SteadyAnswers

# Between two mails of one kind to one address, so that nobody can fill another person's mailbox.
MAIL_PAUSE = timedelta(minutes=1)


class MailedTokens:
    """The tokens of one kind of mail, which are good for `lifetime`."""

    def __init__(
        self, kind: str, lifetime: timedelta, texts: SignedTexts, pauses: MailPauses, clock: Callable[[], datetime]
    ) -> None:
        self._kind, self._lifetime = kind, lifetime
        self._texts, self._pauses, self._clock = texts, pauses, clock

    def is_due(self, address: str) -> bool:
        """Returns whether the address may get a mail of this kind now, and counts it as sent."""
        now = self._clock()
        return self._pauses.claim(address, self._kind, now, now - MAIL_PAUSE)

    def token(self, *values: str) -> str:
        """The token that says these values."""
        return self._texts.sign(json.dumps([*values, int((self._clock() + self._lifetime).timestamp())]))

    def values(self, token: str) -> list[str] | None:
        """The values of a token; None if it is unknown or has expired."""
        text = self._texts.read(token)
        if text is None:
            return None
        *values, expires = json.loads(text)
        return values if self._clock().timestamp() < expires else None


class RequestedMails:
    """Mails that are sent beside the answer. Nothing tells the caller whether the address has an account."""

    def __init__(self, identities: Identities, mailer: Mailer, steady: SteadyAnswers) -> None:
        self._identities, self._mailer, self._steady = identities, mailer, steady

    def send(self, email: str, mail_of: Callable[[str, Credentials | None], Mail | None]) -> None:
        """Sends the mail that `mail_of` makes for an address and its credentials, if it makes one.

        Raises:
            InvalidInput: `email` is malformed.
            Unavailable: no mail can be sent, or accounts can't be read.
        """
        address = addresses.email(email)
        self._mailer.check()
        with self._steady.answer() as afterwards:
            known = self._identities.credentials(address)
            with suppress(Unavailable):  # which would happen for some addresses alone
                if mail := mail_of(address, known):
                    afterwards(lambda: self._mailer.send(mail))
