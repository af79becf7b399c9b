"""Invitations between the use cases and the contract."""

from typing import Any

from maas.contracts.invitations import InvitationAnswer, NewInvitationAnswer
from maas.domain.identity.invitations import Invitation
from maas.services.invitations import Invited


def invitation_answer(invitation: Invitation) -> InvitationAnswer:
    return InvitationAnswer(**_fields(invitation))


def new_invitation_answer(invited: Invited) -> NewInvitationAnswer:
    return NewInvitationAnswer(**_fields(invited.invitation), token=str(invited.token) if invited.token else None)


def _fields(invitation: Invitation) -> dict[str, Any]:
    return {
        "id": invitation.id,
        "email": invitation.email,
        "roles": sorted(invitation.roles),
        "invited_by": invitation.invited_by,
        "created_at": invitation.created_at,
        "expires_at": invitation.expires_at,
        "mailed": invitation.mailed,
    }
