"""The limits of callers' requests, made from settings, for every process that answers callers within the VPC."""

from dataclasses import asdict

from maas.adapters.redis_request_counts import RedisRequestCounts
from maas.domain.identity.quotas import Quotas
from maas.platform.environment import read
from maas.platform.settings.requests import RequestSettings
from maas.security.redis_url import RedisUrl
from maas.services.request_limits import RequestLimits


def request_limits(redis_url: RedisUrl | None) -> RequestLimits:
    """Limits that count in Redis, or in this process alone without it."""
    counts = RedisRequestCounts(redis_url) if redis_url else None
    return RequestLimits(Quotas(**asdict(read(RequestSettings))), counts)
