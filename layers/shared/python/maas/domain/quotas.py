"""Quotas: of how many things of a kind, or of how many bytes, an organization may be the owner."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from maas.domain.errors import FieldError, Rule, WrongState


class Quota(StrEnum):
    """The names of the quotas. A file counts in STORED_BYTES from the start of its upload until it loses its use."""

    MODELS = "models"
    VERSIONS = "versions"
    OPEN_UPLOADS = "open_uploads"
    STORED_BYTES = "stored_bytes"
    API_KEYS = "api_keys"
    SERVICE_ACCOUNTS = "service_accounts"
    TRUSTED_ISSUERS = "trusted_issuers"
    WEBHOOKS = "webhooks"
    INVITATIONS = "invitations"
    MEMBERS = "members"
    OPEN_JOBS = "open_jobs"


@dataclass(frozen=True, slots=True)
class Usage:
    """The limit and the use of one quota of an organization; a `limit` of 0 allows all."""

    quota: Quota
    limit: int
    use: int


class QuotaExceeded(WrongState):
    """The organization has as much of something as it may have: the quota's name, its limit, and the use of it."""

    code = "quota_exceeded"
    quota: str = ""
    limit: int = 0
    use: int = 0


# Words for people, and the way out.
_WORDS: Mapping[Quota, tuple[str, str]] = {
    Quota.MODELS: ("models", "delete one that is not needed"),
    Quota.VERSIONS: ("versions", "delete drafts or models that are not needed"),
    Quota.OPEN_UPLOADS: ("open uploads", "complete or abort one"),
    Quota.STORED_BYTES: ("bytes", "abort uploads, or delete versions or models that are not needed"),
    Quota.API_KEYS: ("API keys", "delete one that is not needed"),
    Quota.SERVICE_ACCOUNTS: ("service accounts", "delete one that is not needed"),
    Quota.TRUSTED_ISSUERS: ("trusted issuers", "delete one that is not needed"),
    Quota.WEBHOOKS: ("webhooks", "delete one that is not needed"),
    Quota.INVITATIONS: ("open invitations", "revoke one that is not needed"),
    Quota.MEMBERS: ("members", "remove one who is not needed"),
    Quota.OPEN_JOBS: ("open jobs", "cancel one, or wait until one has ended"),
}


def exceeded(usage: Usage, wanted: int = 1) -> QuotaExceeded:
    """The error for `wanted` more than a quota allows."""
    things, way_out = _WORDS[usage.quota]
    more = f", and this needs {wanted} more" if usage.quota is Quota.STORED_BYTES else ""
    message = f"the organization has {usage.use} of at most {usage.limit} {things}{more}; {way_out}"
    error = QuotaExceeded(message, [FieldError(usage.quota, Rule.STATE, message)])
    error.quota, error.limit, error.use = usage.quota, usage.limit, usage.use
    return error
