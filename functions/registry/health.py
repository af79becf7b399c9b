"""Health check of the registry on this machine: `python -m functions.registry.health`.

The exit status is 0 for SERVING. Otherwise it is 1, and one line on stderr gives the reason. The containers' health
checks run this program.
"""

import sys
from pathlib import Path

import grpc
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse
from grpc_health.v1.health_pb2_grpc import HealthStub

from functions.registry.settings import Listen
from maas.grpc_server.readiness import LIVE
from maas.platform.settings import SettingsError, read

LIMIT = 3.0  # seconds
_ANY = {"0.0.0.0": "127.0.0.1", "[::]": "[::1]"}  # noqa: S104 - addresses to listen on, and the ones to call instead


def check(settings: Listen) -> str:
    """The reason why the registry is not healthy; empty if it is."""
    host, _, port = settings.listen.rpartition(":")
    address = f"{_ANY.get(host, host)}:{port}"
    try:
        with _channel(settings, address) as channel:
            answer = HealthStub(channel).Check(HealthCheckRequest(service=LIVE), timeout=LIMIT)
    except (grpc.RpcError, OSError, ValueError) as error:  # ValueError: the certificate is malformed
        return str(error.details() if isinstance(error, grpc.Call) else error)
    status = HealthCheckResponse.ServingStatus.Name(answer.status)
    return "" if status == "SERVING" else status


def _channel(settings: Listen, address: str) -> grpc.Channel:
    if not settings.tls_cert:
        return grpc.insecure_channel(address)
    from maas.grpc_server.tls import name_of  # loads the cryptography library, so only for TLS

    pem = Path(settings.tls_cert).read_bytes()
    # The only root is the server's own certificate, so no other server is trusted, whatever CA signed it.
    # For mutual TLS the check presents the same certificate, which the client CA must therefore have signed.
    own = (Path(settings.tls_key).read_bytes(), pem) if settings.tls_client_ca else (None, None)
    credentials = grpc.ssl_channel_credentials(pem, *own)
    return grpc.secure_channel(address, credentials, [("grpc.ssl_target_name_override", name_of(pem))])


def main() -> int:
    try:
        reason = check(read(Listen))
    except SettingsError as error:
        reason = str(error)
    if reason:
        sys.stderr.write(f"registry: {reason}\n")
    return 1 if reason else 0


if __name__ == "__main__":
    sys.exit(main())
