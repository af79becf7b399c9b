"""Own accounts in memory, of FakeIdentities."""

from dataclasses import dataclass, replace
from datetime import datetime

from maas.domain.identity.accounts import Credentials, Session, User
from maas.domain.identity.races import Outdated
from maas.domain.identity.standing import session_ended
from tests.fakes.identity import FakeIdentities


@dataclass
class FakeOwnAccounts:
    identities: FakeIdentities

    def sessions(self, user: User, now: datetime, *, limit: int, after: str) -> tuple[list[Session], str]:
        own = [each for each in self.identities.sessions.values() if each.user_id == user.id and each.id > after]
        live = [each for each in own if not each.has_ended(now) and not user.has_ended(each)]
        found = sorted(live, key=lambda each: each.id)
        return found[:limit], found[limit - 1].id if len(found) > limit else ""

    def rename(self, user: User, name: str) -> None:
        self._change(user, name=name)

    def end_sessions(self, user: User, at: datetime) -> None:
        self._change(user, sessions_after=at)

    def change_password(self, email: str, known: Credentials, successor: Credentials, kept: str) -> None:
        if self.identities.by_email.get(email) != known:
            raise Outdated
        if kept:
            if kept not in self.identities.sessions:
                raise session_ended()
            session = self.identities.sessions[kept]
            self.identities.sessions[kept] = replace(session, password_id=successor.password_id)
        self.identities.by_email[email] = successor
        for user in self.identities.memberships(email, known):
            verified = user.email_verified or successor.verified
            self._change(user, password_id=successor.password_id, email_verified=verified)

    def verify(self, email: str, known: Credentials) -> None:
        """The Verifications port."""
        if self.identities.by_email.get(email) != known:
            raise Outdated
        self.identities.by_email[email] = replace(known, verified=True)
        for user in self.identities.memberships(email, known):
            self._change(user, email_verified=True)

    def reset_password(self, email: str, known: Credentials, successor: Credentials) -> None:
        self.change_password(email, known, successor, "")

    def _change(self, user: User, **values: object) -> None:
        stored = self.identities.users.get((user.tenant_id, user.id))
        if stored is not None:
            self.identities.users[user.tenant_id, user.id] = replace(stored, **values)  # type: ignore[arg-type]
