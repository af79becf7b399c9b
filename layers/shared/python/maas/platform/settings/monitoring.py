"""The table of sketches."""

from dataclasses import dataclass

from maas.platform.environment import env


@dataclass(frozen=True)
class MonitoringSettings:
    """The table of sketches. `endpoint` is the address of DynamoDB; empty means AWS itself."""

    table: str = env("MAAS_MONITORING_TABLE")
    endpoint: str = env("MAAS_TABLES_ENDPOINT", default="")
