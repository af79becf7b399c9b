"""Use cases of a person's own account: name, password, and sessions."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial

from maas.domain import value_rules
from maas.domain.clock import now as wall_clock
from maas.domain.errors import InvalidInput, NotFound, PermissionDenied, Rule, Unauthenticated
from maas.domain.identity import passwords
from maas.domain.identity.accounts import Credentials, Session, User
from maas.domain.identity.credentials import ISSUER, KEY, parsed_credential
from maas.domain.identity.lists import list_of
from maas.domain.identity.principals import Principal
from maas.domain.identity.races import settled
from maas.domain.ids import known_id, new_id
from maas.domain.pages import Page
from maas.platform.request_context import keep_member, kept_member
from maas.services import new_passwords
from maas.services.pages import page_of
from maas.services.ports.cursors import Cursors
from maas.services.ports.identity import Identities, Passwords
from maas.services.ports.own_accounts import OwnAccounts


class OwnAccountService:
    """Every method raises PermissionDenied for an API key, which must not take its owner's account over.

    `failed` is that of AccountService: whoever has a stolen token guesses the password here.
    """

    def __init__(
        self,
        own: OwnAccounts,
        identities: Identities,
        hasher: Passwords,
        cursors: Cursors,
        clock: Callable[[], datetime] = wall_clock,
        failed: Callable[[str, Credentials | None], None] = lambda _email, _known: None,
    ) -> None:
        self._failed = failed
        self._own = own
        self._identities = identities
        self._passwords = hasher
        self._cursors = cursors
        self._clock = clock

    def address(self, by: Principal) -> str:
        """The caller's e-mail address."""
        return self._person(by).email

    def change(self, by: Principal, *, name: str | None, chosen: tuple[str, str] | None) -> None:
        """Changes the caller's name in its organization, and its password in all of them; None leaves either.

        `chosen` is the new password and the current one. With the password, all sessions but the caller's end.

        Raises:
            InvalidInput: a value breaks its rule.
            PermissionDenied (current_password): it is wrong.
        """
        user = self._person(by)
        keep_member(None)
        name = None if name is None else value_rules.name(name)
        if chosen is not None:
            successor, current = chosen[0], passwords.shown(chosen[1])
            settled(lambda: self._change_password(user, current_session(by), current, successor))
        if name is not None:
            self._own.rename(user, name)

    def sessions(self, by: Principal, *, limit: int, cursor: str) -> Page[Session]:
        """A page of the caller's sessions in its organization, oldest first. Raises InvalidInput (limit, cursor)."""
        read = partial(self._own.sessions, self._person(by), self._clock())
        return page_of(self._cursors, list_of(by, "sessions"), read, limit=limit, cursor=cursor)

    def session(self, by: Principal, session_id: str) -> Session:
        """Raises NotFound if the caller has no such session."""
        user = self._person(by)
        found = self._identities.session(known_id("session_id", "session", session_id))
        is_own = found is not None and (found.tenant_id, found.user_id) == (user.tenant_id, user.id)
        if found is None or not is_own or found.has_ended(self._clock()) or user.has_ended(found):
            raise NotFound.of("session_id", "session", session_id)
        return found

    def end_session(self, by: Principal, session_id: str) -> None:
        """Ends one session of the caller, its tokens included. Raises NotFound."""
        self._identities.end(self.session(by, session_id))

    def end_sessions(self, by: Principal) -> None:
        """Ends all sessions of the caller in its organization, the one that it is calling with too."""
        self._own.end_sessions(self._person(by), self._clock())

    def _change_password(self, user: User, session_id: str, shown: str, successor: str) -> None:
        known = self._identities.credentials(user.email)
        if known is None or not self._passwords.matches(known.password_hash, shown):
            self._failed(user.email, known)
            raise PermissionDenied.of("current_password", "the current password is wrong")
        digest = new_passwords.hashed(self._passwords, successor, email=user.email, name=user.name)
        self._own.change_password(
            user.email, known, replace(known, password_hash=digest, password_id=new_id()), session_id
        )

    def _person(self, by: Principal) -> User:
        return person(self._identities, by)


def person(identities: Identities, by: Principal) -> User:
    """The caller as a person. Raises PermissionDenied for an API key, Unauthenticated if the member is gone."""
    if parsed_credential(by.credential)[0] in (KEY, ISSUER):
        raise PermissionDenied.of("authorization", "an API key or an exchanged token can't manage an account; log in")
    user = kept_member(by) or identities.user(by.tenant_id, by.subject)
    if user is None:
        raise Unauthenticated("the account does not exist any more")
    return user


def current_session(by: Principal) -> str:
    """The id of the session that the caller is using; empty for a token that names none."""
    return parsed_credential(by.credential)[1]


def password_change(password: str | None, current: str | None) -> tuple[str, str] | None:
    """The new and the current password of a request; None if it has neither. Raises InvalidInput if one is missing."""
    if password is None and current is None:
        return None
    if password is None or current is None:
        missing = "password" if password is None else "current_password"
        raise InvalidInput.of(missing, Rule.REQUIRED, "must be given together with the other password")
    return password, current
