"""Webhooks: a customer's URL, the types of events that it receives, and whether it still receives them."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

# Webhooks of one organization.
WEBHOOKS_MAX = 20
# Without one success in this time, although events were sent, a webhook is disabled.
GIVEN_UP_AFTER = timedelta(days=3)


class DisabledReason(StrEnum):
    """The reason for which a webhook receives nothing."""

    REQUEST = "request"
    GONE = "gone"
    FAILING = "failing"

    @property
    def meaning(self) -> str:
        return _MEANINGS[self]


_MEANINGS = {
    DisabledReason.REQUEST: "an admin has disabled it",
    DisabledReason.GONE: "its URL has answered 410 Gone",
    DisabledReason.FAILING: f"nothing could be delivered for {GIVEN_UP_AFTER.days} days",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """A subscription. `events` are types; none is all of them.

    `sealed` is the signing secret, encrypted; `previous_sealed` is the one before, which signs too until
    `previous_until`. `rotation` is the id of the request that has rotated it last, if that has one. `failing_since` is
    the time of the first failure after the last success.
    """

    id: str
    tenant_id: str
    url: str
    events: tuple[str, ...] = ()
    description: str = ""
    sealed: bytes = field(repr=False)
    previous_sealed: bytes = field(default=b"", repr=False)
    previous_until: datetime | None = None
    rotation: str = ""
    disabled: DisabledReason | None = None
    failing_since: datetime | None = None
    created_by: str
    created_at: datetime

    @property
    def shown_url(self) -> str:
        """The URL for everybody who may not read webhooks: chat services have a secret in its path or query."""
        scheme, _, rest = self.url.partition("://")
        host, _, target = rest.partition("/")
        return f"{scheme}://{host}/{'...' if target else ''}"

    def takes(self, event_type: str) -> bool:
        """Returns whether events of the type are delivered now."""
        return self.disabled is None and (not self.events or event_type in self.events)

    def rotated(self, sealed: bytes, until: datetime, rotation: str = "") -> "Webhook":
        """The webhook with a new secret. The one before signs too until then.

        The same rotation once more replaces its own secret, which nobody has seen, and keeps the one before.
        """
        if rotation and rotation == self.rotation:
            return replace(self, sealed=sealed)
        return replace(self, sealed=sealed, previous_sealed=self.sealed, previous_until=until, rotation=rotation)

    def sealed_at(self, now: datetime) -> tuple[bytes, ...]:
        """The secrets that sign now, the current one first."""
        signs_too = self.previous_sealed and self.previous_until is not None and now < self.previous_until
        return (self.sealed, self.previous_sealed) if signs_too else (self.sealed,)

    def has_failed_too_long(self, now: datetime) -> bool:
        return self.failing_since is not None and now - self.failing_since >= GIVEN_UP_AFTER
