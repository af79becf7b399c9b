"""Every implementation of the ports of webhooks, their deliveries and the places of receivers."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from maas.adapters.aws.identity.table import IdentityTable
from maas.adapters.aws.identity.webhooks import DynamoWebhooks
from maas.adapters.aws.webhooks.deliveries import DynamoDeliveries
from maas.adapters.aws.webhooks.places import DynamoReceiverPlaces
from maas.adapters.aws.webhooks.tables import delivery_table
from maas.domain.identity.races import Outdated
from maas.domain.ids import new_id
from maas.domain.quotas import QuotaExceeded
from maas.domain.webhooks import deliveries as rules
from maas.domain.webhooks.deliveries import Attempt, BusEvent, Delivery, DeliveryState, new_delivery
from maas.domain.webhooks.retries import PLACES, Rest
from maas.domain.webhooks.subscriptions import DisabledReason, Webhook
from maas.services.ports.webhooks import Deliveries, ReceiverPlaces, Webhooks, WebhookStates
from tests.fakes.webhooks import FakeDeliveries, FakeReceiverPlaces, FakeWebhooks
from tests.support.aws import Aws
from tests.support.identity_stores import NOW, in_table

LIMIT = 3
LEASE = timedelta(seconds=45)
SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class Stores:
    webhooks: Webhooks
    states: WebhookStates
    deliveries: Deliveries
    places: ReceiverPlaces
    tenant_id: str


@pytest.fixture(params=["memory", "dynamodb"])
def stores(request: pytest.FixtureRequest) -> Stores:
    if request.param == "memory":
        fake = FakeWebhooks()
        return Stores(fake, fake, FakeDeliveries(), FakeReceiverPlaces(), new_id())
    aws: Aws = request.getfixturevalue("aws")
    environment = aws.application.functions["AuthFunction"].environment
    webhooks = DynamoWebhooks(IdentityTable(environment["MAAS_IDENTITY_TABLE"], aws.endpoint))
    table = delivery_table(environment["MAAS_DELIVERIES_TABLE"], aws.endpoint)
    founder = in_table(aws.endpoint, environment["MAAS_IDENTITY_TABLE"]).founder()
    return Stores(webhooks, webhooks, DynamoDeliveries(table), DynamoReceiverPlaces(table), founder.tenant_id)


def _webhook(stores: Stores, n: int = 0) -> Webhook:
    at = NOW + n * SECOND
    return Webhook(
        id=new_id(at),
        tenant_id=stores.tenant_id,
        url="https://x.io/",
        sealed=b"\x00\xff",
        created_by="me",
        created_at=at,
    )


def _delivery(webhook_id: str, n: int = 0) -> Delivery:
    at = NOW + n * SECOND
    event = BusEvent(id=new_id(at), type="ModelCreated", time=at.isoformat(), tenant_id="acme", data='{"a":"ü"}')
    return new_delivery(webhook_id, event, at)


def test_an_added_webhook_is_read_back_by_its_organization_alone(stores: Stores) -> None:
    plain = _webhook(stores)
    full = replace(
        _webhook(stores, 1),
        events=("ModelCreated",),
        description="d",
        previous_sealed=b"old",
        previous_until=NOW,
        rotation="r",
        disabled=DisabledReason.FAILING,
        failing_since=NOW,
    )
    for webhook in (plain, full):
        stores.webhooks.add(webhook, LIMIT)
        assert stores.webhooks.webhook(stores.tenant_id, webhook.id) == webhook
        assert stores.webhooks.webhook(new_id(), webhook.id) is None
    assert stores.webhooks.all_of(stores.tenant_id) == [plain, full]
    assert stores.webhooks.all_of(new_id()) == []


def test_an_organization_has_no_more_webhooks_than_the_limit(stores: Stores) -> None:
    made = [_webhook(stores, n) for n in range(LIMIT + 1)]
    for webhook in made[:LIMIT]:
        stores.webhooks.add(webhook, LIMIT)
    with pytest.raises(QuotaExceeded):
        stores.webhooks.add(made[-1], LIMIT)
    assert stores.webhooks.remove(made[0])
    assert not stores.webhooks.remove(made[0])
    stores.webhooks.add(made[-1], LIMIT)
    assert stores.webhooks.all_of(stores.tenant_id) == made[1:]


@pytest.mark.parametrize(
    "change",
    [
        {"url": "https://y.io/"},
        {"events": ("ModelDeleted",)},
        {"description": "x"},
        {"sealed": b"new", "previous_sealed": b"old", "previous_until": NOW, "rotation": "r"},
        {"disabled": DisabledReason.REQUEST},
        {"failing_since": NOW},
    ],
)
def test_a_change_never_undoes_another_one(change: dict[str, Any], stores: Stores) -> None:
    read = _webhook(stores)
    stores.webhooks.add(read, LIMIT)
    changed = replace(read, **change)
    stores.webhooks.change(read, changed)
    with pytest.raises(Outdated):
        stores.webhooks.change(read, replace(read, description="mine"))
    assert stores.webhooks.webhook(read.tenant_id, read.id) == changed
    stores.webhooks.change(changed, read)
    assert stores.webhooks.webhook(read.tenant_id, read.id) == read


def test_a_deleted_webhook_stays_deleted(stores: Stores) -> None:
    webhook = _webhook(stores)
    stores.webhooks.add(webhook, LIMIT)
    stores.webhooks.remove(webhook)
    with pytest.raises(Outdated):
        stores.webhooks.change(webhook, replace(webhook, description="x"))
    stores.states.note_failing(webhook, NOW)
    stores.states.note_failing(webhook, None)
    assert not stores.states.disable(webhook, DisabledReason.GONE, None)
    assert stores.webhooks.webhook(webhook.tenant_id, webhook.id) is None


def test_the_first_failure_is_kept_until_a_success(stores: Stores) -> None:
    webhook = _webhook(stores)
    stores.webhooks.add(webhook, LIMIT)
    for since, kept in ((NOW, NOW), (NOW + SECOND, NOW), (None, None), (NOW + SECOND, NOW + SECOND)):
        stores.states.note_failing(webhook, since)
        found = stores.states.webhook(webhook.tenant_id, webhook.id)
        assert found == replace(webhook, failing_since=kept)


def test_one_of_several_disables_a_webhook_that_still_fails(stores: Stores) -> None:
    webhook = replace(_webhook(stores), failing_since=NOW)
    stores.webhooks.add(webhook, LIMIT)
    assert not stores.states.disable(webhook, DisabledReason.FAILING, NOW - SECOND)
    assert [stores.states.disable(webhook, DisabledReason.FAILING, NOW) for _ in range(2)] == [True, False]
    assert stores.webhooks.webhook(webhook.tenant_id, webhook.id) == replace(webhook, disabled=DisabledReason.FAILING)


def test_a_delivery_is_added_once_and_read_back(stores: Stores) -> None:
    delivery = _delivery(new_id())
    assert [stores.deliveries.add(delivery) for _ in range(2)] == [True, False]
    assert stores.deliveries.delivery(delivery.webhook_id, delivery.id) == delivery
    assert stores.deliveries.delivery(new_id(), delivery.id) is None


def test_deliveries_are_listed_newest_first_in_pages(stores: Stores) -> None:
    webhook_id = new_id()
    made = [_delivery(webhook_id, n) for n in range(5)]
    for delivery in made:
        stores.deliveries.add(delivery)
    stores.deliveries.add(_delivery(new_id()))
    newest = made[::-1]
    assert stores.deliveries.page(webhook_id, limit=3, after="") == newest[:3]
    assert stores.deliveries.page(webhook_id, limit=3, after=newest[2].id) == newest[3:]


def test_one_owner_at_a_time_has_a_delivery_until_its_lease_ends(stores: Stores) -> None:
    delivery = _delivery(new_id())
    stores.deliveries.add(delivery)
    claim = stores.deliveries.claim
    assert claim(delivery, "a", NOW, LEASE)
    assert not claim(delivery, "b", NOW + LEASE, LEASE)
    assert claim(delivery, "b", NOW + LEASE + SECOND, LEASE)
    done = delivery.after(Attempt(at=NOW, milliseconds=5, status=200, headers={"a": "b"}), DeliveryState.DELIVERED)
    assert not stores.deliveries.record(done, "a")
    assert stores.deliveries.record(done, "b")
    assert stores.deliveries.delivery(delivery.webhook_id, delivery.id) == done
    assert not claim(delivery, "c", NOW + 9 * LEASE, LEASE)


def test_a_recorded_retry_can_be_claimed_as_it_was_read_alone(stores: Stores) -> None:
    delivery = _delivery(new_id())
    stores.deliveries.add(delivery)
    stores.deliveries.claim(delivery, "a", NOW, LEASE)
    retry = delivery.after(Attempt(at=NOW, milliseconds=5, error="x"), DeliveryState.PENDING, NOW + SECOND)
    assert stores.deliveries.record(retry, "a")
    assert not stores.deliveries.claim(delivery, "b", NOW + SECOND, LEASE)
    assert stores.deliveries.claim(retry, "b", NOW + SECOND, LEASE)


def test_a_restart_ends_the_claim_and_keeps_the_attempts(stores: Stores) -> None:
    delivery = _delivery(new_id())
    stores.deliveries.add(delivery)
    stores.deliveries.claim(delivery, "a", NOW, LEASE)
    failed = delivery.ended(NOW, "over")
    stores.deliveries.record(failed, "a")
    assert stores.deliveries.restart(failed, later := NOW + timedelta(days=2))
    again = stores.deliveries.delivery(delivery.webhook_id, delivery.id)
    assert again == replace(failed, state=DeliveryState.PENDING, begun_at=later, next_at=later)
    assert again is not None
    assert stores.deliveries.claim(again, "b", later, LEASE)
    assert stores.deliveries.restart(failed, later + SECOND)
    assert not stores.deliveries.record(again.ended(later, "over"), "b")
    assert not stores.deliveries.restart(_delivery(new_id()), later)


def test_the_history_of_a_webhook_is_bounded(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (
        "maas.adapters.aws.webhooks.deliveries.KEPT_MAX",
        "tests.fakes.webhooks.KEPT_MAX",
    ):
        monkeypatch.setattr(module, 7)
    monkeypatch.setattr("maas.adapters.aws.webhooks.deliveries._CUT_EVERY", 10)
    webhook_id = new_id()
    made = [_delivery(webhook_id, n) for n in range(20)]
    for delivery in made:
        stores.deliveries.add(delivery)
    assert stores.deliveries.page(webhook_id, limit=99, after="") == made[:-8:-1]
    assert rules.KEPT_MAX == 1000


def test_a_receiver_has_so_many_places_and_no_more(stores: Stores) -> None:
    webhook_id = new_id()
    places = [stores.places.take(webhook_id, f"owner {n}", NOW, LEASE) for n in range(PLACES + 1)]
    assert sorted(each for each in places if each is not None) == list(range(PLACES))
    assert stores.places.take(new_id(), "other", NOW, LEASE) is not None
    stores.places.leave(webhook_id, 0, "a stranger")
    assert stores.places.take(webhook_id, "late", NOW, LEASE) is None
    stores.places.leave(webhook_id, 2, f"owner {places.index(2)}")
    assert stores.places.take(webhook_id, "late", NOW, LEASE) == 2
    assert stores.places.take(webhook_id, "later", NOW + LEASE + SECOND, LEASE) is not None


def test_a_rest_is_only_made_longer_and_silences_are_counted(stores: Stores) -> None:
    webhook_id = new_id()
    assert stores.places.rest(webhook_id) == Rest()
    for until in (NOW + SECOND, NOW, NOW + 2 * SECOND):
        stores.places.pause(webhook_id, until)
    assert [stores.places.note_silence(webhook_id) for _ in range(2)] == [1, 2]
    assert stores.places.rest(webhook_id) == Rest(NOW + 2 * SECOND, 2)
    stores.places.note_answer(webhook_id)
    assert stores.places.rest(webhook_id) == Rest(NOW + 2 * SECOND, 0)
