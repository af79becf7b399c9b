"""Builds the predictor: every object of the process, and how they are connected, in one place."""

import asyncio
from collections.abc import Callable
from dataclasses import asdict

import grpc

from functions.predictor.callers import Callers
from functions.predictor.servicer import OpenInferenceServicer
from functions.predictor.settings import PREFIX, Settings
from maas.adapters.access_tokens import SignedAccessTokens
from maas.adapters.artifact_cache import ArtifactCache
from maas.adapters.aws.artifact_download import ArtifactDownload
from maas.adapters.aws.identity.shown_keys import ShownKeys
from maas.adapters.aws.shadow_queue import SqsShadowQueue
from maas.adapters.emf_statistics import EmfStatistics
from maas.adapters.onnx.threaded_runtime import ThreadedRuntime
from maas.adapters.onnx.workers.forks import Forks
from maas.adapters.onnx.workers.pool import Workers
from maas.adapters.redis_call_leases import RedisCallLeases
from maas.adapters.redis_request_counts import RedisRequestCounts
from maas.adapters.redis_result_cache import RedisResultCache
from maas.adapters.redis_statistics import RedisStatistics
from maas.adapters.registry.kept_versions import KeptVersions
from maas.adapters.registry.routed_versions import RoutedVersionCalls
from maas.domain.identity.quotas import Quotas
from maas.domain.inference.concurrency import ConcurrencyLimits
from maas.domain.inference.local_leases import LocalLeases
from maas.domain.inference.sizes import ANSWER_MAX, REQUEST_MAX
from maas.domain.model_memory import usable
from maas.entrypoints.prediction_watchers import capturing, keeping, sketching
from maas.grpc_server.chain import AccessLog, Chain
from maas.grpc_server.errors import Errors
from maas.grpc_server.load_shedding import LoadShedder
from maas.grpc_server.readiness import Readiness
from maas.grpc_server.server import GrpcServer, options
from maas.grpc_server.tls import Certificates
from maas.platform.settings import (
    AwsSettings,
    CacheSettings,
    ConcurrencySettings,
    IdentitySettings,
    ObjectSettings,
    RegistrySettings,
    RequestSettings,
    ShadowSettings,
    TokenSettings,
    read,
)
from maas.rpc.inference import open_inference_pb2
from maas.rpc.inference.open_inference_pb2_grpc import add_GRPCInferenceServiceServicer_to_server
from maas.security.keyring import TokenKeys
from maas.security.redis_url import url_of
from maas.security.secret_values import SecretReader
from maas.services.batches import Batches
from maas.services.call_statistics import CallStatistics, Sink
from maas.services.concurrency import CallSlots
from maas.services.inference import InferenceService
from maas.services.kept_results import KeptResults
from maas.services.probes import registry_probe
from maas.services.readiness import ReadinessService
from maas.services.recorded_predictions import StoppableWatcher
from maas.services.request_limits import RequestLimits
from maas.services.shadow_budgets import EXPIRY, ShadowBudgets
from maas.services.shadowing import ShadowWatcher

SERVICES = (open_inference_pb2.DESCRIPTOR.services_by_name["GRPCInferenceService"].full_name,)
OURS = tuple(f"/{name}/" for name in SERVICES)
RedisUrl = Callable[[], str]
# Bytes of a message beside the outputs in it.
_ENVELOPE = 1024 * 1024


class Predictor:
    """One predictor process. It has no right on the registry's table, and models run in processes of their own.

    Raises:
        SettingsError: a certificate can't be read, or is not what its variable says.
    """

    def __init__(self, settings: Settings) -> None:
        endpoint = read(AwsSettings).endpoint
        secrets = SecretReader(endpoint)
        registry = read(RegistrySettings)
        self._keys = TokenKeys.of(registry.secret, secrets)
        self._access_keys = TokenKeys.of(read(TokenSettings).secret, secrets)
        self._registry = RoutedVersionCalls(registry.address, self._keys, registry.roots)
        redis_url = url_of(read(CacheSettings), secrets.text)
        self._workers = _workers(settings)
        readiness = ReadinessService(registry_probe(self._registry))
        self._watchers: list[StoppableWatcher] = [sketching(), *keeping(), capturing()]
        self._shadows = ShadowWatcher(
            SqsShadowQueue(read(ShadowSettings).queue, endpoint),
            ShadowBudgets(RedisRequestCounts(redis_url, expiry=EXPIRY) if redis_url else None),
        )
        service = self._service(redis_url)
        shedder = LoadShedder(settings.calls_max)
        callers = _callers(SignedAccessTokens(self._access_keys), redis_url)
        chain = Chain((AccessLog(_uncounted), Errors(), shedder, callers), OURS, callers.identify, REQUEST_MAX)

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
            SettingsError: it can't listen there.
        """
        self._workers.start()  # it loads ONNX Runtime while this process goes on
        await asyncio.gather(*(asyncio.to_thread(keys.renew) for keys in (self._keys, self._access_keys)))
        await self.server.start()

    async def stop(self) -> None:
        """Stops the server gracefully, hands on what its watchers have, then stops the models."""
        await self.server.stop()
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
            KeptResults(RedisResultCache(redis_url, self._cache_key) if redis_url else None),
            CallSlots(
                ConcurrencyLimits(**asdict(read(ConcurrencySettings))),
                RedisCallLeases(redis_url) if redis_url else LocalLeases(),
            ),
            Batches(runtime),
            [*self._watchers, self._shadows],
        )

    def _cache_key(self) -> bytes:
        return self._keys.cached_signing_key().derived(b"maas result cache")


def _workers(settings: Settings) -> Workers:
    objects = read(ObjectSettings)
    path_of = ArtifactCache(ArtifactDownload(objects.bucket, objects.endpoint)).path
    return Workers(Forks(), path_of, usable(settings.memory))


def _callers(tokens: SignedAccessTokens, redis_url: RedisUrl | None) -> Callers:
    identity = read(IdentitySettings)
    counts = RedisRequestCounts(redis_url) if redis_url else None
    sinks: list[Sink] = [RedisStatistics(redis_url), EmfStatistics()] if redis_url else [EmfStatistics()]
    return Callers(
        tokens,
        ShownKeys(identity.table, identity.endpoint),
        RequestLimits(Quotas(**asdict(read(RequestSettings))), counts),
        CallStatistics(sinks),
    )


def _uncounted(_method: str, _code: str, _seconds: float) -> None:
    """Counts nothing: predictions have statistics of their own."""
