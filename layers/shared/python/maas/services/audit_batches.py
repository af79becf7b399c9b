"""Messages of the audit queue: the events in them are recorded together, and each message succeeds or fails alone."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from maas.domain.audit.canonical import parsed
from maas.domain.audit.events import AuditEvent
from maas.domain.errors import MaasError, Unavailable
from maas.platform.observability import logger
from maas.services.auditing import AuditService
from maas.services.ports.messaging import AuditQueue

# Seconds until the events of an organization whose log could not be written are tried again.
POSTPONED = 60


class AuditBatches:
    """The use case of the auditor function. It is idempotent."""

    def __init__(self, audit: AuditService, queue: AuditQueue) -> None:
        self._audit = audit
        self._queue = queue

    def record(self, bodies: Mapping[str, str]) -> list[str]:
        """Records the events of the messages, by message id. Returns the ids of those that SQS shall deliver again.

        An outage is no fault of a message: it is sent anew for later, so that deliveries do not count.
        """
        events, failed = self._events(bodies)
        by_organization = defaultdict[str, list[str]](list)
        for message_id, event in events.items():
            by_organization[event.tenant_id].append(message_id)
        for organization, message_ids in by_organization.items():
            try:
                self._audit.append(organization, [events[each] for each in message_ids])
            except MaasError as error:
                logger.error("audit is postponed", organization=organization, reason=error.message)
                failed += self._postpone(bodies, message_ids)
            except Exception:  # noqa: BLE001 - one organization must not stop the others
                logger.exception("events could not be recorded; SQS delivers them again", organization=organization)
                failed += message_ids
        return failed

    def _events(self, bodies: Mapping[str, str]) -> tuple[dict[str, AuditEvent], list[str]]:
        events, failed = dict[str, AuditEvent](), list[str]()
        for message_id, body in bodies.items():
            try:
                events[message_id] = self._event(body)
            except (ValueError, KeyError, TypeError) as error:
                logger.error("the message has no event that can be recorded", message_id=message_id, reason=str(error))
                failed.append(message_id)
        return events, failed

    def _event(self, body: str) -> AuditEvent:
        event = AuditEvent.of(parsed(body)["detail"])
        self._audit.check(event)
        return event

    def _postpone(self, bodies: Mapping[str, str], message_ids: Iterable[str]) -> Sequence[str]:
        """Sends the messages again for later. Returns those for which that failed, too."""
        return [each for each in message_ids if not self._sent(bodies[each])]

    def _sent(self, body: str) -> bool:
        try:
            self._queue.send(body, POSTPONED)
        except Unavailable:
            return False
        return True
