"""A dispatcher over a server's tables, as a process that dies by SIGKILL between a request and its record."""

import os
import signal
import sys
from collections.abc import Callable
from datetime import datetime

from maas.adapters.aws.identity.table import IdentityTable
from maas.adapters.aws.identity.webhooks import DynamoWebhooks
from maas.adapters.aws.webhooks.deliveries import DynamoDeliveries
from maas.adapters.aws.webhooks.places import DynamoReceiverPlaces
from maas.adapters.aws.webhooks.tables import delivery_table
from maas.adapters.outbound.requests import HttpOutbound
from maas.domain.clock import now
from maas.domain.webhooks.deliveries import Delivery
from maas.security.sealed_answers import WEBHOOK_SECRETS, AnswerSealer
from maas.services.webhook_dispatch import Dispatcher
from maas.services.webhook_notices import WebhookNotices
from tests.fakes.identity import FakeIdentities
from tests.fakes.mail import FakeMailer
from tests.fakes.members import FakeMembers
from tests.fakes.webhooks import FakeDeliveryQueue
from tests.support.signing_keys import keys_of

SEALER = AnswerSealer(keys_of("w" * 64), WEBHOOK_SECRETS)


class Dying(DynamoDeliveries):
    def record(self, after: Delivery, owner: str) -> bool:
        os.kill(os.getpid(), signal.SIGKILL)
        return False


def dispatcher(
    endpoint: str,
    identity: str,
    deliveries: str,
    kind: type[DynamoDeliveries] = DynamoDeliveries,
    clock: Callable[[], datetime] = now,
) -> Dispatcher:
    table = delivery_table(deliveries, endpoint)
    return Dispatcher(
        DynamoWebhooks(IdentityTable(identity, endpoint)),
        kind(table),
        DynamoReceiverPlaces(table),
        FakeDeliveryQueue(),
        HttpOutbound(loopback=True),
        SEALER,
        WebhookNotices(FakeMembers(FakeIdentities()), FakeMailer()),
        clock=clock,
    )


if __name__ == "__main__":
    endpoint, identity, deliveries, *message = sys.argv[1:]
    dispatcher(endpoint, identity, deliveries, Dying).attempt(*message)
