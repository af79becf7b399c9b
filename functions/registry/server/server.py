"""The gRPC server: both services, health, reflection, and a stop that loses no call."""

import asyncio

import grpc
from grpc_health.v1 import health, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from functions.registry.cache.counters import Counters
from functions.registry.catalog.aliases import AliasService
from functions.registry.catalog.cursors import Cursors
from functions.registry.catalog.models import ModelService
from functions.registry.catalog.uploads import UploadService
from functions.registry.catalog.versions import VersionService
from functions.registry.ports import Repository
from functions.registry.server.interceptors import AccessLog, Chain, Errors, Identity
from functions.registry.server.load_shedding import Shed
from functions.registry.server.metrics import Metrics
from functions.registry.server.model_servicer import ModelServicer
from functions.registry.server.readiness import Probe, Readiness
from functions.registry.server.registry_servicer import RegistryServicer
from functions.registry.server.tls import Certificates
from functions.registry.settings import CALLS_MAX
from maas.platform.settings import SettingsError
from maas.rpc import model_pb2
from maas.rpc.model_pb2_grpc import add_ModelServiceServicer_to_server
from maas.rpc.registry.v1 import registry_pb2
from maas.rpc.registry.v1.registry_pb2_grpc import add_RegistryServiceServicer_to_server
from maas.security.keyring import Keys
from maas.wire.transport import ANSWER_MAX, PING_LEAST, REQUEST_MAX

# ECS sends SIGKILL 30 s after SIGTERM.
GRACE = 20.0
# Without a call of ours for so long, a server that stops has answered all that it will (docs/decisions/0019).
IDLE, TICK = 1.0, 0.1
PENDING_MAX = 10_000
SERVICES = (
    model_pb2.DESCRIPTOR.services_by_name["ModelService"].full_name,
    registry_pb2.DESCRIPTOR.services_by_name["RegistryService"].full_name,
)
OPTIONS = (
    # Above the limit, so that a request just past it is told why; past this one gRPC itself refuses, without details.
    ("grpc.max_receive_message_length", 4 * REQUEST_MAX),
    ("grpc.max_send_message_length", ANSWER_MAX),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.min_ping_interval_without_data_ms", PING_LEAST),
    ("grpc.so_reuseport", 0),
    # Past 1,000 calls that wait to be taken gRPC cancels some without a word; we shed them with a reason.
    ("grpc.server.max_pending_requests", PENDING_MAX),
    ("grpc.server.max_pending_requests_hard_limit", 2 * PENDING_MAX),
)


class RegistryServer:
    """`port` is the one it really listens on (`listen` may end with port 0); without `certificates` in plaintext.

    More than `calls_max` calls at once are shed. `counters` are the cache's, for the metrics.
    `probe` reads the table; without one it counts as healthy while it runs.

    Raises:
        SettingsError: it can't listen there.
    """

    def __init__(
        self,
        repository: Repository,
        keys: Keys,
        *,
        listen: str,
        auth: bool,
        certificates: Certificates | None = None,
        calls_max: int = CALLS_MAX,
        counters: Counters | None = None,
        probe: Probe | None = None,
    ) -> None:
        identity = Identity(keys, required=auth)
        self._shed = Shed(calls_max)
        self.metrics = Metrics(self._shed, counters or Counters())
        chain = Chain((AccessLog(self.metrics.count), Errors(), self._shed, identity), identity)
        self._server = grpc.aio.server(interceptors=[chain], options=OPTIONS)
        self._readiness = Readiness(SERVICES)
        self._probe = probe
        self._watching: asyncio.Task[None] | None = None
        cursors = Cursors(keys)
        models = ModelService(repository, cursors)
        versions, aliases = VersionService(repository, cursors), AliasService(repository, cursors)
        uploads = UploadService(repository, cursors)
        add_ModelServiceServicer_to_server(ModelServicer(models), self._server)
        add_RegistryServiceServicer_to_server(RegistryServicer(models, versions, aliases, uploads), self._server)
        health_pb2_grpc.add_HealthServicer_to_server(self._readiness.servicer, self._server)
        reflection.enable_server_reflection((*SERVICES, health.SERVICE_NAME, reflection.SERVICE_NAME), self._server)
        # Kept: gRPC calls into them, and holds no reference.
        self._credentials = certificates.credentials() if certificates else None
        self.port = self._listen(listen)

    def _listen(self, address: str) -> int:
        try:
            if self._credentials is None:
                return self._server.add_insecure_port(address)
            return self._server.add_secure_port(address, self._credentials)
        except RuntimeError as error:  # gRPC's, who has told its log why
            raise SettingsError(
                f"MAAS_REGISTRY_LISTEN: {address} can't be listened on; is the port taken, the address this machine's?"
            ) from error

    async def start(self) -> None:
        await self._server.start()
        await self._readiness.start()
        if self._probe is not None:
            self._watching = asyncio.create_task(self._readiness.watch(self._probe))

    async def stop(self, grace: float = GRACE) -> None:
        """Says so first, then takes no new calls, and gives those under way `grace` seconds.

        Now and then gRPC takes a call in the moment of its stop that it never hands on: nobody answers it, and its
        caller would wait as long as `grace`. Once we are idle what is left is cancelled, and asked of another instance.
        """
        if self._watching is not None:
            self._watching.cancel()
        await self._readiness.stop()
        stopping = asyncio.create_task(self._server.stop(grace))
        await self._idle(stopping)
        await self._server.stop(None)
        await stopping

    async def _idle(self, stopping: asyncio.Task[None]) -> None:
        """Waits until no call of ours was under way for a while, or the server has stopped."""
        idle = 0.0
        while idle < IDLE and not stopping.done():
            await asyncio.wait([stopping], timeout=TICK)
            idle = 0.0 if self._shed.under_way else idle + TICK
