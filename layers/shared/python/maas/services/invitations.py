"""Use cases of an organization's admins: invite people, list and revoke invitations."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from maas.domain.clock import now as wall_clock
from maas.domain.errors import NotFound, Unavailable
from maas.domain.identity import addresses
from maas.domain.identity.invitations import INVITATION_LIFETIME, INVITATIONS_MAX, Invitation, InvitationToken
from maas.domain.identity.lists import list_of
from maas.domain.identity.members import MEMBERS_MAX, MemberFilter
from maas.domain.identity.members import roles as invited_roles
from maas.domain.identity.principals import Principal, Scope
from maas.domain.ids import known_id, new_id
from maas.domain.pages import Page
from maas.domain.quotas import Quota, Usage, exceeded
from maas.platform.request_context import effect_id
from maas.services.invitation_mails import InvitationMails
from maas.services.pages import page_of
from maas.services.ports.cursors import Cursors
from maas.services.ports.invitations import Invitations
from maas.services.ports.members import Members


@dataclass(frozen=True, slots=True)
class Invited:
    """A new invitation and its token, which is not stored; None if it was mailed to the person alone."""

    invitation: Invitation
    token: InvitationToken | None


class InvitationService:
    """Every method raises PermissionDenied unless the caller is an admin."""

    def __init__(
        self,
        invitations: Invitations,
        members: Members,
        mails: InvitationMails,
        cursors: Cursors,
        clock: Callable[[], datetime] = wall_clock,
    ) -> None:
        self._invitations = invitations
        self._members = members
        self._mails = mails
        self._cursors = cursors
        self._clock = clock

    def invite(self, by: Principal, *, email: str, roles: Sequence[str]) -> Invited:
        """Makes an invitation, and mails it if mail is sent at all. No address is looked up, so all are alike.

        A request with a key that is repeated after a crash makes the same one again, with a token that was never shown.

        Raises:
            InvalidInput: a field breaks its rule.
            QuotaExceeded: the organization has INVITATIONS_MAX open ones, or MEMBERS_MAX members.
            RateLimited: the organization has mailed too many.
            Unavailable: the mail can't be sent; there is no invitation then.
        """
        by.require_in_tenant(Scope.USERS_ADMIN)
        now, token = self._clock().replace(microsecond=0), InvitationToken.fresh(by.tenant_id, effect_id() or new_id())
        invitation = Invitation(
            id=token.invitation_id,
            tenant_id=by.tenant_id,
            email=addresses.chosen(email),
            roles=invited_roles(roles),
            digest=token.digest,
            invited_by=by.subject,
            created_at=now,
            expires_at=now + INVITATION_LIFETIME,
            mailed=self._mails.has_sender,
        )
        self._check_room(invitation)
        if not invitation.mailed:
            self._invitations.add(invitation)
            return Invited(invitation, token)
        self._mails.check(by.tenant_id, invitation.email)
        self._invitations.add(invitation)
        self._mail(invitation, token)
        return Invited(invitation, None)

    def page(self, by: Principal, *, limit: int, cursor: str) -> Page[Invitation]:
        """A page of the organization's open invitations, oldest first. Raises InvalidInput (limit, cursor)."""
        by.require_in_tenant(Scope.USERS_ADMIN)
        read = partial(self._invitations.page, by.tenant_id, self._clock())
        return page_of(self._cursors, list_of(by, "invitations"), read, limit=limit, cursor=cursor)

    def revoke(self, by: Principal, invitation_id: str) -> None:
        """Deletes an invitation. Raises NotFound if it is not an open one of the caller's organization."""
        by.require_in_tenant(Scope.USERS_ADMIN)
        wanted = known_id("invitation_id", "invitation", invitation_id)
        if not self._invitations.revoke(by.tenant_id, wanted):
            raise NotFound.of("invitation_id", "invitation", invitation_id)

    def _mail(self, invitation: Invitation, token: InvitationToken) -> None:
        try:
            self._mails.send(invitation, token)
        except Unavailable:
            self._invitations.revoke(invitation.tenant_id, invitation.id)
            raise

    def _check_room(self, new: Invitation) -> None:
        """The bounds keep a table small. Invitations at once can pass them a little."""
        there, _ = self._invitations.page(new.tenant_id, self._clock(), limit=INVITATIONS_MAX, after="")
        if len(there) >= INVITATIONS_MAX and new.id not in {each.id for each in there}:
            raise exceeded(Usage(Quota.INVITATIONS, INVITATIONS_MAX, len(there)))
        if len(self._members.page(new.tenant_id, MemberFilter(), limit=MEMBERS_MAX, after="")[0]) >= MEMBERS_MAX:
            raise exceeded(Usage(Quota.MEMBERS, MEMBERS_MAX, MEMBERS_MAX))
