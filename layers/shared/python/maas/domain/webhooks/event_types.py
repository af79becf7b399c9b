"""The types of events that the bus carries: webhooks subscribe to them, and the audit log is asked for one of them.

docs/api/webhooks.md lists them.
"""

from collections.abc import Sequence

from maas.domain.catalog.event_types import EventType
from maas.domain.errors import InvalidInput, Rule
from maas.domain.identity.events import IdentityEventType
from maas.domain.identity.observations import ObservationType
from maas.domain.jobs.events import JobEventType
from maas.domain.monitoring.events import DriftEventType
from maas.domain.webhooks.events import WebhookEventType

EVENT_TYPES = (*EventType, *IdentityEventType, *WebhookEventType, *JobEventType, *DriftEventType, *ObservationType)


def event_types(values: Sequence[str]) -> tuple[str, ...]:
    """The chosen types without repeats; none is all of them, also those of later releases. Raises InvalidInput."""
    for i, value in enumerate(values):
        if value not in EVENT_TYPES:
            raise InvalidInput.of(f"events[{i}]", Rule.ENUM, f"must be one of {', '.join(EVENT_TYPES)}")
    return tuple(dict.fromkeys(values))
