"""Use cases of a person who has forgotten the password: a mail with a token, and the token for a new password.

No token is stored. It is signed, and names the password that it may replace. So it is good once, for an hour, and no
longer than that password. Whoever shows it reads the address's mail, so the address is verified with the new password.
"""

from collections.abc import Callable
from dataclasses import astuple, dataclass, replace
from datetime import datetime, timedelta

from maas.domain.clock import now as wall_clock
from maas.domain.errors import InvalidInput, Rule
from maas.domain.identity import addresses
from maas.domain.identity.accounts import Credentials
from maas.domain.identity.mail import Mail
from maas.domain.identity.races import settled
from maas.domain.ids import new_id
from maas.services import mails, new_passwords
from maas.services.ended_keys import remove_keys_of
from maas.services.mailed_tokens import MailedTokens, RequestedMails
from maas.services.ports.identity import ApiKeys, Identities, Passwords
from maas.services.ports.mail import Mailer
from maas.services.ports.own_accounts import OwnAccounts
from maas.services.ports.password_resets import MailPauses, SignedTexts
from maas.services.steady_answers import SteadyAnswers

RESET_LIFETIME = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class _Reset:
    """The meaning of a token: whose password it may replace, and which one."""

    email: str
    tenant_id: str
    user_id: str
    password_id: str

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
        self._tokens = MailedTokens("reset", RESET_LIFETIME, texts, pauses, clock)
        self._mails = RequestedMails(identities, mailer, steady)

    def forgot(self, email: str) -> None:
        """Mails a token to the address if it has an account. Nothing tells the caller whether it has.

        Raises:
            InvalidInput: `email` is malformed.
            Unavailable: no mail can be sent, or accounts can't be read.
        """
        self._mails.send(email, self._mail)

    def reset(self, token: str, password: str) -> None:
        """Replaces the password, and ends all sessions of the account in all its organizations.

        If the address was not verified, somebody else may have registered it. So the account's API keys end too.

        Raises:
            InvalidInput: the token is unknown, used or expired, or the password breaks its rule.
        """
        asked = self._read(token)
        before = settled(lambda: self._attempt(asked, password))
        self._end_keys(asked.email, before)  # those that were made meanwhile

    def _mail(self, address: str, known: Credentials | None) -> Mail | None:
        user = self._identities.user(known.tenant_id, known.user_id) if known else None
        if known is None or user is None or not addresses.is_mailable(user.email):
            return None
        if not self._tokens.is_due(address):
            return None
        reset = _Reset(user.email, known.tenant_id, known.user_id, known.password_id)
        return mails.password_reset(user.email, self._tokens.token(*astuple(reset)), RESET_LIFETIME)

    def _read(self, token: str) -> _Reset:
        values = self._tokens.values(token)
        if values is None:
            raise _not_open()
        return _Reset(*values)

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
