"""Limits of requests, and the table of their idempotency keys."""

from dataclasses import dataclass

from maas.platform.environment import env


@dataclass(frozen=True)
class RequestSettings:
    """Requests a minute that an organization, a user and an API key may make; 0 allows all."""

    organization: int = env("MAAS_REQUESTS_PER_ORGANIZATION")
    user: int = env("MAAS_REQUESTS_PER_USER")
    api_key: int = env("MAAS_REQUESTS_PER_API_KEY")


@dataclass(frozen=True)
class IdempotencySettings:
    """The table of idempotency keys. `endpoint` is the address of DynamoDB; empty means AWS itself."""

    table: str = env("MAAS_IDEMPOTENCY_TABLE")
    endpoint: str = env("MAAS_TABLES_ENDPOINT", default="")
