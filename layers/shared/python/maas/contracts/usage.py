"""The answer of GET /usage."""

from collections.abc import Mapping

from maas.contracts.base import Answer


class QuotaAnswer(Answer):
    """`limit` is null if there is none."""

    limit: int | None
    use: int


class RequestsAnswer(Answer):
    """Requests in this minute, which ends in `resets_in` seconds."""

    limit: int
    remaining: int
    resets_in: int


class UsageAnswer(Answer):
    """Quotas by name, and the limits of requests that hold for the caller. A limit that is off is left out."""

    quotas: Mapping[str, QuotaAnswer]
    requests: Mapping[str, RequestsAnswer]
