"""An admin's choices for a webhook: URL, types of events, description, and whether it is enabled."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from maas.domain import value_rules
from maas.domain.errors import InvalidInput, Rule
from maas.domain.outbound.urls import outbound_url
from maas.domain.webhooks.event_types import event_types
from maas.domain.webhooks.subscriptions import DisabledReason, Webhook

DESCRIPTION_MAX = 256
GRACE_MAX = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookTerms:
    """Terms that an admin chooses, as they were written. In a change, None keeps a value as it is."""

    url: str | None = None
    events: Sequence[str] | None = None
    description: str | None = None
    enabled: bool | None = None

    def applied(self, webhook: Webhook, *, loopback: bool) -> Webhook:
        """The webhook with these values in stored form. Whoever enables it, or moves it, gives it another chance.

        Raises InvalidInput.
        """
        disabled = webhook.disabled
        if self.enabled is not None:
            disabled = None if self.enabled else disabled or DisabledReason.REQUEST
        url = webhook.url if self.url is None else str(outbound_url(self.url, loopback=loopback))
        is_new_chance = url != webhook.url or (webhook.disabled and not disabled)
        failing_since = None if is_new_chance else webhook.failing_since
        return replace(
            webhook,
            url=url,
            events=webhook.events if self.events is None else event_types(self.events),
            description=webhook.description if self.description is None else _description(self.description),
            disabled=disabled,
            failing_since=failing_since,
        )


def grace(seconds: int) -> timedelta:
    """The time for which the secret before a rotation signs too. Raises InvalidInput."""
    maximum = int(GRACE_MAX.total_seconds())
    if not 0 <= seconds <= maximum:
        raise InvalidInput.of("grace_seconds", Rule.RANGE, f"must be from 0 to {maximum}")
    return timedelta(seconds=seconds)


def _description(value: str) -> str:
    return value_rules.prose("description", value, maximum=DESCRIPTION_MAX)
