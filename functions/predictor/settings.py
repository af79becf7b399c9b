"""The predictor's own settings, read once at start; those that it shares with the inference function are in maas."""

from dataclasses import dataclass

from maas.platform.environment import SettingsError, env
from maas.platform.observability import LEVELS

PREFIX = "MAAS_PREDICTOR"
# Calls under way in one process. Those of models wait for each other, and their tensors take memory meanwhile.
CALLS_MAX = 64


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The address to listen on, host:port, and the paths of PEM files; without files the server uses plaintext.

    `tls_cert` is a chain that begins with the server's own certificate. `tls_client_ca` turns on mutual TLS. `memory`
    is what the process and its models may have, in MB; 0 is any amount. `calls_socket` is the Unix socket of a program
    that counts calls; without it nothing is sent.
    """

    listen: str = env("MAAS_PREDICTOR_LISTEN", default="127.0.0.1:9091")
    tls_cert: str = env("MAAS_PREDICTOR_TLS_CERT", default="")
    tls_key: str = env("MAAS_PREDICTOR_TLS_KEY", default="")
    tls_client_ca: str = env("MAAS_PREDICTOR_TLS_CLIENT_CA", default="")
    calls_max: int = env("MAAS_PREDICTOR_CALLS_MAX", default=CALLS_MAX)
    memory: int = env("MAAS_PREDICTOR_MEMORY", default=0)
    calls_socket: str = env("MAAS_PREDICTOR_CALLS_SOCKET", default="")
    log_level: str = env("LOG_LEVEL", default="INFO")

    def __post_init__(self) -> None:
        """Raises SettingsError if a value is malformed, or a file is set without the files that it needs."""
        if self.log_level.upper() not in LEVELS:
            raise SettingsError(f"LOG_LEVEL must be one of {', '.join(LEVELS)}, and not {self.log_level!r}")
        if not self.calls_max:
            raise SettingsError("MAAS_PREDICTOR_CALLS_MAX must be 1 or more")
        if (self.tls_cert or self.tls_key or self.tls_client_ca) and not (self.tls_cert and self.tls_key):
            raise SettingsError("TLS needs MAAS_PREDICTOR_TLS_CERT and MAAS_PREDICTOR_TLS_KEY")
