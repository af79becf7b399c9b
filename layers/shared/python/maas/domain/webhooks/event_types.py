"""The types of events that the bus carries: webhooks subscribe to them, and the audit log is asked for one of them.

docs/api/webhooks.md lists them.
tests/unit/domain/webhooks/test_event_types.py compares them with the types of those that publish events.
"""

from collections.abc import Sequence

from maas.domain.errors import InvalidInput, Rule
from maas.domain.identity.events import IdentityEventType
from maas.domain.identity.observations import ObservationType
from maas.domain.webhooks.events import WebhookEventType

CATALOG_TYPES = (
    "ModelCreated",
    "ModelUpdated",
    "ModelDeleted",
    "VersionCreated",
    "VersionUpdated",
    "VersionStateChanged",
    "VersionDeleted",
    "AliasMoved",
    "UploadStarted",
    "UploadCompleted",
    "UploadAborted",
    "GrantCreated",
    "GrantUpdated",
    "GrantDeleted",
)
EVENT_TYPES = (*CATALOG_TYPES, *IdentityEventType, *WebhookEventType, *ObservationType)


def event_types(values: Sequence[str]) -> tuple[str, ...]:
    """The chosen types without repeats; none is all of them, also those of later releases. Raises InvalidInput."""
    for i, value in enumerate(values):
        if value not in EVENT_TYPES:
            raise InvalidInput.of(f"events[{i}]", Rule.ENUM, f"must be one of {', '.join(EVENT_TYPES)}")
    return tuple(dict.fromkeys(values))
