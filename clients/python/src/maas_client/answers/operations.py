"""Answers about an organization's log, quotas and webhooks. Secrets and signed URLs are left out of every repr."""

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from maas_client.answers.base import Answer, Count, Moment, Sha256, Size


class Actor(Answer):
    """The origin of a change: its caller, credential, address and request. A part that there is not is None."""

    subject: str | None
    credential: str | None
    address: str | None
    request_id: str | None


class AuditRecord(Answer):
    """A record of the log. Times are texts, because the hash is over them."""

    organization: str
    sequence: int
    id: str
    time: str
    recorded_at: str
    actor: Actor
    action: str
    object: str
    changed: list[str]
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    previous: str
    hash: str

    @property
    def by(self) -> str | None:
        """The id of whoever has made the change; None for what nobody has asked for."""
        return self.actor.subject


class AuditSegment(Answer):
    """A file with the records from `first` to `last`, and a signed URL for it."""

    first: Count
    last: Count
    hash: str
    recorded_at: str
    size: Size
    sha256: Sha256
    url: str = Field(repr=False)


class AuditHead(Answer):
    """The last record, signed."""

    organization: str
    sequence: int
    hash: str
    recorded_at: str | None
    signature: str


class Quota(Answer):
    """The use of one quota, and its limit; None if there is none."""

    limit: int | None
    use: int


class Requests(Answer):
    """Requests in this minute, which ends in `resets_in` seconds."""

    limit: int
    remaining: int
    resets_in: int


class Usage(Answer):
    """Quotas by name, and the limits of requests that hold for the caller."""

    quotas: Mapping[str, Quota]
    requests: Mapping[str, Requests]


class Percentiles(Answer):
    """Percentiles of `count` values, at most 9 % off."""

    count: int
    p50: float
    p90: float
    p99: float


class CachedResults(Answer):
    """Results that were kept from earlier calls; `hit_rate` is None if nothing was answered."""

    hits: int
    hit_rate: float | None


class Figures(Answer):
    """Calls, and their errors by code. `phases` are milliseconds by name; `queue` is how many calls waited."""

    calls: int
    errors: Mapping[str, int]
    results: CachedResults
    cold_starts: int
    phases: Mapping[str, Percentiles]
    queue: Percentiles | None


class VersionFigures(Figures):
    """The figures of one version."""

    version: str


class ModelStatistics(Answer):
    """Figures of a model's versions from `since` on; those of one process alone if they are not `shared`."""

    since: Moment
    minutes: int
    shared: bool
    model_id: str
    versions: list[VersionFigures]


class RegistryCache(Answer):
    """The cache of the registry, which all organizations share."""

    hit_rate: float | None


class Statistics(Answer):
    """Figures of all predictions of the organization from `since` on."""

    since: Moment
    minutes: int
    shared: bool
    predictions: Figures
    registry: RegistryCache


class Webhook(Answer):
    """A webhook without its secret. `disabled_reason` is None while it is enabled."""

    id: str
    url: str
    events: list[str]
    description: str
    enabled: bool
    disabled_reason: str | None
    failing_since: Moment | None
    previous_secret_until: Moment | None
    created_by: str
    created_at: Moment


class NewWebhook(Webhook):
    """The one answer that has the secret."""

    secret: str = Field(repr=False)


class Attempt(Answer):
    """One request of a delivery. `error` is set if there was no answer."""

    at: Moment
    milliseconds: int
    status: int | None
    error: str | None
    answer: str
    request_headers: dict[str, str]


class Delivery(Answer):
    """One event to one webhook."""

    id: str
    event_type: str
    state: str
    created_at: Moment
    next_attempt_at: Moment | None
    attempt_count: int
    attempts: list[Attempt]
    request_body: str
    request_body_cut: bool

    @property
    def last_result(self) -> str | None:
        """The HTTP status of the last attempt, or why there was none; None before the first attempt."""
        if not self.attempts:
            return None
        newest = self.attempts[0]
        return newest.error if newest.status is None else str(newest.status)
