"""A gRPC server with health, reflection, and a graceful stop."""

import asyncio
from collections.abc import Callable, Sequence

import grpc
from grpc_health.v1 import health, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from maas.grpc_server.chain import Chain
from maas.grpc_server.load_shedding import LoadShedder
from maas.grpc_server.readiness import Probe, Readiness
from maas.grpc_server.tls import Certificates
from maas.platform.environment import SettingsError
from maas.wire.transport import PING_LEAST

# Seconds that calls in flight may take during a stop. ECS sends SIGKILL 30 s after SIGTERM.
GRACE = 20.0
# A stopping server without a call in flight for IDLE seconds has nothing left to answer (docs/decisions/0019); it
# looks every TICK seconds.
IDLE, TICK = 1.0, 0.1
PENDING_MAX = 10_000

Option = tuple[str, int]
# Adds the servicers of a server.
Register = Callable[[grpc.aio.Server], None]


def options(request_max: int, answer_max: int) -> tuple[Option, ...]:
    """The options of a server whose messages have at most so many bytes."""
    return (
        # Above the limit, so that we reject a request just past it with a reason. gRPC rejects larger ones without.
        ("grpc.max_receive_message_length", 4 * request_max),
        ("grpc.max_send_message_length", answer_max),
        ("grpc.keepalive_permit_without_calls", 1),
        ("grpc.http2.min_ping_interval_without_data_ms", PING_LEAST),
        ("grpc.so_reuseport", 0),
        # With more than 1,000 pending calls (its default) gRPC cancels some without a reason; we shed them with one.
        ("grpc.server.max_pending_requests", PENDING_MAX),
        ("grpc.server.max_pending_requests_hard_limit", 2 * PENDING_MAX),
    )


class GrpcServer:
    """Serves at `listen`, host:port, where port 0 is any free port. `variable` names the setting of `listen`.

    `services` are the full names of the services that `register` adds. Without `certificates` it serves plaintext.
    Without `probe` it is healthy while it runs. `port` is the port that it listens on, once it has started.
    """

    def __init__(
        self,
        register: Register,
        services: Sequence[str],
        chain: Chain,
        shedder: LoadShedder,
        readiness: Readiness,
        *,
        listen: str,
        variable: str,
        options: Sequence[Option],
        certificates: Certificates | None = None,
        probe: Probe | None = None,
    ) -> None:
        self.port = 0
        self._shedder = shedder
        self._listen, self._variable = listen, variable
        self._probe = probe
        self._watching: asyncio.Task[None] | None = None
        self._readiness = readiness
        # gRPC calls into the credentials without a reference of its own, so this one keeps them alive.
        self._credentials = certificates.credentials() if certificates else None
        self._server = grpc.aio.server(interceptors=[chain], options=options)
        register(self._server)
        health_pb2_grpc.add_HealthServicer_to_server(readiness.servicer, self._server)
        reflection.enable_server_reflection((*services, health.SERVICE_NAME, reflection.SERVICE_NAME), self._server)

    async def start(self) -> None:
        """Listens and serves. Raises SettingsError: it can't listen there."""
        self.port = self._bind()
        await self._server.start()
        await self._readiness.start()
        if self._probe is not None:
            self._watching = asyncio.create_task(self._readiness.watch(self._probe))

    async def stop(self, grace: float = GRACE) -> None:
        """Reports NOT_SERVING, rejects new calls, and gives calls in flight up to `grace` seconds.

        gRPC sometimes accepts a call at the moment of its stop and never passes it to a handler; its client would
        wait for all of `grace`. Calls that remain once no handler has run for IDLE seconds are therefore cancelled,
        and clients retry them on another instance.
        """
        if self._watching is not None:
            self._watching.cancel()
        await self._readiness.stop()
        stopping = asyncio.create_task(self._server.stop(grace))
        await self._idle(stopping)
        await self._server.stop(None)
        await stopping

    def _bind(self) -> int:
        try:
            if self._credentials is None:
                return self._server.add_insecure_port(self._listen)
            return self._server.add_secure_port(self._listen, self._credentials)
        except RuntimeError as error:  # gRPC has logged the reason
            raise SettingsError(
                f"{self._variable}: {self._listen} can't be listened on; is the port taken, the address this machine's?"
            ) from error

    async def _idle(self, stopping: asyncio.Task[None]) -> None:
        """Waits until no handler has run for IDLE seconds, or the server has stopped."""
        idle = 0.0
        while idle < IDLE and not stopping.done():
            await asyncio.wait([stopping], timeout=TICK)
            idle = 0.0 if self._shedder.in_flight else idle + TICK
