"""Wiring of the uploads function: presigned multipart uploads, downloads, jobs, and readiness of all parts."""

from maas.entrypoints.cold_start import ready

from maas.adapters.aws import stores
from maas.adapters.aws.job_queue import SqsJobQueue
from maas.adapters.aws.jobs import DynamoJobs
from maas.adapters.aws.object_store import S3ObjectStore
from maas.adapters.aws.validation_queue import SqsValidationQueue
from maas.adapters.registry.contents import ContentCalls
from maas.adapters.registry.models import ModelCalls
from maas.adapters.registry.uploads import UploadCalls
from maas.adapters.registry.usage import UsageCalls
from maas.adapters.registry.versions import VersionCalls
from maas.domain.jobs.jobs import Priority
from maas.domain.model_memory import file_max
from maas.entrypoints.connections import cache_url, registry_client
from maas.entrypoints.http import create_app, lambda_handler
from maas.entrypoints.keyed_requests import idempotency
from maas.entrypoints.observation_log import observation_log
from maas.entrypoints.request_quotas import request_limits
from maas.platform.environment import AwsSettings, IdentitySettings, read
from maas.platform.settings.jobs import JobSettings
from maas.platform.settings.objects import ObjectSettings
from maas.platform.settings.uploads import MemorySettings, QueueSettings, UploadSettings
from maas.security.challenge_secrets import DerivedSecrets
from maas.security.cursors import Cursors
from maas.security.secret_values import SecretReader
from maas.services.downloads import DownloadService
from maas.services.idempotency import allowed_by
from maas.services.jobs import JobService
from maas.services.observations import Observations
from maas.services.possession import PossessionService
from maas.services.probes import REDIS, probes
from maas.services.readiness import ReadinessService
from maas.services.uploads import UploadService
from maas.web.routes.files import files_routes
from maas.web.routes.jobs import jobs_routes
from maas.web.routes.readiness import PUBLIC, readiness_routes
from maas.web.routes.uploads import uploads_routes


class UploadsRegistry(ModelCalls, VersionCalls, UploadCalls, ContentCalls, UsageCalls):
    """The parts of the registry that uploads, downloads and jobs ask."""


endpoint = read(AwsSettings).endpoint
secrets = SecretReader(endpoint)
object_settings = read(ObjectSettings)
identity_settings = read(IdentitySettings)
memory = read(MemorySettings)
upload_settings = read(UploadSettings)
max_bytes = min(upload_settings.max_bytes, file_max(memory.inference, memory.validator))
registry, keys = registry_client(UploadsRegistry, secrets)
objects = S3ObjectStore(object_settings.bucket, object_settings.endpoint, object_settings.public_endpoint)
queue_url = read(QueueSettings).url
queue = SqsValidationQueue(queue_url, endpoint)
possession = PossessionService(registry, objects, DerivedSecrets(keys))
uploads = UploadService(registry, objects, queue, possession, max_bytes, upload_settings.max_set_bytes)
downloads = DownloadService(registry, objects)
parts = {
    "identity_table": stores.table(identity_settings.table, identity_settings.endpoint),
    "bucket": stores.bucket(object_settings.bucket, object_settings.endpoint),
    "queue": stores.queue(queue_url, endpoint),
}
readiness = ReadinessService(probes(registry, parts), optional=frozenset({REDIS}))
job_settings = read(JobSettings)
jobs = JobService(
    registry,
    DynamoJobs(job_settings.table, job_settings.events_table, job_settings.endpoint),
    SqsJobQueue({Priority.NORMAL: job_settings.queue, Priority.LOW: job_settings.low_queue}, endpoint),
    objects,
    Cursors(keys),
    open_max=job_settings.open_max,
)
routers = (uploads_routes(uploads, downloads), files_routes(downloads), jobs_routes(jobs), readiness_routes(readiness))
limits = request_limits(cache_url(secrets))
observations = Observations(observation_log())
app = create_app(
    *routers,
    title="MaaS uploads",
    public=PUBLIC,
    limits=limits,
    idempotency=idempotency(keys, allowed_by(registry)),
    observations=observations,
)
handler = ready(lambda_handler(app))
