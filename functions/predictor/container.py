"""Builds the predictor: every object of the process, and how they are connected, in one place."""

import asyncio
from collections.abc import Sequence

import grpc

from functions.predictor.callers import Callers, Counter
from functions.predictor.ended_calls import EndedCalls
from functions.predictor.servicer import NAMES, OpenInferenceServicer
from functions.predictor.settings import PREFIX, Settings
from functions.predictor.shares import Shares
from maas.adapters.access_tokens import SignedAccessTokens
from maas.adapters.aws.identity.shown_keys import ShownKeys
from maas.adapters.emf_statistics import EmfStatistics
from maas.adapters.onnx.threaded_runtime import ThreadedRuntime
from maas.adapters.redis_statistics import RedisStatistics
from maas.adapters.registry.kept_versions import KeptVersions
from maas.adapters.registry.routed_versions import RoutedVersionCalls
from maas.domain.inference.sizes import ANSWER_MAX, REQUEST_MAX
from maas.entrypoints.connections import cache_url, registry_client
from maas.entrypoints.model_workers import model_workers
from maas.entrypoints.prediction_watchers import capturing, keeping, sketching
from maas.entrypoints.request_quotas import request_limits
from maas.entrypoints.shared_predictions import call_slots, kept_results, shadowing
from maas.grpc_server.chain import AccessLog, Chain
from maas.grpc_server.errors import Errors
from maas.grpc_server.load_shedding import LoadShedder
from maas.grpc_server.readiness import Readiness
from maas.grpc_server.server import GrpcServer, options
from maas.grpc_server.tls import Certificates
from maas.platform.environment import AwsSettings, IdentitySettings, TokenSettings, read
from maas.rpc.inference import open_inference_pb2
from maas.rpc.inference.open_inference_pb2_grpc import add_GRPCInferenceServiceServicer_to_server
from maas.security.keyring import TokenKeys
from maas.security.redis_url import RedisUrl
from maas.security.secret_values import SecretReader
from maas.services.batches import Batches
from maas.services.call_statistics import CallStatistics, Sink
from maas.services.inference import InferenceService
from maas.services.probes import registry_probe
from maas.services.readiness import ReadinessService
from maas.services.recorded_predictions import StoppableWatcher

SERVICES = (open_inference_pb2.DESCRIPTOR.services_by_name["GRPCInferenceService"].full_name,)
OURS = tuple(f"/{name}/" for name in SERVICES)
# Bytes of a message beside the outputs in it.
_ENVELOPE = 1024 * 1024


class Predictor:
    """One predictor process. It has no right on the registry's table, and models run in processes of their own.

    Raises:
        SettingsError: a certificate can't be read, or is not what its variable says.
    """

    def __init__(self, settings: Settings) -> None:
        secrets = SecretReader(read(AwsSettings).endpoint)
        self._registry, self._keys = registry_client(RoutedVersionCalls, secrets)
        self._access_keys = TokenKeys.of(read(TokenSettings).secret, secrets)
        redis_url = cache_url(secrets)
        self._workers = model_workers(settings.memory)
        readiness = ReadinessService(registry_probe(self._registry))
        self._watchers: list[StoppableWatcher] = [sketching(), *keeping(), capturing()]
        self._shadows = shadowing(redis_url)
        service = self._service(redis_url)
        shedder = LoadShedder(settings.calls_max)
        self._ended_calls = EndedCalls(settings.calls_socket)
        counters = [_statistics(redis_url).count, self._ended_calls.send]
        callers = _callers(SignedAccessTokens(self._access_keys), redis_url, counters, Shares(settings.calls_max))
        chain = Chain((AccessLog(_uncounted), Errors(NAMES), shedder, callers), OURS, callers.identify, REQUEST_MAX)

        def register(server: grpc.aio.Server) -> None:
            add_GRPCInferenceServiceServicer_to_server(OpenInferenceServicer(service, readiness), server)

        self.server = GrpcServer(
            register,
            SERVICES,
            chain,
            shedder,
            Readiness(SERVICES, behind="registry"),
            listen=settings.listen,
            variable=f"{PREFIX}_LISTEN",
            options=options(REQUEST_MAX, ANSWER_MAX + _ENVELOPE),
            certificates=Certificates(settings, PREFIX) if settings.tls_cert else None,
            probe=self._probe,
        )

    async def start(self) -> None:
        """Reads the keys and serves.

        Raises:
            Unavailable: the keys can't be read, so every call would be rejected.
            SettingsError: it can't listen there, or nobody reads the socket of calls.
        """
        self._workers.start()  # it loads ONNX Runtime while this process goes on
        await asyncio.gather(*(asyncio.to_thread(keys.renew) for keys in (self._keys, self._access_keys)))
        await self._ended_calls.open()
        await self.server.start()

    async def stop(self) -> None:
        """Stops the server gracefully, hands on what its watchers have, then stops the models."""
        await self.server.stop()
        self._ended_calls.close()
        for watcher in self._watchers:
            await asyncio.to_thread(watcher.stop)
        await asyncio.to_thread(self._shadows.flush)
        await asyncio.to_thread(self._workers.close)
        await self._registry.close()

    async def _probe(self) -> None:
        """Raises Unavailable if the registry does not answer."""
        await self._registry.health("live", 1.0)

    def _service(self, redis_url: RedisUrl | None) -> InferenceService:
        runtime = ThreadedRuntime(self._workers)
        return InferenceService(
            KeptVersions(self._registry),
            runtime,
            kept_results(redis_url, self._keys),
            call_slots(redis_url),
            Batches(runtime),
            [*self._watchers, self._shadows],
        )


def _statistics(redis_url: RedisUrl | None) -> CallStatistics:
    sinks: list[Sink] = [RedisStatistics(redis_url), EmfStatistics()] if redis_url else [EmfStatistics()]
    return CallStatistics(sinks)


def _callers(
    tokens: SignedAccessTokens, redis_url: RedisUrl | None, counters: Sequence[Counter], shares: Shares
) -> Callers:
    identity = read(IdentitySettings)
    keys = ShownKeys(identity.table, identity.endpoint)
    return Callers(tokens, keys, request_limits(redis_url), counters, shares)


def _uncounted(_method: str, _code: str, _seconds: float) -> None:
    """Counts nothing: predictions have statistics of their own."""
