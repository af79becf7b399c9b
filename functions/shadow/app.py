"""Wiring of the shadow function: computes calls once more with the candidates of their rollouts."""

from maas.entrypoints.cold_start import ready

import asyncio

from maas.adapters.aws.disagreements import DynamoDisagreements
from maas.adapters.onnx.runtime import OnnxRuntime
from maas.adapters.redis_statistics import RedisStatistics
from maas.adapters.registry.kept_versions import KeptVersions
from maas.adapters.registry.routed_versions import RoutedVersionCalls
from maas.contracts.shadowing import ShadowsMessage
from maas.entrypoints.connections import cache_url, registry_client
from maas.entrypoints.model_workers import model_workers
from maas.entrypoints.sqs import sqs_handler
from maas.platform.environment import AwsSettings, read
from maas.platform.settings.monitoring import MonitoringSettings
from maas.platform.settings.predictions import FunctionSettings
from maas.security.secret_values import SecretReader
from maas.services.call_statistics import KeptStatistics
from maas.services.inference import InferenceService
from maas.services.shadow_runs import ShadowRuns
from maas.web.presenters.shadows import shadows_of

monitoring = read(MonitoringSettings)
secrets = SecretReader(read(AwsSettings).endpoint)
redis_url = cache_url(secrets)
workers = model_workers(read(FunctionSettings).memory)
workers.start()  # it loads ONNX Runtime while this process goes on
registry, _ = registry_client(RoutedVersionCalls, secrets)
runs = ShadowRuns(
    InferenceService(KeptVersions(registry), OnnxRuntime(workers)),
    RedisStatistics(redis_url) if redis_url else KeptStatistics(),
    DynamoDisagreements(monitoring.table, monitoring.endpoint),
)


async def work(message: ShadowsMessage, _receives: int) -> None:
    await runs.work(shadows_of(message))


runner = asyncio.Runner()
handler = ready(sqs_handler(runner, ShadowsMessage, work))
