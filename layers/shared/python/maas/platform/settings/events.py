"""The event bus, and the audit log of what it carries."""

from dataclasses import dataclass

from maas.platform.environment import env


@dataclass(frozen=True)
class EventSettings:
    """The name of the event bus."""

    bus: str = env("MAAS_EVENT_BUS")


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
