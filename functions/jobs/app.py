"""Wiring of the jobs function: runs predictions that were queued."""

from maas.entrypoints.cold_start import ready

import asyncio

from maas.adapters.aws.job_queue import SqsJobQueue
from maas.adapters.aws.jobs import DynamoJobs
from maas.adapters.aws.message_leases import MessageLeases
from maas.adapters.aws.object_store import S3ObjectStore
from maas.adapters.aws.parquet_rows import S3ParquetRows
from maas.adapters.onnx.runtime import OnnxRuntime
from maas.adapters.registry.kept_versions import KeptVersions
from maas.adapters.registry.routed_versions import RoutedVersionCalls
from maas.contracts.job_messages import JobMessage
from maas.domain.feedback.kept import ROWS_MAX
from maas.domain.jobs.jobs import JobPlace, Priority
from maas.entrypoints.connections import registry_client
from maas.entrypoints.model_workers import model_workers
from maas.entrypoints.prediction_watchers import capturing, keeping, sketching
from maas.entrypoints.sqs import sqs_handler
from maas.platform.environment import AwsSettings, read
from maas.platform.settings.jobs import JobSettings
from maas.platform.settings.objects import ObjectSettings
from maas.platform.settings.predictions import FunctionSettings
from maas.security.secret_values import SecretReader
from maas.services.file_runs import FileRuns
from maas.services.inference import InferenceService
from maas.services.inline_runs import InlineRuns
from maas.services.job_plans import Plans
from maas.services.job_runs import JobRuns
from maas.services.recorded_predictions import KEPT_MAX, RecordedPredictions
from maas.web.presenters.inference import prediction_json
from maas.web.presenters.stored_questions import stored_question

objects = read(ObjectSettings)
settings = read(JobSettings)
endpoint = read(AwsSettings).endpoint
store = S3ObjectStore(objects.bucket, objects.endpoint)
workers = model_workers(read(FunctionSettings).memory)
workers.start()  # it loads ONNX Runtime while this process goes on
registry, _ = registry_client(RoutedVersionCalls, SecretReader(endpoint))
versions = KeptVersions(registry)
made = RecordedPredictions([sketching(), *keeping(KEPT_MAX), capturing(ROWS_MAX)])
runtime = OnnxRuntime(workers)
predictions = InferenceService(versions, runtime, watchers=[made])
jobs = DynamoJobs(settings.table, settings.events_table, settings.endpoint)
queue = SqsJobQueue({Priority.NORMAL: settings.queue, Priority.LOW: settings.low_queue}, endpoint)
leases = MessageLeases([settings.queue, settings.low_queue], endpoint)
tables = S3ParquetRows(store, objects.bucket, objects.endpoint)


def interrupt() -> None:
    """Ends what another thread does for a job."""
    workers.interrupt()
    tables.interrupt()


runs = JobRuns(
    jobs,
    queue,
    Plans(store, tables),
    InlineRuns(jobs, store, predictions.predict, stored_question, prediction_json, made),
    FileRuns(jobs, queue, store, versions, runtime.load, predictions.predict, prediction_json, made),
    interrupt,
)


async def work(message: JobMessage, receives: int) -> None:
    await runs.work(JobPlace(message.tenant_id, message.subject, message.job_id), message.chunk, receives)


runner = asyncio.Runner()
handler = ready(sqs_handler(runner, JobMessage, work, leases.held))
