"""Attempts to deliver: at least once, with one id for all attempts, and each receiver apart from all others."""

import math
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from maas.domain.clock import now as wall_clock
from maas.domain.ids import new_id
from maas.domain.outbound.exchange import OutboundAnswer, OutboundFailed, OutboundLimits, OutboundRequest
from maas.domain.webhooks.deliveries import LEASE, TRIED_FOR, Attempt, Delivery, DeliveryState, shown_answer
from maas.domain.webhooks.retries import Random, Rest, asked_pause, backoff, crowded, pause_without_answer, retry_after
from maas.domain.webhooks.signatures import signed_headers
from maas.domain.webhooks.subscriptions import DisabledReason, Webhook
from maas.platform.observability import logger
from maas.services.ports.idempotency import Sealer
from maas.services.ports.messaging import DELAY_MAX
from maas.services.ports.outbound import Outbound
from maas.services.ports.webhooks import Deliveries, DeliveryQueue, ReceiverPlaces, WebhookStates
from maas.services.webhook_notices import WebhookNotices
from maas.services.webhook_secrets import unsealed

LIMITS = OutboundLimits(connect_seconds=3, seconds=10, answer_bytes=4096)
_WAIT_ASKED = (429, 503)
_GONE = 410
_OVER = f"it could not be delivered within {int(TRIED_FOR.total_seconds() // 3600)} hours"
_DISABLED = "the webhook is disabled"
_UNREADABLE = "the signing secret can't be read any more; rotate it"


