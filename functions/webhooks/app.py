"""Wiring of the webhooks function: makes deliveries of events, and attempts them."""

from maas.entrypoints.cold_start import ready

import json

from pydantic import TypeAdapter

from maas.adapters.aws.identity.members import DynamoMembers
from maas.adapters.aws.identity.table import IdentityTable
from maas.adapters.aws.identity.webhooks import DynamoWebhooks
from maas.adapters.aws.webhooks.deliveries import DynamoDeliveries
from maas.adapters.aws.webhooks.places import DynamoReceiverPlaces
from maas.adapters.aws.webhooks.queue import SqsDeliveryQueue
from maas.adapters.aws.webhooks.tables import delivery_table
from maas.adapters.mailers import mailer_of
from maas.adapters.outbound.requests import HttpOutbound
from maas.contracts.delivery_messages import BusMessage, DeliveryMessage
from maas.domain.webhooks.deliveries import BusEvent
from maas.entrypoints.sqs_batches import sqs_batch_handler
from maas.entrypoints.sqs_threads import in_threads
from maas.platform.environment import AwsSettings, IdentitySettings, read
from maas.platform.settings.webhooks import DeliverySettings, MailSettings, OutboundSettings
from maas.security.keyring import TokenKeys
from maas.security.sealed_answers import WEBHOOK_SECRETS, AnswerSealer
from maas.security.secret_values import SecretReader
from maas.services.webhook_dispatch import Dispatcher
from maas.services.webhook_fan_out import FanOut
from maas.services.webhook_notices import WebhookNotices

# As many as a batch has messages.
THREADS = 10

settings, endpoint = read(DeliverySettings), read(AwsSettings).endpoint
identity = read(IdentitySettings)
table = IdentityTable(identity.table, identity.endpoint)
stored = delivery_table(settings.table, settings.endpoint)
webhooks, deliveries = DynamoWebhooks(table), DynamoDeliveries(stored)
queue = SqsDeliveryQueue(settings.queue, endpoint)
fan_out = FanOut(webhooks, deliveries, queue)
dispatcher = Dispatcher(
    webhooks,
    deliveries,
    DynamoReceiverPlaces(stored),
    queue,
    HttpOutbound(loopback=read(OutboundSettings).loopback == "on"),
    AnswerSealer(TokenKeys.of(settings.secret, SecretReader(endpoint)), WEBHOOK_SECRETS),
    WebhookNotices(DynamoMembers(table), mailer_of(read(MailSettings), endpoint)),
)
messages: TypeAdapter[BusMessage | DeliveryMessage] = TypeAdapter(BusMessage | DeliveryMessage)


def work(body: str) -> None:
    message = messages.validate_json(body)
    if isinstance(message, DeliveryMessage):
        dispatcher.attempt(message.tenant_id, message.webhook_id, message.delivery_id, message.run)
    else:
        fan_out.spread(_event(message))


def _event(message: BusMessage) -> BusEvent:
    detail = message.detail
    return BusEvent(
        id=detail["id"],
        type=message.detail_type,
        time=detail["time"],
        tenant_id=detail["tenant_id"],
        data=json.dumps(detail, ensure_ascii=False, separators=(",", ":")),
    )


handler = ready(sqs_batch_handler(in_threads(work, THREADS)))
