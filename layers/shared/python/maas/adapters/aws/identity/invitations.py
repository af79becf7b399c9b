"""Invitations in the identity table, and the members that they make."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache, partial

from maas.adapters.aws.identity.addresses import further_membership, new_address
from maas.adapters.aws.identity.events import event
from maas.adapters.aws.identity.members import DynamoMembers, admin_count
from maas.adapters.aws.identity.table import IdentityTable, Write, first_page
from maas.domain.errors import Contended, MaasError
from maas.domain.identity.accounts import Credentials, User
from maas.domain.identity.events import IdentityEventType
from maas.domain.identity.identity_event import IdentityEvent
from maas.domain.identity.invitations import Invitation, not_open
from maas.domain.identity.principals import Role
from maas.domain.identity.races import Outdated
from maas.wire.identity import accounts as account_items
from maas.wire.identity import invitations as items


class DynamoInvitations:
    """The Invitations port."""

    def __init__(self, table: IdentityTable) -> None:
        self._table = table
        self._members = DynamoMembers(table)

    def add(self, invitation: Invitation) -> None:
        item, new = items.invitation_item(invitation), "attribute_not_exists(pk)"
        made = event(None, invitation, otherwise=invitation.invited_by)
        if not self._table.commits([Write("Put", {"Item": item, "ConditionExpression": new})], [made]):
            self._renew(invitation)  # a repeated request makes its invitation again, with another token

    def _renew(self, invitation: Invitation) -> None:
        """Stores an invitation that there is, with its new token. One that was used or revoked stays so."""
        before = self.invitation(invitation.tenant_id, invitation.id)
        gone = Contended("the invitation was used, revoked or changed meanwhile; try again")
        if before is None:
            raise gone
        put = {
            "Item": items.invitation_item(invitation),
            "ConditionExpression": "digest = :digest",
            "ExpressionAttributeValues": {":digest": before.digest},
        }
        self._table.transact([Write("Put", put, gone)], [event(before, invitation, otherwise=invitation.invited_by)])

    def invitation(self, tenant_id: str, invitation_id: str) -> Invitation | None:
        item = self._table.get(items.invitation_key(tenant_id, invitation_id))
        return None if item is None else items.invitation_of(tenant_id, invitation_id, item)

    def page(self, tenant_id: str, now: datetime, *, limit: int, after: str) -> tuple[list[Invitation], str]:
        stored = self._table.listed(items.invitation_key(tenant_id, ""), after)
        found = (items.invitation_of(tenant_id, invitation_id, item) for invitation_id, item in stored)
        inviter = cache(partial(self._members.member, tenant_id))  # few admins make many invitations
        # The table's TTL is some days late.
        still_open = (each for each in found if each.is_open(inviter(each.invited_by), now))
        return first_page(still_open, limit, lambda invitation: invitation.id)

    def revoke(self, tenant_id: str, invitation_id: str) -> bool:
        found = self.invitation(tenant_id, invitation_id)
        if found is None:
            return False
        delete = {"Key": items.invitation_key(tenant_id, invitation_id), "ConditionExpression": "attribute_exists(pk)"}
        return self._table.commits([Write("Delete", delete)], [event(found, None)])

    def join(self, invitation: Invitation, user: User, password_hash: str) -> None:
        self._join(invitation, user, new_address(user, password_hash), [])

    def join_known(self, invitation: Invitation, user: User, known: Credentials) -> None:
        self._join(invitation, user, *further_membership(self._table, user, known))

    def _join(
        self, invitation: Invitation, user: User, address: Sequence[Write], events: Sequence[IdentityEvent]
    ) -> None:
        member = Write("Put", {"Item": account_items.user_item(user)})
        accepted = event(invitation, None, otherwise=user.id, kind=IdentityEventType.INVITATION_ACCEPTED)
        joined = [accepted, event(None, user, otherwise=user.id), *events]
        try:
            self._table.transact([*_used(invitation), *address, member, *admin_count(None, user)], joined)
        except (MaasError, Outdated):
            # Ours if botocore retried our own write, because its first answer was lost: the user's id is new.
            if self._table.get(account_items.user_key(user.tenant_id, user.id)) is None:
                raise


def _used(invitation: Invitation) -> list[Write]:
    """Deletes the invitation as it was read, and checks who has made it."""
    delete = {
        "Key": items.invitation_key(invitation.tenant_id, invitation.id),
        "ConditionExpression": "digest = :digest",
        "ExpressionAttributeValues": {":digest": invitation.digest},
    }
    inviter = {
        "Key": account_items.user_key(invitation.tenant_id, invitation.invited_by),
        "ConditionExpression": "contains(#roles, :admin) AND (attribute_not_exists(#off) OR #off <> :true)",
        "ExpressionAttributeNames": {"#roles": "roles", "#off": "disabled"},
        "ExpressionAttributeValues": {":admin": Role.ADMIN.value, ":true": True},
    }
    return [Write("Delete", delete, not_open()), Write("ConditionCheck", inviter, not_open())]
