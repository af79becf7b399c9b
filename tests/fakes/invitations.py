"""Invitations in memory, to the organizations of FakeIdentities."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from maas.domain.identity.accounts import MEMBERSHIPS_MAX, Credentials, User
from maas.domain.identity.invitations import Invitation, already_member, not_open, too_many_organizations
from maas.domain.identity.members import is_active_admin
from maas.domain.identity.races import Outdated
from tests.fakes.identity import FakeIdentities


@dataclass
class FakeInvitations:
    identities: FakeIdentities
    invitations: dict[tuple[str, str], Invitation] = field(default_factory=dict)

    def add(self, invitation: Invitation) -> None:
        self.invitations[invitation.tenant_id, invitation.id] = invitation

    def invitation(self, tenant_id: str, invitation_id: str) -> Invitation | None:
        return self.invitations.get((tenant_id, invitation_id))

    def page(self, tenant_id: str, now: datetime, *, limit: int, after: str) -> tuple[list[Invitation], str]:
        behind = sorted(key for key in self.invitations if key[0] == tenant_id and key[1] > after)
        found = [
            each
            for each in map(self.invitations.__getitem__, behind)
            if each.is_open(self.identities.users.get((tenant_id, each.invited_by)), now)
        ]
        return found[:limit], found[limit - 1].id if len(found) > limit else ""

    def revoke(self, tenant_id: str, invitation_id: str) -> bool:
        return self.invitations.pop((tenant_id, invitation_id), None) is not None

    def join(self, invitation: Invitation, user: User, password_hash: str) -> None:
        if user.email in self.identities.by_email:
            raise Outdated
        self._use(invitation)
        self.identities.users[user.tenant_id, user.id] = user
        self.identities.by_email[user.email] = Credentials(
            tenant_id=user.tenant_id,
            user_id=user.id,
            password_hash=password_hash,
            verified=user.email_verified,
        )

    def join_known(self, invitation: Invitation, user: User, known: Credentials) -> None:
        if known.memberships >= MEMBERSHIPS_MAX:
            raise too_many_organizations()
        if any(each.email == user.email for each in self.identities.users_of(user.tenant_id)):
            raise already_member()
        if self.identities.by_email.get(user.email) != known:
            raise Outdated
        self._use(invitation)
        self.identities.users[user.tenant_id, user.id] = user
        verified = known.verified or user.email_verified
        self.identities.by_email[user.email] = replace(known, memberships=known.memberships + 1, verified=verified)
        for each in self.identities.memberships(user.email, known):
            self.identities.users[each.tenant_id, each.id] = replace(each, email_verified=verified)

    def _use(self, invitation: Invitation) -> None:
        inviter = self.identities.user(invitation.tenant_id, invitation.invited_by)
        if inviter is None or not is_active_admin(inviter) or not self.revoke(invitation.tenant_id, invitation.id):
            raise not_open()
