"""Attempts, retries over 24 hours by a clock of the test, and the receivers that make trouble."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from standardwebhooks.webhooks import Webhook as Receiver

from maas.domain.outbound.exchange import Fault, OutboundAnswer, OutboundFailed
from maas.domain.webhooks.deliveries import ATTEMPTS_KEPT, DeliveryState
from maas.domain.webhooks.subscriptions import DisabledReason
from maas.domain.webhooks.terms import WebhookTerms
from tests.support.webhook_world import OK, WebhookWorld

DAY = timedelta(hours=24)
BROKEN = OutboundAnswer(500, {}, b"<h1>oops</h1>")
SILENT = OutboundFailed(Fault.TIMEOUT)


def test_a_delivery_is_signed_as_standard_webhooks_says() -> None:
    world = WebhookWorld()
    world.now = datetime.now(UTC)  # the receiver refuses old ones
    new, event = world.subscribed(), world.published()
    world.work()
    [request] = world.outbound.requests
    assert (request.method, request.url, request.headers["webhook-id"]) == ("POST", new.webhook.url, event.id)
    verified = Receiver(new.secret.text).verify(request.body, dict(request.headers))
    assert verified == {"type": "ModelCreated", "timestamp": event.time, "data": {"name": "ü"}}
    with pytest.raises(Exception, match="signature"):
        Receiver(new.secret.text).verify(request.body + b" ", dict(request.headers))


def test_a_success_is_recorded_with_its_request_and_answer() -> None:
    world = WebhookWorld(OutboundAnswer(204, {}, b"bye\x1b[31m\n\xff"))
    new, event = world.subscribed(), world.published()
    world.work()
    [delivery] = world.history(new.webhook)
    assert (delivery.id, delivery.state, delivery.next_at) == (event.id, DeliveryState.DELIVERED, None)
    [attempt] = delivery.attempts
    assert (attempt.status, attempt.error, attempt.answer) == (204, "", "byeU+001B[31m\n\ufffd")
    assert attempt.headers == world.outbound.requests[0].headers
    assert world.queue.messages == []


def test_a_failing_receiver_is_tried_for_24_hours_with_one_id() -> None:
    world = WebhookWorld(BROKEN)
    new, event = world.subscribed(), world.published()
    begun = world.now
    world.work(timedelta(hours=30))
    [delivery] = world.history(new.webhook)
    assert delivery.state is DeliveryState.FAILED
    assert {request.headers["webhook-id"] for request in world.outbound.requests} == {event.id}
    assert delivery.attempt_count == len(world.outbound.requests) == 15
    times = [attempt.at for attempt in delivery.attempts]
    assert all(later - earlier >= timedelta(seconds=3) for earlier, later in pairwise(times))
    assert begun + timedelta(hours=20) < times[-1] < begun + DAY
    assert delivery.attempts[0].error == "the answer has the status 500"


def test_a_success_after_failures_ends_the_retries() -> None:
    world = WebhookWorld(BROKEN, SILENT, BROKEN, OK)
    new = world.subscribed()
    world.published()
    world.work(timedelta(minutes=1))
    assert world.stored(new.webhook).failing_since is not None
    world.work(DAY)
    [delivery] = world.history(new.webhook)
    assert [attempt.status for attempt in delivery.attempts] == [500, None, 500, 200]
    assert delivery.state is DeliveryState.DELIVERED
    assert world.stored(new.webhook).failing_since is None


def test_no_message_waits_longer_than_the_queue_allows() -> None:
    world = WebhookWorld(BROKEN)
    world.subscribed()
    world.published()
    delays = []
    for _ in range(200):
        world.work(timedelta(minutes=10))
        delays += [message[4] for message in world.queue.messages]
    assert max(delays) <= 900


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_holds_up_every_delivery_of_the_receiver(status: int) -> None:
    world = WebhookWorld(OutboundAnswer(status, {"retry-after": "1800"}, b""), OK)
    new = world.subscribed()
    world.published()
    world.work()
    world.published()
    world.work(timedelta(seconds=1790))
    assert len(world.outbound.requests) == 1
    world.work(timedelta(seconds=30))
    assert {each.state for each in world.history(new.webhook)} == {DeliveryState.DELIVERED}


def test_a_retry_after_of_other_answers_has_no_effect() -> None:
    world = WebhookWorld(OutboundAnswer(500, {"retry-after": "1800"}, b""), OK)
    world.subscribed()
    world.published()
    world.work(timedelta(seconds=20))
    assert len(world.outbound.requests) == 2


def test_gone_disables_at_once_and_tells_the_admins() -> None:
    world = WebhookWorld(OutboundAnswer(410, {}, b""))
    new = world.subscribed()
    world.member("other")
    for _ in range(2):
        world.published()
    world.work(DAY)
    stored = world.stored(new.webhook)
    assert stored.disabled is DisabledReason.GONE
    assert len(world.outbound.requests) == 1
    assert [delivery.state for delivery in world.history(new.webhook)] == [DeliveryState.FAILED] * 2
    [mail] = world.mailer.sent
    assert mail.to == "admin@acme.example"
    assert new.webhook.id in mail.text
    assert new.webhook.shown_url in mail.text
    assert new.webhook.url not in mail.text
    world.published()
    assert world.queue.messages == []


def test_three_days_without_a_success_disable_a_webhook() -> None:
    world = WebhookWorld(BROKEN)
    new = world.subscribed()
    for _ in range(5):
        world.published()
        world.work(timedelta(hours=15))
    stored = world.stored(new.webhook)
    assert stored.disabled is DisabledReason.FAILING
    assert len(world.mailer.sent) == 1
    assert "3 days" in world.mailer.sent[0].text


def test_one_success_in_three_days_keeps_a_webhook() -> None:
    world = WebhookWorld(BROKEN)
    new = world.subscribed()
    for n in range(8):
        world.outbound.answers = [OK] if n == 4 else [BROKEN]
        world.published()
        world.work(timedelta(hours=15))
    assert world.stored(new.webhook).disabled is None


def test_a_mail_that_can_not_be_sent_changes_nothing_else() -> None:
    world = WebhookWorld(OutboundAnswer(410, {}, b""))
    new = world.subscribed()
    world.mailer.is_down = True
    world.published()
    world.work()
    assert world.stored(new.webhook).disabled is DisabledReason.GONE


def test_whoever_enables_a_webhook_gives_it_another_chance() -> None:
    world = WebhookWorld(OutboundAnswer(410, {}, b""), OK)
    new = world.subscribed()
    world.published()
    world.work()
    enabled = world.service.change(world.admin, new.webhook.id, WebhookTerms(enabled=True))
    assert (enabled.disabled, enabled.failing_since) == (None, None)
    world.published()
    world.work()
    assert world.history(new.webhook)[0].state is DeliveryState.DELIVERED


@pytest.mark.parametrize("end", ["delete", "disable"])
def test_a_waiting_delivery_ends_with_its_webhook(end: str) -> None:
    world = WebhookWorld(BROKEN)
    new = world.subscribed()
    world.published()
    world.work()
    if end == "delete":
        world.service.remove(world.admin, new.webhook.id)
    else:
        world.service.change(world.admin, new.webhook.id, WebhookTerms(enabled=False))
    world.work(DAY)
    assert len(world.outbound.requests) == 1
    assert world.queue.messages == []


def test_the_secret_before_signs_too_until_its_grace_ends() -> None:
    world = WebhookWorld()
    new = world.subscribed()
    world.service.rotate(world.admin, new.webhook.id, 3600)
    counts = []
    for _ in range(2):
        world.published()
        world.work()
        counts.append(len(world.outbound.requests[-1].headers["webhook-signature"].split()))
        world.now += timedelta(hours=2)
    assert counts == [2, 1]


def test_a_redelivery_has_the_same_id_and_body_and_24_new_hours() -> None:
    world = WebhookWorld(BROKEN)
    new, event = world.subscribed(), world.published()
    world.work(timedelta(hours=30))
    tried = len(world.outbound.requests)
    begun = world.service.redeliver(world.admin, new.webhook.id, event.id)
    assert (begun.state, begun.attempt_count) == (DeliveryState.PENDING, tried)
    world.outbound.answers = [BROKEN, OK]
    world.work(DAY)
    [delivery] = world.history(new.webhook)
    assert (delivery.state, delivery.attempt_count) == (DeliveryState.DELIVERED, tried + 2)
    assert len(delivery.attempts) <= ATTEMPTS_KEPT
    assert {(each.headers["webhook-id"], each.body) for each in world.outbound.requests} == {
        (event.id, event.body().encode())
    }


def test_a_redirect_is_a_failure_that_says_so() -> None:
    world = WebhookWorld(OutboundAnswer(302, {"location": "http://169.254.169.254/"}, b""))
    new = world.subscribed()
    world.published()
    world.work()
    [attempt] = world.history(new.webhook)[0].attempts
    assert attempt.error == "the answer is a redirect (302), which is not followed"
    assert len(world.outbound.requests) == 1


@pytest.mark.parametrize("fault", list(Fault))
def test_a_fault_is_shown_in_its_own_words(fault: Fault) -> None:
    world = WebhookWorld(OutboundFailed(fault))
    new = world.subscribed()
    world.published()
    world.work()
    [attempt] = world.history(new.webhook)[0].attempts
    assert (attempt.status, attempt.error) == (None, str(fault))


def test_a_delivery_whose_day_is_over_is_not_sent_any_more() -> None:
    world = WebhookWorld(BROKEN, OK)
    new = world.subscribed()
    world.published()
    world.work()
    world.now += timedelta(days=2)
    world.work(DAY)
    [delivery] = world.history(new.webhook)
    assert (delivery.state, len(world.outbound.requests)) == (DeliveryState.FAILED, 1)
    assert delivery.attempts[-1].error == "it could not be delivered within 24 hours"


def test_a_lost_secret_is_named_and_a_rotation_repairs_it() -> None:
    world = WebhookWorld()
    new = world.subscribed()
    world.webhooks.stored["acme", new.webhook.id] = replace(new.webhook, sealed=b"of a key that is gone")
    event = world.published()
    world.work()
    assert "rotate it" in world.history(new.webhook)[0].attempts[0].error
    assert world.outbound.requests == []
    world.service.rotate(world.admin, new.webhook.id, 3600)
    world.service.redeliver(world.admin, new.webhook.id, event.id)
    world.work(timedelta(minutes=1))
    assert len(world.outbound.requests) == 1


def test_an_absurd_retry_after_is_recorded_like_any_failure() -> None:
    world = WebhookWorld(OutboundAnswer(503, {"retry-after": f"Sat, 21 Nov 2026 09:00:00 +{'9' * 20}"}, b""))
    new = world.subscribed()
    world.published()
    world.work()
    assert world.history(new.webhook)[0].attempt_count == 1


def test_a_shown_answer_is_bounded_in_bytes() -> None:
    world = WebhookWorld(OutboundAnswer(500, {}, "\U0001f4a5".encode() * 1024))
    new = world.subscribed()
    world.published()
    world.work()
    assert world.history(new.webhook)[0].attempts[0].answer == "\U0001f4a5" * 256
