"""The registry's settings, read once at start."""

import ipaddress
from dataclasses import dataclass

from maas.settings import SettingsError, env


@dataclass(frozen=True)
class Settings:
    """`secret` names the secret that the service tokens' key is derived from.

    `endpoint` empty: AWS itself. `redis_url` empty: no cache but the process's own.
    """

    table: str = env("MAAS_REGISTRY_TABLE")
    secret: str = env("MAAS_SERVICE_SECRET")
    listen: str = env("MAAS_REGISTRY_LISTEN", default="127.0.0.1:9090")
    auth: str = env("MAAS_REGISTRY_AUTH", default="on")
    endpoint: str = env("MAAS_AWS_ENDPOINT", default="")
    redis_url: str = env("MAAS_REDIS_URL", default="")

    def __post_init__(self) -> None:
        """Raises SettingsError: `auth` is unknown, or would open the registry to other machines."""
        if self.auth not in ("on", "off"):
            raise SettingsError("MAAS_REGISTRY_AUTH must be on or off")
        if self.auth == "off" and not _is_loopback(self.listen):
            raise SettingsError(
                f"MAAS_REGISTRY_AUTH=off is refused on {self.listen}: without tokens it may listen on loopback only"
            )


def _is_loopback(listen: str) -> bool:
    host = listen.rpartition(":")[0].strip("[]")
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