class Dispatcher:
    """The use case of one message: one attempt, or a later message.

    A crash at any place leaves the message in the queue, and the claim ends by itself: the delivery is repeated then.
    """

    def __init__(
        self,
        webhooks: WebhookStates,
        deliveries: Deliveries,
        places: ReceiverPlaces,
        queue: DeliveryQueue,
        outbound: Outbound,
        sealer: Sealer,
        notices: WebhookNotices,
        *,
        clock: Callable[[], datetime] = wall_clock,
        chance: Random = random.random,
    ) -> None:
        self._webhooks = webhooks
        self._deliveries = deliveries
        self._places = places
        self._queue = queue
        self._outbound = outbound
        self._sealer = sealer
        self._notices = notices
        self._clock = clock
        self._chance = chance

    def attempt(self, tenant_id: str, webhook_id: str, delivery_id: str, run: str = "") -> None:
        """Raises Unavailable: the message must come again."""
        webhook = self._webhooks.webhook(tenant_id, webhook_id)
        delivery = self._deliveries.delivery(webhook_id, delivery_id)
        if webhook is None or delivery is None or delivery.tenant_id != tenant_id or delivery.next_at is None:
            return
        if run not in ("", delivery.run):  # each restart has a message of its own
            return
        rest = self._places.rest(webhook_id)
        wait = self._wait(delivery, rest)
        if wait > 0 and webhook.disabled is None:
            self._later(delivery, wait)
            return
        owner = new_id()
        place = self._places.take(webhook_id, owner, self._clock(), LEASE)
        if place is None:
            self._later(delivery, self._crowded(delivery))
            return
        try:
            # Another owner has its own message in the queue, so this one is not needed.
            if self._deliveries.claim(delivery, owner, self._clock(), LEASE):
                self._attempt(webhook, delivery, owner, rest)
        finally:
            self._places.leave(webhook_id, place, owner)

    def _wait(self, delivery: Delivery, rest: Rest) -> float:
        """Seconds until the attempt may begin. A delivery whose 24 hours are over waits for nothing."""
        now = self._clock()
        if now >= delivery.ends_at:
            return 0
        due, rested = (
            max(0.0, (each - now).total_seconds()) if each else 0.0 for each in (delivery.next_at, rest.until)
        )
        return max(rested, due or self._crowded(delivery)) if rested else due

    def _crowded(self, delivery: Delivery) -> float:
        """Seconds after which a delivery that could have begun looks again whether its receiver is free."""
        waited = self._clock() - (delivery.next_at or self._clock())
        return crowded(waited, self._chance).total_seconds()

    def _later(self, delivery: Delivery, seconds: float) -> None:
        delay = min(DELAY_MAX, max(1, math.ceil(seconds)))  # a longer wait is a chain of messages
        self._queue.send(delivery, delay)

    def _attempt(self, webhook: Webhook, delivery: Delivery, owner: str, rest: Rest) -> None:
        now = self._clock()
        if webhook.disabled or now >= delivery.ends_at:
            self._deliveries.record(delivery.ended(now, _DISABLED if webhook.disabled else _OVER), owner)
            return
        attempt, wait = self._sent(webhook, delivery, now)
        if rest.silences and attempt.status is not None:
            self._places.note_answer(webhook.id)
        if attempt.status is not None and 200 <= attempt.status < 300:
            self._deliveries.record(delivery.after(attempt, DeliveryState.DELIVERED), owner)
            if webhook.failing_since:
                self._webhooks.note_failing(webhook, None)
            return
        after = self._after_failure(webhook, delivery, attempt, wait)
        if not self._deliveries.record(after, owner):
            return
        if after.next_at is not None:
            self._later(after, (after.next_at - self._clock()).total_seconds())
        self._note_failure(webhook, attempt, wait)

    def _sent(self, webhook: Webhook, delivery: Delivery, now: datetime) -> tuple[Attempt, timedelta]:
        """The attempt with its outcome, and the time for which the receiver asks to be left alone."""
        body = delivery.body.encode()
        secrets = unsealed(self._sealer, webhook.id, webhook.sealed_at(now))
        if not secrets:
            return Attempt(at=now, milliseconds=0, error=_UNREADABLE), timedelta(0)
        headers = signed_headers(secrets, delivery.id, int(now.timestamp()), body)
        made = Attempt(at=now, milliseconds=0, headers=headers)
        try:
            answer = self._outbound.send(OutboundRequest("POST", webhook.url, headers, body), LIMITS)
        except OutboundFailed as failed:
            return replace(made, milliseconds=self._since(now), error=failed.fault), timedelta(0)
        shown = shown_answer(answer.body)
        done = replace(made, milliseconds=self._since(now), status=answer.status, answer=shown, error=_error(answer))
        asks = answer.status in _WAIT_ASKED
        return done, retry_after(answer.headers.get("retry-after", ""), self._clock()) if asks else timedelta(0)

    def _since(self, start: datetime) -> int:
        return round((self._clock() - start).total_seconds() * 1000)

    def _after_failure(self, webhook: Webhook, delivery: Delivery, attempt: Attempt, wait: timedelta) -> Delivery:
        next_at = self._clock() + max(backoff(delivery.attempt_count + 1, self._chance), wait)
        if attempt.status == _GONE or next_at > delivery.ends_at:
            return delivery.after(attempt, DeliveryState.FAILED)
        logger.info("a delivery failed", webhook_id=webhook.id, delivery_id=delivery.id, status=attempt.status)
        return delivery.after(attempt, DeliveryState.PENDING, next_at)

    def _note_failure(self, webhook: Webhook, attempt: Attempt, wait: timedelta) -> None:
        current = self._webhooks.webhook(webhook.tenant_id, webhook.id)
        if current is None or current.url != webhook.url:  # the new URL has not failed
            return
        webhook, now = current, self._clock()
        silent = attempt.status is None
        pause = pause_without_answer(self._places.note_silence(webhook.id)) if silent else asked_pause(wait)
        if pause:
            self._places.pause(webhook.id, now + pause)
        if webhook.failing_since is None:
            webhook = replace(webhook, failing_since=attempt.at)
            self._webhooks.note_failing(webhook, attempt.at)
        if attempt.status == _GONE:
            self._disable(webhook, DisabledReason.GONE)
        elif webhook.has_failed_too_long(now):
            self._disable(webhook, DisabledReason.FAILING)

    def _disable(self, webhook: Webhook, reason: DisabledReason) -> None:
        if self._webhooks.disable(webhook, reason, webhook.failing_since):
            logger.warning("a webhook is disabled", webhook_id=webhook.id, reason=reason)
            self._notices.disabled(replace(webhook, disabled=reason))


def _error(answer: OutboundAnswer) -> str:
    """The reason for which an answer is no success; redirects are not followed."""
    if 200 <= answer.status < 300:
        return ""
    if 300 <= answer.status < 400:
        return f"the answer is a redirect ({answer.status}), which is not followed"
    return f"the answer has the status {answer.status}"
