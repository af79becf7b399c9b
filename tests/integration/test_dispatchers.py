"""Dispatchers as processes over one table: one dies between request and record, and two come at once."""

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from local.paths import ROOT
from maas.adapters.aws.identity.table import IdentityTable
from maas.adapters.aws.identity.webhooks import DynamoWebhooks
from maas.adapters.aws.webhooks.deliveries import DynamoDeliveries
from maas.adapters.aws.webhooks.tables import delivery_table
from maas.domain.clock import now
from maas.domain.ids import new_id
from maas.domain.webhooks.deliveries import LEASE, BusEvent, Delivery, DeliveryState, new_delivery
from maas.domain.webhooks.signatures import WebhookSecret
from maas.domain.webhooks.subscriptions import Webhook
from maas.services.webhook_secrets import sealed
from tests.support.aws import Aws
from tests.support.identity_stores import in_table
from tests.support.killed_dispatcher import SEALER, dispatcher
from tests.support.raw_server import OK, answers, raw_server


@pytest.fixture
def tables(aws: Aws) -> tuple[str, str, str]:
    environment = aws.application.functions["WebhooksFunction"].environment
    return aws.endpoint, environment["MAAS_IDENTITY_TABLE"], environment["MAAS_DELIVERIES_TABLE"]


def _pending(tables: tuple[str, str, str], port: int) -> Delivery:
    """A delivery that waits, of a webhook at a port of this machine."""
    endpoint, identity, deliveries = tables
    tenant_id, webhook_id, at = in_table(endpoint, identity).founder().tenant_id, new_id(), now()
    webhook = Webhook(
        id=webhook_id,
        tenant_id=tenant_id,
        url=f"http://127.0.0.1:{port}/",
        sealed=sealed(SEALER, webhook_id, WebhookSecret.fresh()),
        created_by="ada",
        created_at=at,
    )
    DynamoWebhooks(IdentityTable(identity, endpoint)).add(webhook, 9)
    event = BusEvent(id=new_id(), type="ModelCreated", time=at.isoformat(), tenant_id=tenant_id, data="{}")
    delivery = new_delivery(webhook_id, event, at)
    DynamoDeliveries(delivery_table(deliveries, endpoint)).add(delivery)
    return delivery


def _ids(seen: list[bytes]) -> list[str]:
    lines = [line for request in seen for line in request.decode().split("\r\n") if line.startswith("webhook-id")]
    return [line.partition(": ")[2] for line in lines]


def test_a_dispatcher_killed_after_the_request_is_followed_by_another(tables: tuple[str, str, str]) -> None:
    seen: list[bytes] = []
    with raw_server(partial(answers, OK, seen)) as port:
        delivery = _pending(tables, port)
        message = (delivery.tenant_id, delivery.webhook_id, delivery.id)
        path = os.pathsep.join([str(ROOT), str(ROOT / "layers/shared/python")])
        command = [sys.executable, "-m", "tests.support.killed_dispatcher", *tables, *message]
        died = subprocess.run(command, env={**os.environ, "PYTHONPATH": path}, cwd=ROOT, check=False)
        assert died.returncode == -signal.SIGKILL
        dispatcher(*tables).attempt(*message)
        assert len(seen) == 1  # the claim of the dead one still holds
        dispatcher(*tables, clock=lambda: now() + 2 * LEASE).attempt(*message)
    assert _ids(seen) == [delivery.id] * 2
    stored = DynamoDeliveries(delivery_table(tables[2], tables[0])).delivery(delivery.webhook_id, delivery.id)
    assert stored is not None
    assert (stored.state, stored.attempt_count) == (DeliveryState.DELIVERED, 1)


def test_eight_dispatchers_at_once_send_one_request(tables: tuple[str, str, str]) -> None:
    seen: list[bytes] = []
    with raw_server(partial(answers, OK, seen)) as port, ThreadPoolExecutor(8) as threads:
        delivery = _pending(tables, port)
        message = (delivery.tenant_id, delivery.webhook_id, delivery.id)
        for done in [threads.submit(dispatcher(*tables).attempt, *message) for _ in range(8)]:
            done.result(timeout=30)
    assert _ids(seen) == [delivery.id]
