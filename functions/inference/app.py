"""Wiring of the inference function."""

from maas.entrypoints.cold_start import ready

from maas.adapters.emf_statistics import EmfStatistics
from maas.adapters.onnx.runtime import OnnxRuntime
from maas.adapters.redis_statistics import RedisStatistics
from maas.adapters.registry.kept_versions import KeptVersions
from maas.adapters.registry.models import ModelCalls
from maas.adapters.registry.routed_versions import RoutedVersionCalls
from maas.adapters.registry.usage import UsageCalls
from maas.entrypoints.cancellation import Cancellation
from maas.entrypoints.connections import cache_url, registry_client
from maas.entrypoints.http import create_app, lambda_handler
from maas.entrypoints.model_workers import model_workers
from maas.entrypoints.observation_log import observation_log
from maas.entrypoints.prediction_watchers import capturing, keeping, sketching
from maas.entrypoints.request_quotas import request_limits
from maas.entrypoints.shared_predictions import call_slots, kept_results, shadowing
from maas.platform.environment import AwsSettings, read
from maas.platform.pinned_settings import PinnedSettings
from maas.platform.settings.predictions import FunctionSettings
from maas.security.secret_values import SecretReader
from maas.services.call_statistics import CallStatistics, KeptStatistics
from maas.services.inference import InferenceService
from maas.services.observations import Observations
from maas.services.pinned import PinnedService
from maas.services.probes import registry_probe
from maas.services.readiness import ReadinessService
from maas.services.statistics import StatisticsService
from maas.services.warming import WarmingService
from maas.web.presenters.warming import sample_question
from maas.web.routes import pinned
from maas.web.routes.inference import inference_routes
from maas.web.routes.open_inference import PUBLIC, open_inference_routes
from maas.web.routes.statistics import statistics_routes
from maas.web.routes.warming import warming_routes


class InferenceRegistry(ModelCalls, RoutedVersionCalls, UsageCalls):
    """The parts of the registry that predictions, warming and statistics ask."""


secrets = SecretReader(read(AwsSettings).endpoint)
redis_url = cache_url(secrets)
workers = model_workers(read(FunctionSettings).memory)
workers.start()  # it loads ONNX Runtime while this process goes on
cancellation = Cancellation(workers.interrupt)
registry, keys = registry_client(InferenceRegistry, secrets)
versions, runtime = KeptVersions(registry), OnnxRuntime(workers, cancellation.is_told)
service = InferenceService(
    versions,
    runtime,
    kept_results(redis_url, keys),
    call_slots(redis_url),
    watchers=[sketching(), *keeping(), capturing(), shadowing(redis_url)],
)
limits = request_limits(redis_url)
observations = Observations(observation_log())
own = KeptStatistics()
shared = RedisStatistics(redis_url) if redis_url else None
calls = CallStatistics([own, shared, EmfStatistics()] if shared else [own, EmfStatistics()])
pin = read(PinnedSettings).pin
one_model = PinnedService(pin, service, runtime) if pin else None
app = create_app(
    inference_routes(service),
    warming_routes(WarmingService(versions, runtime, service, sample_question)),
    open_inference_routes(service, ReadinessService(registry_probe(registry))),
    statistics_routes(StatisticsService(registry, calls, own, shared)),
    *([pinned.pinned_routes(one_model)] if one_model else []),
    title="MaaS inference",
    public=PUBLIC | pinned.PUBLIC,
    nameless=pinned.callers(one_model),
    limits=limits,
    observations=observations,
    statistics=calls,
)
handler = ready(cancellation.around(lambda_handler(app)))
