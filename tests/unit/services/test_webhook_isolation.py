"""Deliveries apart from each other: other organizations, other receivers, other dispatchers."""

from dataclasses import replace
from datetime import timedelta

import pytest

from maas.domain.outbound.exchange import Fault, OutboundAnswer, OutboundFailed, OutboundRequest
from maas.domain.webhooks.deliveries import DeliveryState
from maas.domain.webhooks.retries import PLACES, Rest
from maas.domain.webhooks.subscriptions import DisabledReason
from maas.domain.webhooks.terms import WebhookTerms
from tests.support.webhook_world import OK, WebhookWorld

DAY = timedelta(hours=24)
BROKEN = OutboundAnswer(500, {}, b"<h1>oops</h1>")
SILENT = OutboundFailed(Fault.TIMEOUT)


def test_an_event_of_another_organization_never_arrives() -> None:
    world = WebhookWorld()
    mine, other = world.subscribed(), world.subscribed(world.member("other"), "https://other.example.com/")
    world.published(tenant_id="other")
    world.published(tenant_id="")
    world.work()
    assert [request.url for request in world.outbound.requests] == [other.webhook.url]
    assert world.history(mine.webhook) == []
    # A forged message with the ids of another organization does nothing.
    event = world.published()
    for tenant_id, webhook_id in (("other", mine.webhook.id), ("acme", other.webhook.id)):
        world.dispatcher.attempt(tenant_id, webhook_id, event.id)
    assert len(world.outbound.requests) == 1


def test_only_the_chosen_types_arrive() -> None:
    world = WebhookWorld()
    world.subscribed(events=["VersionStateChanged", "AliasMoved"])
    for kind in ("ModelCreated", "AliasMoved", "VersionCreated", "VersionStateChanged"):
        world.published(kind)
    world.work()
    assert [b'"type":"AliasMoved"' in each.body for each in world.outbound.requests] == [True, False]


def test_an_event_that_comes_twice_is_delivered_once() -> None:
    world = WebhookWorld()
    world.subscribed()
    event = world.published()
    world.fan_out.spread(event)
    world.work()
    world.fan_out.spread(event)
    world.work()
    assert len(world.outbound.requests) == 1


def test_two_dispatchers_at_once_send_one_request() -> None:
    world = WebhookWorld()
    new = world.subscribed()
    world.published()
    [delivery] = world.history(new.webhook)
    world.claimed_elsewhere(delivery)
    world.work(timedelta(seconds=10))
    assert world.outbound.requests == []


def test_a_dispatcher_that_dies_after_the_request_leaves_it_to_another() -> None:
    world = WebhookWorld()
    new, event = world.subscribed(), world.published()
    message, record = world.queue.messages[0][:4], world.deliveries.record

    def dies(*_args: object) -> bool:
        raise KeyboardInterrupt  # between the request and its record

    world.deliveries.record = dies  # type: ignore[method-assign, assignment]
    with pytest.raises(KeyboardInterrupt):
        world.dispatcher.attempt(*message)
    world.deliveries.record = record  # type: ignore[method-assign]
    world.now += timedelta(seconds=360)  # the queue delivers the message again
    world.new_dispatcher().attempt(*message)
    assert [each.headers["webhook-id"] for each in world.outbound.requests] == [event.id] * 2
    assert world.history(new.webhook)[0].state is DeliveryState.DELIVERED


def test_a_dispatcher_that_dies_after_the_record_loses_no_retry() -> None:
    world = WebhookWorld(BROKEN, OK)
    new = world.subscribed()
    world.published()
    message = world.queue.messages[0]
    world.dispatcher.attempt(*message[:4])
    world.queue.messages[:] = [message]  # the later message was never sent, and the first one comes again
    world.work(timedelta(minutes=1))
    assert world.history(new.webhook)[0].state is DeliveryState.DELIVERED


def test_a_receiver_has_a_few_requests_at_once() -> None:
    world = WebhookWorld()
    new, other = world.subscribed(), world.subscribed(url="https://other.example.com/")
    for n in range(PLACES):
        assert world.places.take(new.webhook.id, f"owner {n}", world.now, timedelta(seconds=45)) is not None
    world.published()
    world.work(timedelta(seconds=20))
    assert [request.url for request in world.outbound.requests] == [other.webhook.url]
    world.work(timedelta(seconds=60))  # the places of owners that have died are free again
    assert len(world.outbound.requests) == 2


