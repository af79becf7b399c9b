"""Webhooks with every part in memory, and a clock that runs only when somebody waits."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from maas.domain.identity.accounts import User
from maas.domain.identity.principals import Principal, Role, Scope
from maas.domain.ids import new_id
from maas.domain.outbound.exchange import OutboundAnswer, OutboundFailed
from maas.domain.webhooks.deliveries import BusEvent, Delivery
from maas.domain.webhooks.subscriptions import Webhook
from maas.domain.webhooks.terms import WebhookTerms
from maas.platform import trace
from maas.platform.request_context import CURRENT, RequestContext
from maas.security.cursors import Cursors
from maas.security.sealed_answers import WEBHOOK_SECRETS, AnswerSealer
from maas.services.webhook_dispatch import Dispatcher
from maas.services.webhook_fan_out import FanOut
from maas.services.webhook_notices import WebhookNotices
from maas.services.webhooks import NewSecret, WebhookService
from tests.fakes.identity import FakeIdentities
from tests.fakes.mail import FakeMailer
from tests.fakes.members import FakeMembers
from tests.fakes.webhooks import FakeDeliveries, FakeDeliveryQueue, FakeOutbound, FakeReceiverPlaces, FakeWebhooks
from tests.support.signing_keys import keys_of

OK = OutboundAnswer(200, {}, b"thanks")
URL = "https://hooks.example.com/maas"


class WebhookWorld:
    def __init__(self, *answers: OutboundAnswer | OutboundFailed) -> None:
        self.now = datetime(2026, 11, 21, 9, tzinfo=UTC)
        self.webhooks, self.deliveries, self.queue = FakeWebhooks(), FakeDeliveries(), FakeDeliveryQueue()
        self.places, self.outbound, self.mailer = (
            FakeReceiverPlaces(),
            FakeOutbound(list(answers or (OK,))),
            FakeMailer(),
        )
        self.identities = FakeIdentities()
        self.sealer = AnswerSealer(keys_of("w" * 64), WEBHOOK_SECRETS)
        self.admin = self.member("acme")
        cursors = Cursors(keys_of("s" * 64))
        self.service = WebhookService(
            self.webhooks, self.deliveries, self.queue, self.sealer, cursors, clock=self.clock
        )
        self.fan_out = FanOut(self.webhooks, self.deliveries, self.queue, self.clock)
        self.dispatcher = self.new_dispatcher()

    def new_dispatcher(self) -> Dispatcher:
        return Dispatcher(
            self.webhooks,
            self.deliveries,
            self.places,
            self.queue,
            self.outbound,
            self.sealer,
            WebhookNotices(FakeMembers(self.identities), self.mailer),
            clock=self.clock,
            chance=lambda: 0.5,
        )

    def clock(self) -> datetime:
        return self.now

    def member(self, tenant_id: str, role: Role = Role.ADMIN, *, verified: bool = True) -> Principal:
        user = User(
            id=new_id(),
            tenant_id=tenant_id,
            email=f"{role}@{tenant_id}.example",
            name="A",
            roles=frozenset({role}),
            created_at=self.now,
            email_verified=verified,
        )
        self.identities.users[tenant_id, user.id] = user
        return Principal(user.id, tenant_id, user.roles, frozenset(Scope), "session/1")

    def subscribed(self, by: Principal | None = None, url: str = URL, events: Sequence[str] = ()) -> NewSecret:
        self.now += timedelta(milliseconds=1)  # ids of one millisecond have no order
        return self.service.create(by or self.admin, WebhookTerms(url=url, events=events))

    def event(self, kind: str = "ModelCreated", tenant_id: str = "acme") -> BusEvent:
        self.now += timedelta(milliseconds=1)
        return BusEvent(
            id=new_id(self.now), type=kind, time=self.now.isoformat(), tenant_id=tenant_id, data='{"name": "ü"}'
        )

    def published(self, kind: str = "ModelCreated", tenant_id: str = "acme") -> BusEvent:
        """An event that has come, and the messages that follow from it in the queue."""
        event = self.event(kind, tenant_id)
        self.fan_out.spread(event)
        return event

    def work(self, span: timedelta = timedelta(0)) -> None:
        """Handles messages whose time comes within `span`; the clock runs to each of them, and at last to its end."""
        ends, waiting = self.now + span, list[tuple[datetime, tuple[str, str, str, str]]]()
        while True:
            waiting += [(self.now + timedelta(seconds=each[4]), each[:4]) for each in self.queue.messages]
            self.queue.messages.clear()
            waiting.sort()
            if not waiting or waiting[0][0] > ends:
                break
            due, message = waiting.pop(0)
            self.now = max(self.now, due)
            self.dispatcher.attempt(*message)
        self.now = max(self.now, ends)
        left = [(*message, max(0, round((due - self.now).total_seconds()))) for due, message in waiting]
        self.queue.messages += left

    def stored(self, webhook: Webhook) -> Webhook:
        return self.webhooks.stored[webhook.tenant_id, webhook.id]

    def history(self, webhook: Webhook) -> list[Delivery]:
        return self.deliveries.page(webhook.id, limit=100, after="")

    def claimed_elsewhere(self, delivery: Delivery) -> None:
        """Another dispatcher has the delivery."""
        assert self.deliveries.claim(delivery, "another", self.now, timedelta(seconds=45))

    def failing_since(self, webhook: Webhook, since: datetime) -> None:
        self.webhooks.stored[webhook.tenant_id, webhook.id] = replace(self.stored(webhook), failing_since=since)


@contextmanager
def requested(effect_id: str) -> Iterator[None]:
    """A request whose repeats have one effect together."""
    token = CURRENT.set(RequestContext(trace.continued(""), effect_id=effect_id))
    yield
    CURRENT.reset(token)
