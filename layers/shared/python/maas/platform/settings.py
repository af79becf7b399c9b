"""Settings: one frozen dataclass per concern, read once in the wiring file and passed on as values.

A field's `env` metadata names its variable. Plain dataclasses, because the authorizer must not load pydantic.
"""

import ssl
from dataclasses import dataclass

from maas.platform.environment import AwsSettings as AwsSettings
from maas.platform.environment import IdentitySettings as IdentitySettings
from maas.platform.environment import SettingsError as SettingsError
from maas.platform.environment import TokenSettings as TokenSettings
from maas.platform.environment import env as env
from maas.platform.environment import read as read


@dataclass(frozen=True)
class FunctionSettings:
    """The function's memory in MB, which Lambda sets; 0 outside of Lambda."""

    memory: int = env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", default=0)


@dataclass(frozen=True)
class MemorySettings:
    """The memory of the functions that hold models, in MB; the largest file follows from it."""

    inference: int = env("MAAS_INFERENCE_MEMORY")
    validator: int = env("MAAS_VALIDATOR_MEMORY")


@dataclass(frozen=True)
class AdmissionSettings:
    """The terms of registration, and tries of one network: failed sign-ins in 15 minutes, registrations in an hour."""

    registration: str = env("MAAS_REGISTRATION")
    failures: int = env("MAAS_SIGN_IN_FAILURES_PER_NETWORK")
    registrations: int = env("MAAS_REGISTRATIONS_PER_NETWORK")

    def __post_init__(self) -> None:
        """Raises SettingsError if `registration` is not one of its four values."""
        if self.registration not in ("open", "verified", "invited", "closed"):
            raise SettingsError("MAAS_REGISTRATION must be open, verified, invited or closed")


@dataclass(frozen=True)
class RequestSettings:
    """Requests a minute that an organization, a user and an API key may make; 0 allows all."""

    organization: int = env("MAAS_REQUESTS_PER_ORGANIZATION")
    user: int = env("MAAS_REQUESTS_PER_USER")
    api_key: int = env("MAAS_REQUESTS_PER_API_KEY")


@dataclass(frozen=True)
class ConcurrencySettings:
    """Predictions of an organization, of a model and of a version that may run at once; 0 allows all."""

    organization: int = env("MAAS_CONCURRENT_PER_ORGANIZATION")
    model: int = env("MAAS_CONCURRENT_PER_MODEL")
    version: int = env("MAAS_CONCURRENT_PER_VERSION")


@dataclass(frozen=True)
class IdempotencySettings:
    """The table of idempotency keys. `endpoint` is the address of DynamoDB; empty means AWS itself."""

    table: str = env("MAAS_IDEMPOTENCY_TABLE")
    endpoint: str = env("MAAS_TABLES_ENDPOINT", default="")


@dataclass(frozen=True)
class RegistrySettings:
    """The registry's address and keys. `ca` is the text of PEM certificates, empty for the public ones."""

    address: str = env("MAAS_REGISTRY_ADDRESS")
    secret: str = env("MAAS_SERVICE_SECRET")
    tls: str = env("MAAS_REGISTRY_TLS", default="off")
    ca: str = env("MAAS_REGISTRY_CA", default="")

    def __post_init__(self) -> None:
        """Raises SettingsError if `tls` is neither on nor off, or `ca` is not a certificate or not used."""
        if self.tls not in ("on", "off"):
            raise SettingsError("MAAS_REGISTRY_TLS must be on or off")
        if self.ca and self.tls == "off":
            raise SettingsError("MAAS_REGISTRY_CA is set, but MAAS_REGISTRY_TLS is off")
        if self.ca:
            try:
                ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=self.ca)
            except (ssl.SSLError, TypeError, ValueError) as error:  # TypeError: it is not ASCII
                raise SettingsError("MAAS_REGISTRY_CA is not a PEM certificate") from error

    @property
    def roots(self) -> str | None:
        """The certificates that the channel trusts: PEM text, "" for the public ones, None for plaintext."""
        return self.ca if self.tls == "on" else None


@dataclass(frozen=True)
class ObjectSettings:
    """`public_endpoint` is the address that clients use; presigned URLs carry it."""

    bucket: str = env("MAAS_ARTIFACTS_BUCKET")
    endpoint: str = env("MAAS_S3_ENDPOINT", default="")
    public_endpoint: str = env("MAAS_S3_PUBLIC_ENDPOINT", default="")


@dataclass(frozen=True)
class CacheSettings:
    """The cache's URL, or a secret with the URL if it has a password. There is no cache if both are empty."""

    redis_url: str = env("MAAS_REDIS_URL", default="")
    redis_secret: str = env("MAAS_REDIS_SECRET", default="")

    def __post_init__(self) -> None:
        """Raises SettingsError if both are set."""
        if self.redis_url and self.redis_secret:
            raise SettingsError("MAAS_REDIS_URL and MAAS_REDIS_SECRET are both set; one of them must not be")


