"""Accounts, members and invitations over one store: in memory, or in the identity table of a server."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count

from maas.adapters.aws.identity.accounts import DynamoIdentities
from maas.adapters.aws.identity.invitations import DynamoInvitations
from maas.adapters.aws.identity.mail_pauses import DynamoMailPauses
from maas.adapters.aws.identity.members import DynamoMembers
from maas.adapters.aws.identity.own_accounts import DynamoOwnAccounts
from maas.adapters.aws.identity.table import IdentityTable
from maas.adapters.aws.identity.verifications import DynamoVerifications
from maas.domain.identity.accounts import SESSION_LIFETIME, Client, Credentials, Organization, Session, User
from maas.domain.identity.invitations import Invitation, InvitationToken
from maas.domain.identity.principals import Role, Scope
from maas.domain.ids import new_id
from maas.services.ports.identity import Identities
from maas.services.ports.invitations import Invitations
from maas.services.ports.members import Members
from maas.services.ports.own_accounts import OwnAccounts
from maas.services.ports.password_resets import MailPauses
from maas.services.ports.verifications import Verifications
from tests.fakes.identity import FakeIdentities
from tests.fakes.invitations import FakeInvitations
from tests.fakes.mail import FakeMailPauses
from tests.fakes.members import FakeMembers
from tests.fakes.own_accounts import FakeOwnAccounts

# Ids of one millisecond have no order, so each id is of another one.
_MILLISECONDS = count()
NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)


@dataclass(frozen=True)
class IdentityStore:
    """The ports, and what their tests need in them."""

    identities: Identities
    members: Members
    invitations: Invitations
    own: OwnAccounts
    pauses: MailPauses
    verifications: Verifications

    def founder(self) -> User:
        """Adds an organization and its founder, an admin."""
        organization = Organization(id=new_id(), name="Analytical Engines", created_at=NOW)
        user = person(organization.id, Role.ADMIN)
        self.identities.add(organization, user, "the hash")
        return user

    def invitation(self, by: User, *roles: Role, email: str = "") -> Invitation:
        """Adds an invitation to the admin's organization."""
        token = InvitationToken.fresh(by.tenant_id, _next_id())
        invitation = Invitation(
            id=token.invitation_id,
            tenant_id=by.tenant_id,
            email=email or f"{new_id()}@example.com",
            roles=frozenset(roles or {Role.VIEWER}),
            digest=token.digest,
            invited_by=by.id,
            created_at=NOW,
            expires_at=NOW + timedelta(hours=72),
        )
        self.invitations.add(invitation)
        return invitation

    def colleague(self, by: User, *roles: Role) -> User:
        """Adds a member with a new address to the admin's organization."""
        invitation = self.invitation(by, *roles)
        user = invited(invitation)
        self.invitations.join(invitation, user, "another hash")
        return user

    def membership(self, of: User, by: User, *roles: Role) -> User:
        """Adds a member with the address of an account to the admin's organization."""
        invitation = self.invitation(by, *roles, email=of.email)
        known = self.identities.credentials(of.email)
        assert known is not None
        self.invitations.join_known(invitation, user := invited(invitation), known)
        return user

    def session(self, of: User, started_at: datetime = NOW, password_id: str = "") -> Session:
        """Begins a session of the member."""
        session = Session(
            id=_next_id(),
            tenant_id=of.tenant_id,
            user_id=of.id,
            scopes=frozenset({Scope.MODELS_READ}),
            expires_at=started_at + SESSION_LIFETIME,
            digest="digest",
            family="family",
            started_at=started_at,
            client=Client("203.0.113.7", "curl/8.9.1"),
            password_id=password_id,
        )
        self.identities.begin(session)
        return session

    def known(self, user: User) -> Credentials:
        """The credentials of the member's address."""
        known = self.identities.credentials(user.email)
        assert known is not None
        return known

    def stored(self, user: User) -> User | None:
        return self.members.member(user.tenant_id, user.id)


def in_memory() -> IdentityStore:
    identities = FakeIdentities()
    return IdentityStore(
        identities,
        FakeMembers(identities),
        FakeInvitations(identities),
        own := FakeOwnAccounts(identities),
        FakeMailPauses(),
        own,
    )


def in_table(endpoint: str, name: str) -> IdentityStore:
    table = IdentityTable(name, endpoint)
    return IdentityStore(
        DynamoIdentities(table),
        DynamoMembers(table),
        DynamoInvitations(table),
        DynamoOwnAccounts(table),
        DynamoMailPauses(table),
        DynamoVerifications(table),
    )


def _next_id() -> str:
    return new_id(NOW + timedelta(milliseconds=next(_MILLISECONDS)))


def person(tenant_id: str, *roles: Role) -> User:
    user_id = _next_id()
    return User(
        id=user_id,
        tenant_id=tenant_id,
        email=f"{user_id}@example.com",
        name="Ada",
        roles=frozenset(roles),
        created_at=NOW,
    )


def invited(invitation: Invitation) -> User:
    """The member that the invitation makes."""
    return replace(person(invitation.tenant_id, *invitation.roles), email=invitation.email)
