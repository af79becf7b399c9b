"""The registry's settings, read once at start."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass

from maas.domain.identity.quotas import Quotas
from maas.domain.quotas import Quota
from maas.platform.environment import SettingsError, env
from maas.platform.observability import LEVELS

# Calls under way in one process. Cached reads do not wait, so these calls wait for the table. It answers as many in
# half a second.
CALLS_MAX = 256
CERT, KEY, CLIENT_CA = "MAAS_REGISTRY_TLS_CERT", "MAAS_REGISTRY_TLS_KEY", "MAAS_REGISTRY_TLS_CLIENT_CA"


@dataclass(frozen=True, kw_only=True)
class Listen:
    """The address to listen on, host:port, and the paths of PEM files; without files the server uses plaintext.

    `tls_cert` is a chain that begins with the server's own certificate. `tls_client_ca` turns on mutual TLS.
    """

    listen: str = env("MAAS_REGISTRY_LISTEN", default="127.0.0.1:9090")
    tls_cert: str = env(CERT, default="")
    tls_key: str = env(KEY, default="")
    tls_client_ca: str = env(CLIENT_CA, default="")

    def __post_init__(self) -> None:
        """Raises SettingsError if a file is set without the files that it needs."""
        missing = KEY if self.tls_cert and not self.tls_key else CERT
        if (self.tls_cert or self.tls_key or self.tls_client_ca) and not (self.tls_cert and self.tls_key):
            raise SettingsError(f"{missing} is not set: TLS needs {CERT} and {KEY}")


@dataclass(frozen=True, kw_only=True)
class Settings(Listen):
    """All settings of the registry.

    `table` holds models, and `identity_table` the callers, of which it changes only the last use of API keys. `secret`
    is the name of the secret from which the key of service tokens is derived, and `token_secret` that of access tokens;
    if it is empty, no access token is accepted. An empty `endpoint` (of secrets) or `tables_endpoint` (of DynamoDB) is
    AWS itself. `metrics` is the address that Prometheus scrapes, host:port; if it is empty, there are no metrics.
    `models`, `versions`, `open_uploads` and `stored_bytes` are the quotas of each organization, and the three
    `requests_per_...` the calls a minute that this process takes of callers other than our functions; 0 allows all.
    """

    table: str = env("MAAS_REGISTRY_TABLE")
    identity_table: str = env("MAAS_IDENTITY_TABLE")
    secret: str = env("MAAS_SERVICE_SECRET")
    token_secret: str = env("MAAS_TOKEN_SECRET", default="")
    auth: str = env("MAAS_REGISTRY_AUTH", default="on")
    endpoint: str = env("MAAS_AWS_ENDPOINT", default="")
    tables_endpoint: str = env("MAAS_TABLES_ENDPOINT", default="")
    calls_max: int = env("MAAS_REGISTRY_CALLS_MAX", default=CALLS_MAX)
    models: int = env("MAAS_QUOTA_MODELS", default=0)
    versions: int = env("MAAS_QUOTA_VERSIONS", default=0)
    open_uploads: int = env("MAAS_QUOTA_OPEN_UPLOADS", default=0)
    stored_bytes: int = env("MAAS_QUOTA_STORED_BYTES", default=0)
    requests_per_organization: int = env("MAAS_REQUESTS_PER_ORGANIZATION", default=0)
    requests_per_user: int = env("MAAS_REQUESTS_PER_USER", default=0)
    requests_per_api_key: int = env("MAAS_REQUESTS_PER_API_KEY", default=0)
    metrics: str = env("MAAS_REGISTRY_METRICS_LISTEN", default="")
    log_level: str = env("LOG_LEVEL", default="INFO")

    def __post_init__(self) -> None:
        """Raises SettingsError if a value is malformed, or if `auth` opens the registry to other machines."""
        super().__post_init__()
        if self.log_level.upper() not in LEVELS:
            raise SettingsError(f"LOG_LEVEL must be one of {', '.join(LEVELS)}, and not {self.log_level!r}")
        if not self.calls_max:
            raise SettingsError("MAAS_REGISTRY_CALLS_MAX must be 1 or more")
        if self.metrics and not _is_address(self.metrics):
            raise SettingsError(f"MAAS_REGISTRY_METRICS_LISTEN must be host:port, and not {self.metrics!r}")
        for name, url in (("MAAS_AWS_ENDPOINT", self.endpoint), ("MAAS_TABLES_ENDPOINT", self.tables_endpoint)):
            if url and not url.startswith(("http://", "https://")):
                raise SettingsError(f"{name} must be an http(s) URL, and not {url!r}")
        if self.auth not in ("on", "off"):
            raise SettingsError("MAAS_REGISTRY_AUTH must be on or off")
        if self.auth == "off" and not _is_loopback(self.listen):
            raise SettingsError(
                f"MAAS_REGISTRY_AUTH=off is refused on {self.listen}: without tokens it may listen on loopback only"
            )

    @property
    def calls(self) -> Quotas:
        return Quotas(
            organization=self.requests_per_organization,
            user=self.requests_per_user,
            api_key=self.requests_per_api_key,
        )

    @property
    def quotas(self) -> Mapping[Quota, int]:
        return {
            Quota.MODELS: self.models,
            Quota.VERSIONS: self.versions,
            Quota.OPEN_UPLOADS: self.open_uploads,
            Quota.STORED_BYTES: self.stored_bytes,
        }


def _is_address(listen: str) -> bool:
    host, _, port = listen.rpartition(":")
    return bool(host) and port.isdecimal() and int(port) < 2**16


def _is_loopback(listen: str) -> bool:
    host = listen.rpartition(":")[0].strip("[]")
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
