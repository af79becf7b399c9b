"""Invitations as items of the identity table: `TENANT#<tenant>`, `INVITATION#<id>`.

`expires` (Unix seconds) is also the table's TTL.
"""

from datetime import UTC, datetime
from typing import Any

from maas.domain.identity.invitations import Invitation
from maas.domain.identity.principals import Role
from maas.wire.identity.accounts import Item


def invitation_key(tenant_id: str, invitation_id: str) -> dict[str, str]:
    return {"pk": f"TENANT#{tenant_id}", "sk": f"INVITATION#{invitation_id}"}


def invitation_item(invitation: Invitation) -> dict[str, Any]:
    return {
        **invitation_key(invitation.tenant_id, invitation.id),
        "email": invitation.email,
        "roles": sorted(invitation.roles),
        "digest": invitation.digest,
        "invited_by": invitation.invited_by,
        "created_at": invitation.created_at.isoformat(),
        "expires": int(invitation.expires_at.timestamp()),
        **({"mailed": True} if invitation.mailed else {}),
    }


def invitation_of(tenant_id: str, invitation_id: str, item: Item) -> Invitation:
    return Invitation(
        id=invitation_id,
        tenant_id=tenant_id,
        email=item["email"],
        roles=frozenset(Role(role) for role in item["roles"]),
        digest=item["digest"],
        invited_by=item["invited_by"],
        created_at=datetime.fromisoformat(item["created_at"]),
        expires_at=datetime.fromtimestamp(int(item["expires"]), UTC),
        mailed=item.get("mailed", False),
    )
