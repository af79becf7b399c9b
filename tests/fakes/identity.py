"""Accounts in memory, without real password hashing."""

from collections import UserDict
from dataclasses import dataclass, field, replace
from datetime import datetime

from maas.domain.errors import AlreadyExists
from maas.domain.identity.accounts import Credentials, Organization, Session, User
from maas.domain.identity.addresses import email_key
from maas.domain.identity.api_keys import ApiKey
from maas.domain.identity.trusted_issuers import TrustedIssuer


class ByAddress(UserDict[str, Credentials]):
    """Credentials by the key of their address, for addresses in any case."""

    def __getitem__(self, address: str) -> Credentials:
        return self.data[email_key(address)]

    def __setitem__(self, address: str, known: Credentials) -> None:
        self.data[email_key(address)] = known

    def __delitem__(self, address: str) -> None:
        del self.data[email_key(address)]

    def __contains__(self, address: object) -> bool:
        return isinstance(address, str) and email_key(address) in self.data


@dataclass
class FakeIdentities:
    organizations: dict[str, Organization] = field(default_factory=dict)
    users: dict[tuple[str, str], User] = field(default_factory=dict)
    by_email: ByAddress = field(default_factory=ByAddress)
    sessions: dict[str, Session] = field(default_factory=dict)
    keys: dict[str, ApiKey] = field(default_factory=dict)
    issuers: dict[tuple[str, str], TrustedIssuer] = field(default_factory=dict)

    def add(self, organization: Organization, founder: User, password_hash: str) -> None:
        if founder.email in self.by_email:
            raise AlreadyExists.of("email", "an account with this e-mail address exists")
        self.organizations[organization.id] = organization
        self.users[founder.tenant_id, founder.id] = founder
        self.by_email[founder.email] = Credentials(
            tenant_id=founder.tenant_id,
            user_id=founder.id,
            password_hash=password_hash,
            verified=founder.email_verified,
        )

    def organization(self, tenant_id: str) -> Organization | None:
        return self.organizations.get(tenant_id)

    def user(self, tenant_id: str, user_id: str) -> User | None:
        return self.users.get((tenant_id, user_id))

    def users_of(self, tenant_id: str) -> list[User]:
        return [user for (tenant, _), user in self.users.items() if tenant == tenant_id]

    def credentials(self, email: str) -> Credentials | None:
        return self.by_email.get(email)

    def memberships(self, email: str, known: Credentials) -> list[User]:
        members = (user for user in self.users.values() if email_key(user.email) == email_key(email))
        return sorted(members, key=lambda user: user.id)

    def renew(self, email: str, outdated: str, password_hash: str) -> None:
        known = self.by_email.get(email)
        if known and known.password_hash == outdated:
            self.by_email[email] = replace(known, password_hash=password_hash)

    def begin(self, session: Session) -> None:
        self.sessions[session.id] = session

    def session(self, session_id: str) -> Session | None:
        return self.sessions.get(session_id)

    def key(self, key_id: str) -> ApiKey | None:
        return self.keys.get(key_id)

    def trusted_issuer(self, tenant_id: str, issuer_id: str) -> TrustedIssuer | None:
        return self.issuers.get((tenant_id, issuer_id))

    def rotate(self, session_id: str, presented: str, successor: str, now: datetime) -> bool:
        if session_id not in self.sessions:
            return False
        session = self.sessions[session_id]
        if session.digest == presented and session.expires_at > now:
            self.sessions[session_id] = replace(
                session, digest=successor, family=session.family or presented, refreshed_at=now
            )
            return True
        return session.digest == successor

    def end(self, session: Session, *, reused: bool = False) -> None:
        self.sessions.pop(session.id, None)


COMMON = "password1234"


@dataclass
class FakePasswords:
    """A fake hash function, and a list of one common password.

    `made` and `checked` count hashes and comparisons, which are the costly part of a registration and a login.
    """

    made: int = 0
    checked: int = 0

    def hash(self, password: str) -> str:
        self.made += 1
        return _hash(password)

    def matches(self, password_hash: str | None, password: str) -> bool:
        self.checked += 1
        return password_hash in (_hash(password), f"outdated {_hash(password)}")

    def is_common(self, password: str) -> bool:
        return password == COMMON

    def is_outdated(self, password_hash: str) -> bool:
        return password_hash.startswith("outdated ")


def _hash(password: str) -> str:
    return f"hash of {password}"
