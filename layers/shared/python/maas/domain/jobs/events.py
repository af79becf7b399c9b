"""The event of a job's end, which webhooks take."""

from datetime import datetime
from enum import StrEnum

from maas.domain.identity.actors import Actor
from maas.domain.identity.identity_event import IdentityEvent, event_about
from maas.domain.jobs.jobs import Job, summary


class JobEventType(StrEnum):
    """The `detail-type` on the bus."""

    ENDED = "JobEnded"


def job_ended(before: Job, after: Job, by: Actor, at: datetime) -> IdentityEvent:
    """The event of a job that has ended in whatever way; `after.state` in it tells which."""
    return event_about(
        JobEventType.ENDED,
        after.by.tenant_id,
        f"job/{after.id}",
        by,
        at,
        changed=("state",),
        before=summary(before),
        after=summary(after),
    )
