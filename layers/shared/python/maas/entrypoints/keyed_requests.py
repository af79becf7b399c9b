"""Idempotency of requests, made from settings, for every function whose routes have it."""

from maas.adapters.aws.key_records import DynamoKeyRecords
from maas.platform.environment import read
from maas.platform.settings.requests import IdempotencySettings
from maas.security.keyring import TokenKeys
from maas.security.sealed_answers import AnswerSealer
from maas.services.idempotency import IdempotencyService
from maas.web.idempotency import Allowed, Idempotency


def idempotency(keys: TokenKeys, allowed: Allowed) -> Idempotency:
    """Keeps answers sealed by `keys`. A repeat gets its answer while `allowed` lets its caller do that."""
    settings = read(IdempotencySettings)
    records = DynamoKeyRecords(settings.table, settings.endpoint)
    return Idempotency(IdempotencyService(records, AnswerSealer(keys)), allowed)
