"""The types to subscribe to are those that the bus carries."""

from maas.domain.catalog.event_types import EventType
from maas.domain.identity.events import IdentityEventType
from maas.domain.identity.observations import ObservationType
from maas.domain.jobs.events import JobEventType
from maas.domain.monitoring.events import DriftEventType
from maas.domain.webhooks.event_types import EVENT_TYPES
from maas.domain.webhooks.events import WebhookEventType


def test_no_two_sources_have_one_type() -> None:
    known = [*EventType, *IdentityEventType, *ObservationType, *WebhookEventType, *JobEventType, *DriftEventType]
    assert sorted(EVENT_TYPES) == sorted(set(known))
    assert len(known) == len(EVENT_TYPES)
