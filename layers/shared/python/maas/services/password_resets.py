"""Use cases of a person who has forgotten the password: a mail with a token, and the token for a new password.

No token is stored. It is signed, and names the password that it may replace. So it is good once, for an hour, and no
longer than that password. Whoever shows it reads the address's mail, so the address is verified with the new password.
"""

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import astuple, dataclass, replace
from datetime import datetime, timedelta

from maas.domain.clock import now as wall_clock
from maas.domain.errors import InvalidInput, Rule, Unavailable
from maas.domain.identity import addresses
from maas.domain.identity.accounts import Credentials
from maas.domain.identity.mail import Mail
from maas.domain.identity.races import settled
from maas.domain.ids import new_id
from maas.services import mails, new_passwords
from maas.services.ended_keys import remove_keys_of
from maas.services.ports.identity import ApiKeys, Identities, Passwords
from maas.services.ports.mail import Mailer
from maas.services.ports.own_accounts import OwnAccounts
from maas.services.ports.password_resets import MailPauses, SignedTexts
from maas.services.steady_answers import SteadyAnswers

RESET_LIFETIME = timedelta(hours=1)
# Between two mails to one address, so that nobody can fill another person's mailbox.
MAIL_PAUSE = timedelta(minutes=1)
_KIND = "reset"


@dataclass(frozen=True, slots=True)
class _Reset:
    """What a token says: whose password it may replace, and until when (Unix seconds)."""

    email: str
    tenant_id: str
    user_id: str
    password_id: str
    expires: int

    def is_of(self, known: Credentials) -> bool:
        return (self.tenant_id, self.user_id, self.password_id) == (known.tenant_id, known.user_id, known.password_id)


class PasswordResetService:
    """Resets passwords. What it does for an address without an account looks and lasts the same."""

    def __init__(
        self,
        identities: Identities,
        own: OwnAccounts,
        keys: ApiKeys,
        hasher: Passwords,
        mailer: Mailer,
        texts: SignedTexts,
        pauses: MailPauses,
        steady: SteadyAnswers,
        clock: Callable[[], datetime] = wall_clock,
    ) -> None:
        self._identities, self._own, self._keys, self._hasher = identities, own, keys, hasher
        self._mailer, self._texts, self._pauses = mailer, texts, pauses
        self._steady = steady
        self._clock = clock

    def forgot(self, email: str) -> None:
        """Mails a token to the address if it has an account. Nothing tells the caller whether it has.

        Raises:
            InvalidInput: `email` is malformed.
            Unavailable: no mail can be sent, or accounts can't be read.
        """
        address = addresses.email(email)
        self._mailer.check()
        with self._steady.answer() as afterwards:
            known = self._identities.credentials(address)
            with suppress(Unavailable):  # which would happen for an account alone
                if known is not None and (mail := self._mail(address, known)):
                    afterwards(lambda: self._mailer.send(mail))

    def reset(self, token: str, password: str) -> None:
        """Replaces the password, and ends all sessions of the account in all its organizations.

        If the address was not verified, somebody else may have registered it. So the account's API keys end too.

        Raises:
            InvalidInput: the token is unknown, used or expired, or the password breaks its rule.
        """
        asked = self._read(token)
        before = settled(lambda: self._attempt(asked, password))
        self._end_keys(asked.email, before)  # those that were made meanwhile

    def _mail(self, address: str, known: Credentials) -> Mail | None:
        now = self._clock()
        user = self._identities.user(known.tenant_id, known.user_id)
        if user is None or not addresses.is_mailable(user.email):
            return None
        if not self._pauses.claim(address, _KIND, now, now - MAIL_PAUSE):
            return None
        expires = int((now + RESET_LIFETIME).timestamp())
        reset = _Reset(user.email, known.tenant_id, known.user_id, known.password_id, expires)
        return mails.password_reset(user.email, self._texts.sign(json.dumps(astuple(reset))), RESET_LIFETIME)

    def _read(self, token: str) -> _Reset:
        text = self._texts.read(token)
        reset = None if text is None else _Reset(*json.loads(text))
        if reset is None or self._clock().timestamp() >= reset.expires:
            raise _not_open()
        return reset

    def _attempt(self, asked: _Reset, password: str) -> Credentials:
        """The credentials that were replaced."""
        known = self._identities.credentials(asked.email)
        user = self._identities.user(asked.tenant_id, asked.user_id)
        if known is None or user is None or not asked.is_of(known):
            raise _not_open()
        password_hash = new_passwords.hashed(self._hasher, password, email=user.email, name=user.name)
        successor = replace(known, password_hash=password_hash, password_id=new_id(), verified=True)
        # Before it: after a crash the address is verified, and nobody would end them any more.
        self._end_keys(asked.email, known)
        self._own.reset_password(asked.email, known, successor)
        return known

    def _end_keys(self, email: str, before: Credentials) -> None:
        """Ends the API keys of an account whose address was not verified."""
        if not before.verified:
            for member in self._identities.memberships(email, before):
                remove_keys_of(self._keys, member)


def _not_open() -> InvalidInput:
    message = "must be the token of a mail that is not older than an hour: this one is unknown, used or expired"
    return InvalidInput.of("token", Rule.EXISTS, message)
