"""The registry's address and the cache's."""

import ssl
from dataclasses import dataclass

from maas.platform.environment import SettingsError, env


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
class CacheSettings:
    """The cache's URL, or a secret with the URL if it has a password. There is no cache if both are empty."""

    redis_url: str = env("MAAS_REDIS_URL", default="")
    redis_secret: str = env("MAAS_REDIS_SECRET", default="")

    def __post_init__(self) -> None:
        """Raises SettingsError if both are set."""
        if self.redis_url and self.redis_secret:
            raise SettingsError("MAAS_REDIS_URL and MAAS_REDIS_SECRET are both set; one of them must not be")
