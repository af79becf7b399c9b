"""The registry's gRPC server: both services."""

from dataclasses import dataclass

import grpc

from functions.registry.server.metrics import Metrics
from functions.registry.server.model_servicer import ModelServicer
from functions.registry.server.registry_servicer import RegistryServicer
from maas.grpc_server.chain import Chain
from maas.grpc_server.load_shedding import LoadShedder
from maas.grpc_server.readiness import CacheUp, Probe, Readiness
from maas.grpc_server.server import GrpcServer, options
from maas.grpc_server.tls import Certificates
from maas.rpc import model_pb2
from maas.rpc.model_pb2_grpc import add_ModelServiceServicer_to_server
from maas.rpc.registry.v1 import registry_pb2
from maas.rpc.registry.v1.registry_pb2_grpc import add_RegistryServiceServicer_to_server
from maas.wire.transport import ANSWER_MAX, REQUEST_MAX

SERVICES = (
    model_pb2.DESCRIPTOR.services_by_name["ModelService"].full_name,
    registry_pb2.DESCRIPTOR.services_by_name["RegistryService"].full_name,
)
OPTIONS = options(REQUEST_MAX, ANSWER_MAX)


@dataclass(frozen=True, slots=True)
class CallHandling:
    """The interceptor around every call, with its load shedder and the metrics that it feeds."""

    chain: Chain
    shedder: LoadShedder
    metrics: Metrics


class RegistryServer(GrpcServer):
    """Serves both contracts; see GrpcServer for `listen` and `certificates`.

    Without `probe`, a read from the table, it is healthy while it runs. `cache_up` is for the health of the cache; None
    means that there is no cache. `metrics` are those of its calls.
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
        self.metrics = handling.metrics

        def register(server: grpc.aio.Server) -> None:
            add_ModelServiceServicer_to_server(models, server)
            add_RegistryServiceServicer_to_server(registry, server)

        super().__init__(
            register,
            SERVICES,
            handling.chain,
            handling.shedder,
            Readiness(SERVICES, cache_up),
            listen=listen,
            variable="MAAS_REGISTRY_LISTEN",
            options=OPTIONS,
            certificates=certificates,
            probe=probe,
        )
