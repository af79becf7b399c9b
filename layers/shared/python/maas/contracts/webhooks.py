"""Bodies of the webhook routes. Secrets are left out of every repr."""

from datetime import datetime

from pydantic import Field

from maas.contracts.base import Answer, Body, Integer


class CreateWebhook(Body):
    """A new webhook. Without `events` it receives events of every type."""

    url: str
    events: list[str] = Field(default_factory=list)
    description: str = ""
    enabled: bool = True


class PatchWebhook(Body):
    """A partial change; a field that is left out keeps its value. An empty list of `events` is every type."""

    url: str | None = None
    events: list[str] | None = None
    description: str | None = None
    enabled: bool | None = None


class RotateWebhookSecret(Body):
    """`grace_seconds` is the time for which the secret before signs too."""

    grace_seconds: Integer = 24 * 3600


class WebhookAnswer(Answer):
    """A webhook without its secret. `disabled_reason` is null while it is enabled."""

    id: str
    url: str
    events: list[str]
    description: str
    enabled: bool
    disabled_reason: str | None
    failing_since: datetime | None
    previous_secret_until: datetime | None
    created_by: str
    created_at: datetime


class NewWebhookAnswer(WebhookAnswer):
    """A webhook with its secret, which no later answer has."""

    secret: str = Field(repr=False)


class AttemptAnswer(Answer):
    """One request. `status` is null and `error` set if there was no answer; `answer` is the beginning of its body."""

    at: datetime
    milliseconds: int
    status: int | None
    error: str | None
    answer: str
    request_headers: dict[str, str]


class DeliveryAnswer(Answer):
    """One event to one webhook. `request_body` is cut to its beginning if `request_body_cut`."""

    id: str
    event_type: str
    state: str
    created_at: datetime
    next_attempt_at: datetime | None
    attempt_count: int
    attempts: list[AttemptAnswer]
    request_body: str
    request_body_cut: bool
