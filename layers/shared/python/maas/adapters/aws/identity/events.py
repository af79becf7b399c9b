"""Events of this process: what has changed, by whoever the current request is from."""

from maas.domain.clock import now
from maas.domain.identity.events import IdentityEventType, Record, event_of, tenant_of
from maas.domain.identity.identity_event import IdentityEvent, event_about
from maas.platform.request_context import actor

# The subject of a change that no caller has asked for.
MAAS = "maas"


def event(
    before: Record | None,
    after: Record | None,
    *,
    otherwise: str = MAAS,
    credential: str = "",
    kind: IdentityEventType | None = None,
) -> IdentityEvent:
    """The event of a change. Without a caller of the record's organization, the member `otherwise` has made it."""
    record = after or before
    assert record is not None  # a change has a record
    return event_of(before, after, actor(tenant_of(record), otherwise, credential), now(), kind)


def email_verified(tenant_id: str, user_id: str) -> IdentityEvent:
    """The event of a user whose address is verified now."""
    return user_event(IdentityEventType.EMAIL_VERIFIED, tenant_id, user_id, "email_verified")


def user_event(kind: IdentityEventType, tenant_id: str, user_id: str, changed: str) -> IdentityEvent:
    """The event of a change of one field of a user, whose other fields were not read."""
    by = actor(tenant_id, user_id)
    return event_about(kind, tenant_id, f"user/{user_id}", by, now(), changed=(changed,))
