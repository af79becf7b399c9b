"""The people who get a mail about a webhook that was disabled."""

from maas.domain.errors import Unavailable
from maas.domain.identity.mail import Mail
from maas.domain.outbound.exchange import OutboundAnswer
from tests.support.webhook_world import WebhookWorld


def test_admins_without_a_verified_address_get_no_notice() -> None:
    world = WebhookWorld(OutboundAnswer(410, {}, b""))
    world.member("evil", verified=False)
    world.subscribed(world.member("evil"))
    world.published(tenant_id="evil")
    world.work()
    assert len(world.mailer.sent) == 1
    world.subscribed(world.member("worse", verified=False))
    world.published(tenant_id="worse")
    world.work()
    assert len(world.mailer.sent) == 1


def test_an_admin_whom_no_mail_reaches_keeps_no_other_from_the_notice() -> None:
    world = WebhookWorld(OutboundAnswer(410, {}, b""))
    world.member("acme")
    world.subscribed()
    send, refused = world.mailer.send, list[Mail]()

    def refuses_first(mail: Mail) -> None:
        if not refused:
            refused.append(mail)
            raise Unavailable("mail can't be sent just now; try again")
        send(mail)

    world.mailer.send = refuses_first  # type: ignore[method-assign]
    world.published()
    world.work()
    assert len(world.mailer.sent) == 1