def test_a_receiver_that_does_not_answer_is_left_alone_for_longer_and_longer() -> None:
    world = WebhookWorld(SILENT)
    world.subscribed()
    for _ in range(200):
        world.published()
    world.work(timedelta(minutes=10))
    assert 5 < len(world.outbound.requests) < 40
    world.outbound.answers = [OK]
    world.work(timedelta(hours=3))
    assert {each.state for each in world.deliveries.stored.values()} == {DeliveryState.DELIVERED}


def test_a_receiver_that_hangs_holds_up_no_other_one() -> None:
    world = WebhookWorld()
    good, bad = world.subscribed(), world.subscribed(world.member("other"), "https://slow.example.com/")

    def answer(request: OutboundRequest, *_args: object) -> OutboundAnswer:
        if request.url == bad.webhook.url:
            world.now += timedelta(seconds=10)
            raise OutboundFailed(Fault.TIMEOUT)
        return OK

    world.outbound.send = answer  # type: ignore[method-assign, assignment]
    for _ in range(50):
        world.published(tenant_id="other")
    event = world.published()
    begun = world.now
    world.work(timedelta(minutes=2))
    [delivery] = world.history(good.webhook)
    assert delivery.id == event.id
    assert delivery.attempts[0].at - begun < timedelta(seconds=15)  # with one thread that takes all in turn


def test_a_stale_state_does_not_disable_a_webhook_that_works_again() -> None:
    world = WebhookWorld()
    new = world.subscribed()
    stale = replace(new.webhook, failing_since=world.now)
    assert not world.webhooks.disable(stale, DisabledReason.FAILING, stale.failing_since)


def test_deliveries_that_wait_long_for_a_slow_receiver_look_seldom() -> None:
    world = WebhookWorld()
    new = world.subscribed()
    for n in range(PLACES):
        assert world.places.take(new.webhook.id, f"owner {n}", world.now, DAY) is not None
    world.published()
    delays = list[int]()
    while sum(delays) < 3600:
        world.dispatcher.attempt(*world.queue.messages.pop()[:4])
        delays.append(world.queue.messages[0][4])
        world.now += timedelta(seconds=delays[-1])
    assert delays[0] <= 8
    assert len(delays) < 25
    assert max(delays) <= 600


def test_a_receiver_that_answers_now_and_then_is_no_reason_to_look_often() -> None:
    world = WebhookWorld()
    new = world.subscribed()
    world.published()
    looks = 0
    while world.now < world.history(new.webhook)[0].begun_at + timedelta(hours=1):
        world.places.rests[new.webhook.id] = Rest(world.now + timedelta(seconds=2), 1)
        world.dispatcher.attempt(*world.queue.messages.pop()[:4])
        world.now += timedelta(seconds=world.queue.messages[0][4])
        looks += 1
    assert looks < 25


def test_many_redeliveries_leave_one_message() -> None:
    world = WebhookWorld(BROKEN)
    new, event = world.subscribed(), world.published()
    for _ in range(50):
        world.now += timedelta(milliseconds=1)
        world.service.redeliver(world.admin, new.webhook.id, event.id)
    world.work(timedelta(seconds=1))
    assert len(world.queue.messages) == 1
    world.work(DAY)
    assert len(world.outbound.requests) < 20


def test_a_webhook_that_is_moved_gets_another_chance() -> None:
    world = WebhookWorld(BROKEN)
    new = world.subscribed()
    world.failing_since(new.webhook, world.now - timedelta(days=3))
    world.service.change(world.admin, new.webhook.id, WebhookTerms(url="https://new.example.com/"))
    world.published()
    world.work()
    assert world.stored(new.webhook).disabled is None


def test_an_answer_of_the_url_before_does_not_disable_a_moved_webhook() -> None:
    world = WebhookWorld()
    new = world.subscribed()
    world.published()

    def moves(*_args: object) -> OutboundAnswer:
        world.service.change(world.admin, new.webhook.id, WebhookTerms(url="https://new.example.com/"))
        return OutboundAnswer(410, {}, b"")

    world.outbound.send = moves  # type: ignore[method-assign, assignment]
    world.work()
    assert world.stored(new.webhook).disabled is None
    assert world.stored(new.webhook).failing_since is None
