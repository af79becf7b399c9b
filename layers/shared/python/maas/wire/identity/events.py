"""Events of one transaction as an item of the identity table: `EVENTS#<tenant>`, `EVENT#<id of the first>`.

Attributes: source, events (JSON), expires (Unix seconds, also the table's TTL). The item is never changed, so no two
transactions are in each other's way. The partition has nothing but events: whoever may only observe, such as the
authorizer, has no right to write into another one.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from maas.domain.identity.identity_event import IdentityEvent

# The sources of events, on the bus.
IDENTITY, ACCESS, JOBS, MONITORING = "maas.identity", "maas.access", "maas.jobs", "maas.monitoring"
# Longer than the 24 h for which the table's stream keeps the image.
KEPT = timedelta(days=7)
PREFIX, NOBODYS = "EVENT#", "NOBODY#"


def events_item(source: str, events: Sequence[IdentityEvent]) -> dict[str, Any]:
    """The item of at least one event. One of no organization is stored as well, and the relay does not receive it."""
    first = events[0]
    return {
        "pk": f"EVENTS#{first.tenant_id}",
        "sk": f"{PREFIX if first.tenant_id else NOBODYS}{first.id}",
        "source": source,
        "events": json.dumps([asdict(each) for each in events], default=datetime.isoformat, separators=(",", ":")),
        "expires": int((first.time + KEPT).timestamp()),
    }
