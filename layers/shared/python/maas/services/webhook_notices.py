"""Mail to the admins of an organization about a webhook that was disabled."""

from maas.domain.errors import Unavailable
from maas.domain.identity.accounts import User
from maas.domain.identity.addresses import is_mailable
from maas.domain.identity.members import MemberFilter, MemberState
from maas.domain.identity.principals import Role
from maas.domain.webhooks.subscriptions import Webhook
from maas.platform.observability import logger
from maas.services.mails import webhook_disabled
from maas.services.ports.mail import Mailer
from maas.services.ports.members import Members

# Admins that one notice goes to; an organization with more of them is told through these.
ADMINS_MAX = 20
_ADMINS = MemberFilter(role=Role.ADMIN, state=MemberState.ACTIVE)


class WebhookNotices:
    """A mail that can't be sent changes nothing else: GET /webhooks/{id} shows the state and its reason too.

    Admins whose address is not verified get none: anybody may have registered it, and the mail has a URL of their own.
    """

    def __init__(self, members: Members, mailer: Mailer) -> None:
        self._members = members
        self._mailer = mailer

    def disabled(self, webhook: Webhook) -> None:
        try:
            self._mailer.check()
            admins, _ = self._members.page(webhook.tenant_id, _ADMINS, limit=ADMINS_MAX, after="")
        except Unavailable as error:
            return _unsent(webhook, error)
        for admin in admins:
            if admin.email_verified and is_mailable(admin.email):
                self._send(admin, webhook)
        return None

    def _send(self, admin: User, webhook: Webhook) -> None:
        """One address that can't be reached is no reason to leave out the others."""
        try:
            self._mailer.send(webhook_disabled(admin.email, webhook))
        except Unavailable as error:
            _unsent(webhook, error)


def _unsent(webhook: Webhook, error: Unavailable) -> None:
    logger.warning("the notice of a disabled webhook is not sent", webhook_id=webhook.id, reason=error.message)
