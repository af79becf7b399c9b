"""The parts of predictions that processes which answer callers share. Without Redis each process has its own."""

from dataclasses import asdict

from maas.adapters.aws.shadow_queue import SqsShadowQueue
from maas.adapters.redis_call_leases import RedisCallLeases
from maas.adapters.redis_request_counts import RedisRequestCounts
from maas.adapters.redis_result_cache import RedisResultCache
from maas.domain.inference.concurrency import ConcurrencyLimits
from maas.domain.inference.local_leases import LocalLeases
from maas.platform.environment import AwsSettings, read
from maas.platform.settings.predictions import ConcurrencySettings, ShadowSettings
from maas.security.keyring import TokenKeys
from maas.security.redis_url import RedisUrl
from maas.services.concurrency import CallSlots
from maas.services.kept_results import KeptResults
from maas.services.shadow_budgets import EXPIRY, ShadowBudgets
from maas.services.shadowing import ShadowWatcher


def kept_results(redis_url: RedisUrl | None, keys: TokenKeys) -> KeptResults:
    """Results of predictions, which are sealed in Redis."""
    if not redis_url:
        return KeptResults(None)
    return KeptResults(RedisResultCache(redis_url, lambda: keys.cached_signing_key().derived(b"maas result cache")))


def call_slots(redis_url: RedisUrl | None) -> CallSlots:
    """The slots of calls that run at once."""
    limits = ConcurrencyLimits(**asdict(read(ConcurrencySettings)))
    return CallSlots(limits, RedisCallLeases(redis_url) if redis_url else LocalLeases())


def shadowing(redis_url: RedisUrl | None) -> ShadowWatcher:
    """Sends calls to the shadow function, as many as their organizations' budgets allow."""
    counts = RedisRequestCounts(redis_url, expiry=EXPIRY) if redis_url else None
    return ShadowWatcher(SqsShadowQueue(read(ShadowSettings).queue, read(AwsSettings).endpoint), ShadowBudgets(counts))