@dataclass(frozen=True)
class EventSettings:
    """The name of the event bus."""

    bus: str = env("MAAS_EVENT_BUS")


@dataclass(frozen=True)
class QueueSettings:
    """The URL of the queue of finished uploads."""

    url: str = env("MAAS_VALIDATION_QUEUE_URL")


@dataclass(frozen=True)
class RemovalQueueSettings:
    """The URL of the queue of removals."""

    url: str = env("MAAS_REMOVAL_QUEUE_URL")


@dataclass(frozen=True)
class RemovalSettings:
    """The seconds for which a file stays after the change that took its use away."""

    grace: int = env("MAAS_REMOVAL_GRACE")


@dataclass(frozen=True)
class AuditSettings:
    """Table and bucket of the audit log, and the days for which the index has a record.

    `public_endpoint` of S3 is the address that clients use. Empty endpoints mean AWS itself.
    """

    table: str = env("MAAS_AUDIT_TABLE")
    bucket: str = env("MAAS_AUDIT_BUCKET")
    days: int = env("MAAS_AUDIT_DAYS")
    endpoint: str = env("MAAS_TABLES_ENDPOINT", default="")
    s3_endpoint: str = env("MAAS_S3_ENDPOINT", default="")
    public_endpoint: str = env("MAAS_S3_PUBLIC_ENDPOINT", default="")


@dataclass(frozen=True)
class AuditQueueSettings:
    """The URL of the queue of events for the audit log."""

    url: str = env("MAAS_AUDIT_QUEUE_URL")


@dataclass(frozen=True)
class UploadSettings:
    """The maximum sizes in bytes, as the operator sets them: of a file, and of all files of a version together.

    The functions' memory may allow less for a file that is served.
    """

    max_bytes: int = env("MAAS_MAX_UPLOAD_BYTES")
    max_set_bytes: int = env("MAAS_MAX_SET_BYTES")


@dataclass(frozen=True)
class DeliverySettings:
    """The table and queue of webhooks' deliveries, and the secret whose key encrypts the webhooks' own secrets.

    `endpoint` is the address of DynamoDB; empty means AWS itself.
    """

    table: str = env("MAAS_DELIVERIES_TABLE")
    queue: str = env("MAAS_DELIVERIES_QUEUE_URL")
    secret: str = env("MAAS_WEBHOOK_SECRET")
    endpoint: str = env("MAAS_TABLES_ENDPOINT", default="")


@dataclass(frozen=True)
class JobSettings:
    """The table and queues of jobs, and the identity table, which takes the events of their ends.

    `endpoint` is the address of DynamoDB; empty means AWS itself. `open_max` is how many jobs of an organization may be
    open; 0 allows any number.
    """

    table: str = env("MAAS_JOBS_TABLE")
    queue: str = env("MAAS_JOBS_QUEUE_URL")
    low_queue: str = env("MAAS_LOW_JOBS_QUEUE_URL")
    events_table: str = env("MAAS_IDENTITY_TABLE")
    open_max: int = env("MAAS_QUOTA_OPEN_JOBS", default=0)
    endpoint: str = env("MAAS_TABLES_ENDPOINT", default="")


@dataclass(frozen=True)
class MonitoringSettings:
    """The table of sketches. `endpoint` is the address of DynamoDB; empty means AWS itself."""

    table: str = env("MAAS_MONITORING_TABLE")
    endpoint: str = env("MAAS_TABLES_ENDPOINT", default="")


@dataclass(frozen=True)
class ShadowSettings:
    """The URL of the queue of shadows of calls."""

    queue: str = env("MAAS_SHADOW_QUEUE_URL")


@dataclass(frozen=True)
class SamplingSettings:
    """How many of a hundred predictions are measured."""

    percent: int = env("MAAS_MONITORING_PERCENT")

    def __post_init__(self) -> None:
        """Raises SettingsError if it is not 0 to 100."""
        if not 0 <= self.percent <= 100:
            raise SettingsError("MAAS_MONITORING_PERCENT must be 0 to 100")


@dataclass(frozen=True)
class FeedbackSettings:
    """Predictions that one process keeps each second, so that feedback can be joined; with 0 none are."""

    kept: int = env("MAAS_KEPT_PREDICTIONS")


@dataclass(frozen=True)
class OutboundSettings:
    """The switch that lets requests to URLs of customers go to this machine; for a laptop alone."""

    loopback: str = env("MAAS_OUTBOUND_LOOPBACK", default="off")

    def __post_init__(self) -> None:
        """Raises SettingsError if `loopback` is neither on nor off."""
        if self.loopback not in ("on", "off"):
            raise SettingsError("MAAS_OUTBOUND_LOOPBACK must be on or off")


@dataclass(frozen=True)
class MailSettings:
    """The address that mail comes from; empty: none is sent. `smtp` is host:port of a server to use instead of SES."""

    sender: str = env("MAAS_MAIL_SENDER", default="")
    smtp: str = env("MAAS_MAIL_SMTP", default="")
