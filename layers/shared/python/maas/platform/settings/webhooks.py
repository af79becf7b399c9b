"""Deliveries of webhooks, and how they and mail leave."""

from dataclasses import dataclass

from maas.platform.environment import SettingsError, env


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
