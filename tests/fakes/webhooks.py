"""Webhooks, deliveries and their queue in memory."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from maas.domain.identity.races import Outdated
from maas.domain.outbound.exchange import OutboundAnswer, OutboundFailed, OutboundLimits, OutboundRequest
from maas.domain.quotas import Quota, Usage, exceeded
from maas.domain.webhooks.deliveries import KEPT_MAX, Delivery
from maas.domain.webhooks.retries import PLACES, Rest
from maas.domain.webhooks.subscriptions import DisabledReason, Webhook

_LIMITS = OutboundLimits()


@dataclass
class FakeWebhooks:
    """The Webhooks and WebhookStates ports."""

    stored: dict[tuple[str, str], Webhook] = field(default_factory=dict)

    def add(self, webhook: Webhook, limit: int) -> None:
        if len(self.all_of(webhook.tenant_id)) >= limit:
            raise exceeded(Usage(Quota.WEBHOOKS, limit, limit))
        self.stored[webhook.tenant_id, webhook.id] = webhook

    def webhook(self, tenant_id: str, webhook_id: str) -> Webhook | None:
        return self.stored.get((tenant_id, webhook_id))

    def all_of(self, tenant_id: str) -> list[Webhook]:
        return [self.stored[key] for key in sorted(self.stored) if key[0] == tenant_id]

    def change(self, read: Webhook, changed: Webhook) -> None:
        if self.stored.get((read.tenant_id, read.id)) != read:
            raise Outdated
        self.stored[read.tenant_id, read.id] = changed

    def remove(self, webhook: Webhook) -> bool:
        return self.stored.pop((webhook.tenant_id, webhook.id), None) is not None

    def note_failing(self, webhook: Webhook, since: datetime | None) -> None:
        found = self.webhook(webhook.tenant_id, webhook.id)
        if found and (since is None or found.failing_since is None):
            self.stored[webhook.tenant_id, webhook.id] = replace(found, failing_since=since)

    def disable(self, webhook: Webhook, reason: DisabledReason, failing_since: datetime | None) -> bool:
        found = self.webhook(webhook.tenant_id, webhook.id)
        if found is None or found.disabled or found.failing_since != failing_since:
            return False
        self.stored[webhook.tenant_id, webhook.id] = replace(found, disabled=reason)
        return True


@dataclass
class FakeDeliveries:
    """The Deliveries port."""

    stored: dict[tuple[str, str], Delivery] = field(default_factory=dict)
    claims: dict[tuple[str, str], tuple[str, datetime]] = field(default_factory=dict)

    def add(self, delivery: Delivery) -> bool:
        key = (delivery.webhook_id, delivery.id)
        if key in self.stored:
            return False
        self.stored[key] = delivery
        for old in self._newest(delivery.webhook_id)[KEPT_MAX:]:
            del self.stored[old.webhook_id, old.id]
        return True

    def delivery(self, webhook_id: str, delivery_id: str) -> Delivery | None:
        return self.stored.get((webhook_id, delivery_id))

    def page(self, webhook_id: str, *, limit: int, after: str) -> list[Delivery]:
        return [each for each in self._newest(webhook_id) if not after or each.id < after][:limit]

    def restart(self, delivery: Delivery, now: datetime) -> bool:
        key = (delivery.webhook_id, delivery.id)
        if key not in self.stored:
            return False
        self.claims.pop(key, None)
        self.stored[key] = self.stored[key].restarted(now)
        return True

    def claim(self, delivery: Delivery, owner: str, now: datetime, lease: timedelta) -> bool:
        key = (delivery.webhook_id, delivery.id)
        found, claim = self.stored.get(key), self.claims.get(key)
        if found is None or found.next_at != delivery.next_at or (claim and claim[1] >= now):
            return False
        self.claims[key] = (owner, now + lease)
        return True

    def record(self, after: Delivery, owner: str) -> bool:
        key = (after.webhook_id, after.id)
        if self.claims.get(key, ("",))[0] != owner:
            return False
        del self.claims[key]
        self.stored[key] = after
        return True

    def _newest(self, webhook_id: str) -> list[Delivery]:
        mine = [each for key, each in self.stored.items() if key[0] == webhook_id]
        return sorted(mine, key=lambda each: each.id, reverse=True)


@dataclass
class FakeReceiverPlaces:
    """The ReceiverPlaces port."""

    taken: dict[tuple[str, int], tuple[str, datetime]] = field(default_factory=dict)
    rests: dict[str, Rest] = field(default_factory=dict)

    def rest(self, webhook_id: str) -> Rest:
        return self.rests.get(webhook_id, Rest())

    def take(self, webhook_id: str, owner: str, now: datetime, lease: timedelta) -> int | None:
        for place in range(PLACES):
            holder = self.taken.get((webhook_id, place))
            if holder is None or holder[1] < now:
                self.taken[webhook_id, place] = (owner, now + lease)
                return place
        return None

    def leave(self, webhook_id: str, place: int, owner: str) -> None:
        if self.taken.get((webhook_id, place), ("",))[0] == owner:
            del self.taken[webhook_id, place]

    def pause(self, webhook_id: str, until: datetime) -> None:
        rest = self.rest(webhook_id)
        if rest.until is None or rest.until < until:
            self.rests[webhook_id] = replace(rest, until=until)

    def note_silence(self, webhook_id: str) -> int:
        rest = self.rest(webhook_id)
        self.rests[webhook_id] = replace(rest, silences=rest.silences + 1)
        return rest.silences + 1

    def note_answer(self, webhook_id: str) -> None:
        self.rests[webhook_id] = replace(self.rest(webhook_id), silences=0)


@dataclass
class FakeDeliveryQueue:
    """The DeliveryQueue port: messages with their delay in seconds, in the order in which they were sent."""

    messages: list[tuple[str, str, str, str, int]] = field(default_factory=list)

    def send(self, delivery: Delivery, delay: int = 0) -> None:
        self.messages.append((delivery.tenant_id, delivery.webhook_id, delivery.id, delivery.run, delay))


@dataclass
class FakeOutbound:
    """The Outbound port: answers in turn, the last one for ever, and keeps the requests."""

    answers: list[OutboundAnswer | OutboundFailed]
    requests: list[OutboundRequest] = field(default_factory=list)

    def send(self, request: OutboundRequest, limits: OutboundLimits = _LIMITS) -> OutboundAnswer:
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, OutboundFailed):
            raise answer
        return answer
