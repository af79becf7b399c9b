"""The events of webhooks themselves, which are among those of `maas.identity`."""

from typing import Literal

from pydantic import Field

from maas.contracts.base import Answer
from maas.domain.webhooks.subscriptions import DisabledReason
from tools.event_fields import IdentityBody


class WebhookSummary(Answer):
    """A webhook."""

    url: str = Field(description="The scheme and host of its URL. Path and query may be a secret, and are left out.")
    events: list[str] = Field(description="The types that it receives; none is all of them.")
    description: str
    disabled: DisabledReason | None = Field(description="Why it receives nothing; null if it is enabled.")


class WebhookCreated(IdentityBody):
    """A webhook was made."""

    type: Literal["WebhookCreated"]
    before: None
    after: WebhookSummary


class WebhookUpdated(IdentityBody):
    """The URL, types or description of a webhook changed, or it was enabled."""

    type: Literal["WebhookUpdated"]
    before: WebhookSummary
    after: WebhookSummary


class WebhookSecretRotated(IdentityBody):
    """A webhook has another signing secret."""

    type: Literal["WebhookSecretRotated"]
    before: WebhookSummary
    after: WebhookSummary


class WebhookDisabled(IdentityBody):
    """A webhook was disabled, by an admin (`request`) or because of its receiver (`gone`, `failing`)."""

    type: Literal["WebhookDisabled"]
    before: WebhookSummary
    after: WebhookSummary


class WebhookDeleted(IdentityBody):
    """A webhook was deleted."""

    type: Literal["WebhookDeleted"]
    before: WebhookSummary
    after: None
