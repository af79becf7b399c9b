"""The form of events that are not the registry's, whatever they are about."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from maas.domain.identity.actors import Actor
from maas.domain.ids import new_id

Summary = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityEvent:
    """The change of one record, or an observation about one. `object` is its kind and id, such as `user/<id>`.

    `subject` is the member or service that acted; the other three say how, and are None if that is not known.
    """

    id: str
    type: str
    time: datetime
    tenant_id: str
    object: str
    subject: str
    credential: str | None
    address: str | None
    request_id: str | None
    changed: tuple[str, ...]
    before: Summary | None
    after: Summary | None


def event_about(
    kind: str,
    tenant_id: str,
    what: str,
    by: Actor,
    at: datetime,
    *,
    changed: tuple[str, ...] = (),
    before: Summary | None = None,
    after: Summary | None = None,
) -> IdentityEvent:
    """An event about the object `what`, whose summaries are not those of a record."""
    return IdentityEvent(
        id=new_id(at),
        type=kind,
        time=at,
        tenant_id=tenant_id,
        object=what,
        subject=by.subject,
        credential=by.credential or None,
        address=by.address or None,
        request_id=by.request_id or None,
        changed=changed,
        before=before,
        after=after,
    )
