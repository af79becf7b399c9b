"""Use cases of webhooks: who may manage them, their terms, secrets, history and tests."""

from datetime import timedelta
from typing import Any

import pytest

from maas.domain.errors import InvalidInput, NotFound, PermissionDenied, Rule, WrongState
from maas.domain.identity.principals import Principal, Role
from maas.domain.ids import new_id
from maas.domain.quotas import QuotaExceeded
from maas.domain.webhooks.deliveries import DeliveryState
from maas.domain.webhooks.event_types import EVENT_TYPES
from maas.domain.webhooks.subscriptions import WEBHOOKS_MAX, DisabledReason
from maas.domain.webhooks.terms import WebhookTerms
from maas.services.webhook_secrets import unsealed
from tests.support.webhook_world import URL, WebhookWorld, requested


def test_a_new_webhook_has_an_encrypted_secret_that_no_repr_shows() -> None:
    world = WebhookWorld()
    new = world.subscribed(events=["ModelCreated", "ModelCreated"])
    stored = world.stored(new.webhook)
    assert (stored.url, stored.events, stored.created_by) == (URL, ("ModelCreated",), world.admin.subject)
    assert new.secret.text.encode() not in stored.sealed
    assert unsealed(world.sealer, stored.id, [stored.sealed]) == [new.secret]
    assert unsealed(world.sealer, new_id(), [stored.sealed]) == []
    assert new.secret.text not in repr(new)


@pytest.mark.parametrize(
    ("terms", "field", "rule"),
    [
        ({"url": "http://example.com/"}, "url", Rule.URL),
        ({"url": "https://10.0.0.1/"}, "url", Rule.URL),
        ({"url": "http://localhost:9/"}, "url", Rule.URL),
        ({"events": ["ModelCreated", "Nope"]}, "events[1]", Rule.ENUM),
        ({"events": ["Test"]}, "events[0]", Rule.ENUM),
        ({"description": "x" * 257}, "description", Rule.MAX_LENGTH),
        ({"description": "\u202e"}, "description", Rule.INVISIBLE),
    ],
)
def test_a_wrong_value_is_named_when_made_and_when_changed(terms: dict[str, Any], field: str, rule: Rule) -> None:
    world = WebhookWorld()
    new = world.subscribed()
    for refused in (
        lambda: world.service.create(world.admin, WebhookTerms(**{"url": URL, **terms})),
        lambda: world.service.change(world.admin, new.webhook.id, WebhookTerms(**terms)),
    ):
        with pytest.raises(InvalidInput) as error:
            refused()
        assert [(each.field, each.rule) for each in error.value.fields] == [(field, rule)]


def test_every_type_of_an_event_can_be_chosen() -> None:
    world = WebhookWorld()
    assert world.subscribed(events=EVENT_TYPES).webhook.events == EVENT_TYPES


def test_an_organization_has_a_bounded_number_of_webhooks() -> None:
    world = WebhookWorld()
    made = [world.subscribed() for _ in range(WEBHOOKS_MAX)]
    with pytest.raises(QuotaExceeded):
        world.subscribed()
    world.subscribed(world.member("other"))
    world.service.remove(world.admin, made[0].webhook.id)
    world.subscribed()


def _every_use(world: WebhookWorld, by: Principal, webhook_id: str) -> list[Any]:
    service = world.service
    return [
        lambda: service.get(by, webhook_id),
        lambda: service.change(by, webhook_id, WebhookTerms(enabled=False)),
        lambda: service.rotate(by, webhook_id, 0),
        lambda: service.remove(by, webhook_id),
        lambda: service.deliveries(by, webhook_id, limit=1, cursor=""),
        lambda: service.redeliver(by, webhook_id, new_id()),
        lambda: service.test(by, webhook_id),
    ]


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.ADMIN}))
def test_only_admins_manage_webhooks(role: Role) -> None:
    world = WebhookWorld()
    new, by = world.subscribed(), world.member("acme", role)
    for use in _every_use(world, by, new.webhook.id):
        with pytest.raises(PermissionDenied):
            use()
    with pytest.raises(PermissionDenied):
        world.subscribed(by)
    with pytest.raises(PermissionDenied):
        world.service.page(by, limit=1, cursor="")


def test_another_organization_s_webhook_is_not_found() -> None:
    world = WebhookWorld()
    new, stranger = world.subscribed(), world.member("other")
    for webhook_id in (new.webhook.id, new_id(), "x"):
        for use in _every_use(world, stranger, webhook_id):
            with pytest.raises(NotFound):
                use()
    assert world.service.page(stranger, limit=9, cursor="").items == ()


