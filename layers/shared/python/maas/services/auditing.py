"""Writing of the audit log: events become records, each once, in one chain for each organization.

The object store decides the order: a segment's name follows from the head before it, and an object is written only if
there is none with its name (docs/decisions/0057).
"""

import random
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from maas.domain.audit.chain import Head, Segment
from maas.domain.audit.events import AuditEvent, stamp
from maas.domain.clock import now as wall_clock
from maas.domain.errors import Contended
from maas.platform.observability import logger
from maas.services.ports.audit import AuditIndex, AuditObjects

# Rounds of one call. One adds a segment, or another writer's.
_ROUNDS = 100
_PAUSE = 0.05


class AuditService:
    """`days` is how long the index remembers events. Older ones are refused: they may have a record already."""

    def __init__(
        self, objects: AuditObjects, index: AuditIndex, days: int, clock: Callable[[], datetime] = wall_clock
    ) -> None:
        self._objects = objects
        self._index = index
        self._days = days
        self._clock = clock

    def check(self, event: AuditEvent) -> None:
        """Raises ValueError if the event is so old that the index may have forgotten it."""
        if event.time < stamp(self._clock() - timedelta(days=self._days)):
            raise ValueError(f"the event is more than {self._days} days old")

    def append(self, organization: str, events: Sequence[AuditEvent]) -> None:
        """Adds a record for each of the events that has none. A call that is broken off can be repeated.

        Raises:
            Contended: other writers were faster each time.
            Unavailable
            ValueError: an object is in the way that does not follow the head.
        """
        for attempt in range(_ROUNDS):
            # The head first: a record that another writer adds after this moment makes our segment's name taken.
            head = self._index.head(organization)
            new = self._new(events)
            if not new:
                return
            segment = Segment.begin(head, new, stamp(self._clock()))
            if not self._objects.add(segment.key, segment.body):
                segment = Segment.read(head, self._objects.read(segment.key))
            if self._index.extend(segment):
                _publish(segment.head)
            elif attempt:
                time.sleep(random.uniform(0, _PAUSE))  # noqa: S311 - not a secret
        raise Contended("others keep adding to this log; try again")

    def _new(self, events: Sequence[AuditEvent]) -> list[AuditEvent]:
        """The events without a record, each once, in the order in which they happened."""
        known = self._index.known(events)
        unique = {event.id: event for event in events if event.id not in known}
        return sorted(unique.values(), key=lambda event: (event.time, event.id))


def _publish(head: Head) -> None:
    """Writes the head to the log of the function, which is outside of the bucket and the table."""
    logger.info("audit head", organization=head.organization, sequence=head.sequence, hash=head.hash)
