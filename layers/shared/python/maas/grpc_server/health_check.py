"""Asks a server on this machine for its health, as the containers' health checks do."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import grpc
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse
from grpc_health.v1.health_pb2_grpc import HealthStub

from maas.grpc_server.readiness import LIVE
from maas.platform.environment import SettingsError

LIMIT = 3.0  # seconds
_ANY = {"0.0.0.0": "127.0.0.1", "[::]": "[::1]"}  # noqa: S104 - addresses to listen on, and the ones to call instead


class Listening(Protocol):
    """The address that the server listens on, host:port, and its PEM files."""

    @property
    def listen(self) -> str: ...

    @property
    def tls_cert(self) -> str: ...

    @property
    def tls_key(self) -> str: ...

    @property
    def tls_client_ca(self) -> str: ...


def check(settings: Listening) -> str:
    """The reason why the server is not healthy; empty if it is."""
    host, _, port = settings.listen.rpartition(":")
    address = f"{_ANY.get(host, host)}:{port}"
    try:
        with _channel(settings, address) as channel:
            answer = HealthStub(channel).Check(HealthCheckRequest(service=LIVE), timeout=LIMIT)
    except (grpc.RpcError, OSError, ValueError) as error:  # ValueError: the certificate is malformed
        return str(error.details() if isinstance(error, grpc.Call) else error)
    status = HealthCheckResponse.ServingStatus.Name(answer.status)
    return "" if status == "SERVING" else status


def _channel(settings: Listening, address: str) -> grpc.Channel:
    if not settings.tls_cert:
        return grpc.insecure_channel(address)
    from maas.grpc_server.tls import name_of  # loads the cryptography library, so only for TLS

    pem = Path(settings.tls_cert).read_bytes()
    # The only root is the server's own certificate, so no other server is trusted, whatever CA signed it.
    # For mutual TLS the check presents the same certificate, which the client CA must therefore have signed.
    own = (Path(settings.tls_key).read_bytes(), pem) if settings.tls_client_ca else (None, None)
    credentials = grpc.ssl_channel_credentials(pem, *own)
    return grpc.secure_channel(address, credentials, [("grpc.ssl_target_name_override", name_of(pem))])


def exit_status(name: str, settings: Callable[[], Listening]) -> int:
    """0 for SERVING; otherwise 1, after one line on stderr with the reason."""
    try:
        reason = check(settings())
    except SettingsError as error:
        reason = str(error)
    if reason:
        sys.stderr.write(f"{name}: {reason}\n")
    return 1 if reason else 0
