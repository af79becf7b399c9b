"""The gRPC server: both services, health, reflection, and a graceful stop."""

import asyncio
from dataclasses import dataclass

import grpc
from grpc_health.v1 import health, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from functions.registry.server.interceptors import Chain
from functions.registry.server.load_shedding import LoadShedder
from functions.registry.server.metrics import Metrics
from functions.registry.server.model_servicer import ModelServicer
from functions.registry.server.readiness import CacheUp, Probe, Readiness
from functions.registry.server.registry_servicer import RegistryServicer
from functions.registry.server.tls import Certificates
from maas.platform.settings import SettingsError
from maas.rpc import model_pb2
from maas.rpc.model_pb2_grpc import add_ModelServiceServicer_to_server
from maas.rpc.registry.v1 import registry_pb2
from maas.rpc.registry.v1.registry_pb2_grpc import add_RegistryServiceServicer_to_server
from maas.wire.transport import ANSWER_MAX, PING_LEAST, REQUEST_MAX

# Seconds that calls in flight may take during a stop. ECS sends SIGKILL 30 s after SIGTERM.
GRACE = 20.0
# A stopping server without a call in flight for IDLE seconds has nothing left to answer (docs/decisions/0019); it
# looks every TICK seconds.
IDLE, TICK = 1.0, 0.1
PENDING_MAX = 10_000
SERVICES = (
    model_pb2.DESCRIPTOR.services_by_name["ModelService"].full_name,
    registry_pb2.DESCRIPTOR.services_by_name["RegistryService"].full_name,
)
OPTIONS = (
    # Above REQUEST_MAX, so that we reject a request just past it with a reason. gRPC rejects larger ones without.
    ("grpc.max_receive_message_length", 4 * REQUEST_MAX),
    ("grpc.max_send_message_length", ANSWER_MAX),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.min_ping_interval_without_data_ms", PING_LEAST),
    ("grpc.so_reuseport", 0),
    # With more than 1,000 pending calls (its default) gRPC cancels some without a reason; we shed them with one.
    ("grpc.server.max_pending_requests", PENDING_MAX),
    ("grpc.server.max_pending_requests_hard_limit", 2 * PENDING_MAX),
)


@dataclass(frozen=True, slots=True)
class CallHandling:
    """The interceptor around every call, with its load shedder and the metrics that it feeds."""

    chain: Chain
    shedder: LoadShedder
    metrics: Metrics


class RegistryServer:
    """Serves both contracts at `listen`, host:port, where port 0 is any free port.

    Without `certificates` it serves plaintext. Without `probe`, a read from the table, it is healthy while it runs.
    `cache_up` is for the health of the cache; None means that there is no cache.
    `port` is the port that it listens on, once it has started; `metrics` are those of its calls.
    """

    def __init__(
        self,
        models: ModelServicer,
        registry: RegistryServicer,
        handling: CallHandling,
        *,
        listen: str,
        certificates: Certificates | None = None,
        probe: Probe | None = None,
        cache_up: CacheUp | None = None,
    ) -> None:
        self.port = 0
        self.metrics = handling.metrics
        self._shedder = handling.shedder
        self._listen = listen
        self._probe = probe
        self._watching: asyncio.Task[None] | None = None
        self._readiness = Readiness(SERVICES, cache_up)
        # gRPC calls into the credentials without a reference of its own, so this one keeps them alive.
        self._credentials = certificates.credentials() if certificates else None
        self._server = grpc.aio.server(interceptors=[handling.chain], options=OPTIONS)
        add_ModelServiceServicer_to_server(models, self._server)
        add_RegistryServiceServicer_to_server(registry, self._server)
        health_pb2_grpc.add_HealthServicer_to_server(self._readiness.servicer, self._server)
        reflection.enable_server_reflection((*SERVICES, health.SERVICE_NAME, reflection.SERVICE_NAME), self._server)

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
                f"MAAS_REGISTRY_LISTEN: {self._listen} can't be listened on; "
                "is the port taken, the address this machine's?"
            ) from error

    async def _idle(self, stopping: asyncio.Task[None]) -> None:
        """Waits until no handler has run for IDLE seconds, or the server has stopped."""
        idle = 0.0
        while idle < IDLE and not stopping.done():
            await asyncio.wait([stopping], timeout=TICK)
            idle = 0.0 if self._shedder.in_flight else idle + TICK
