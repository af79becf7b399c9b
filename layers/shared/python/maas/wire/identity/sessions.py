"""The list of a member's sessions in the identity table: `MEMBER#<tenant>#<user>`, `SESSION#<id>`.

`expires` (Unix seconds) is the table's TTL. The session itself is another item, and may be gone before.
"""

from typing import Any

from maas.domain.identity.accounts import Session


def listed_key(tenant_id: str, user_id: str, session_id: str) -> dict[str, str]:
    return {"pk": f"MEMBER#{tenant_id}#{user_id}", "sk": f"SESSION#{session_id}"}


def listed_item(session: Session) -> dict[str, Any]:
    key = listed_key(session.tenant_id, session.user_id, session.id)
    return {**key, "expires": int(session.expires_at.timestamp())}