def test_webhooks_are_listed_oldest_first_in_pages() -> None:
    world = WebhookWorld()
    made = [world.subscribed().webhook for _ in range(3)]
    first = world.service.page(world.admin, limit=2, cursor="")
    rest = world.service.page(world.admin, limit=2, cursor=first.next_cursor)
    assert [*first.items, *rest.items] == made
    assert not rest.next_cursor
    with pytest.raises(InvalidInput):
        world.service.page(world.member("other"), limit=2, cursor=first.next_cursor)


def test_the_history_is_listed_newest_first_in_pages() -> None:
    world = WebhookWorld()
    new = world.subscribed()
    events = [world.published() for _ in range(3)]
    first = world.service.deliveries(world.admin, new.webhook.id, limit=2, cursor="")
    rest = world.service.deliveries(world.admin, new.webhook.id, limit=2, cursor=first.next_cursor)
    assert [each.id for each in (*first.items, *rest.items)] == [event.id for event in events[::-1]]


def test_a_disabled_webhook_says_so_and_sends_nothing_by_hand() -> None:
    world = WebhookWorld()
    new, event = world.subscribed(), world.published()
    changed = world.service.change(world.admin, new.webhook.id, WebhookTerms(enabled=False))
    assert changed.disabled is DisabledReason.REQUEST
    with pytest.raises(WrongState):
        world.service.test(world.admin, new.webhook.id)
    with pytest.raises(WrongState):
        world.service.redeliver(world.admin, new.webhook.id, event.id)


def test_a_test_reaches_the_one_webhook_whatever_its_types_are() -> None:
    world = WebhookWorld()
    new = world.subscribed(events=["ModelDeleted"])
    world.subscribed(url="https://other.example.com/")
    sent = world.service.test(world.admin, new.webhook.id)
    world.work()
    [request] = world.outbound.requests
    assert (request.url, request.headers["webhook-id"]) == (URL, sent.id)
    assert b'"type":"Test"' in request.body
    assert world.history(new.webhook)[0].state is DeliveryState.DELIVERED


def test_a_redelivery_of_an_unknown_event_is_not_found() -> None:
    world = WebhookWorld()
    new, other = world.subscribed(), world.subscribed(events=["ModelDeleted"])
    event = world.published()
    for webhook_id, delivery_id in ((new.webhook.id, new_id()), (new.webhook.id, "x"), (other.webhook.id, event.id)):
        with pytest.raises(NotFound):
            world.service.redeliver(world.admin, webhook_id, delivery_id)


@pytest.mark.parametrize("seconds", [-1, 7 * 86400 + 1])
def test_a_grace_has_bounds(seconds: int) -> None:
    world = WebhookWorld()
    new = world.subscribed()
    with pytest.raises(InvalidInput):
        world.service.rotate(world.admin, new.webhook.id, seconds)
    assert world.service.rotate(world.admin, new.webhook.id, 0).webhook.sealed_at(world.now) != (new.webhook.sealed,)


def test_a_new_secret_is_another_one_and_the_old_one_ends_with_its_grace() -> None:
    world = WebhookWorld()
    new = world.subscribed()
    rotated = world.service.rotate(world.admin, new.webhook.id, 60)
    secrets = [unsealed(world.sealer, new.webhook.id, rotated.webhook.sealed_at(world.now + timedelta(seconds=n)))
               for n in (59, 61)]  # fmt: skip
    assert secrets == [[rotated.secret, new.secret], [rotated.secret]]


def test_a_repeated_rotation_keeps_the_secret_before_it() -> None:
    world = WebhookWorld()
    new = world.subscribed()
    with requested(effect_id=new_id()):
        lost, again = (world.service.rotate(world.admin, new.webhook.id, 60) for _ in range(2))
    assert unsealed(world.sealer, new.webhook.id, again.webhook.sealed_at(world.now)) == [again.secret, new.secret]
    assert lost.secret != again.secret


def test_a_repeated_creation_finds_its_webhook_and_shows_a_new_secret() -> None:
    world = WebhookWorld()
    with requested(effect_id=new_id()):
        lost, again = world.subscribed(), world.subscribed()
    assert world.webhooks.all_of("acme") == [again.webhook]
    assert (lost.webhook.id, lost.secret != again.secret) == (again.webhook.id, True)
    assert unsealed(world.sealer, again.webhook.id, [again.webhook.sealed]) == [again.secret]
