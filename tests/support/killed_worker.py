"""Workers of jobs as processes over servers for tables, objects and queues. Each is forked on request, and killed.

The process prints the id of a new worker for each line that it reads.
"""

import asyncio
import json
import os
import sys
import time
from collections.abc import Mapping
from typing import Any

import boto3

from maas.adapters.aws.job_queue import SqsJobQueue
from maas.adapters.aws.jobs import DynamoJobs
from maas.adapters.aws.object_store import S3ObjectStore
from maas.domain.catalog.routed import Routed
from maas.domain.catalog.versions import Version
from maas.domain.identity.principals import Principal, Scope
from maas.domain.inference.tensors import Feed
from maas.domain.jobs.jobs import JobPlace, Priority
from maas.services import file_runs, job_plans, row_batches
from maas.services.file_runs import FileRuns
from maas.services.inference import InferenceService
from maas.services.inline_runs import InlineRuns
from maas.services.job_plans import Plans
from maas.services.job_runs import JobRuns
from maas.services.recorded_predictions import RecordedPredictions
from maas.web.presenters.inference import prediction_json
from maas.web.presenters.stored_questions import stored_question
from tests.fakes.inference import FakeRuntime, larger_column
from tests.fakes.row_tables import FakeRowTables
from tests.support.job_world import JobWorld

CHUNK = 1500  # bytes
VISIBLE_AGAIN = 1  # seconds, as SQS takes no part of one
_ROWS = 20


class Places:
    """The names of the stores, as arguments of the process."""

    def __init__(self, tables: str, aws: str, jobs: str, events: str, bucket: str, queue: str) -> None:
        self.arguments = (tables, aws, jobs, events, bucket, queue)
        self.jobs = DynamoJobs(jobs, events, tables)
        self.objects = S3ObjectStore(bucket, aws)
        self.queue = SqsJobQueue(dict.fromkeys(Priority, queue), aws)
        self.sqs: Any = boto3.client("sqs", endpoint_url=aws)
        self.url = queue


def _slow(feed: Feed) -> Mapping[str, Any]:
    time.sleep(0.002)
    return larger_column(feed)


class _Versions:
    """The RoutedVersionReader port, for which each model is the world's: other processes have it under another id."""

    def __init__(self, world: JobWorld) -> None:
        self._world = world

    async def get_version(self, by: Principal, model_id: str, ref: str, right: Scope = Scope.MODELS_READ) -> Version:
        return await self._world.registry.get_version(by, self._world.model_id, ref, right)

    async def routed_version(
        self, by: Principal, model_id: str, ref: str, right: Scope = Scope.INFERENCE_INVOKE
    ) -> Routed:
        return await self._world.registry.routed_version(by, self._world.model_id, ref, right)


def _runs(places: Places, versions: _Versions) -> JobRuns:
    made = RecordedPredictions()
    runtime = FakeRuntime(_slow)
    predict = InferenceService(versions, runtime, watchers=[made]).predict
    return JobRuns(
        places.jobs,
        places.queue,
        Plans(places.objects, FakeRowTables(places.objects)),
        InlineRuns(places.jobs, places.objects, predict, stored_question, prediction_json, made),
        FileRuns(places.jobs, places.queue, places.objects, versions, runtime.load, predict, prediction_json, made),
        lambda: None,
    )


async def _work(places: Places) -> None:
    """Handles messages as Lambda does, until the process is killed."""
    job_plans.CHUNK_SIZE, job_plans.BLOCK_SIZE = CHUNK, 2 * CHUNK
    row_batches.BATCH_MAX, file_runs.PART_SIZE = _ROWS, 1000
    world = JobWorld()
    await world.publish()
    runs = _runs(places, _Versions(world))
    while True:
        found = places.sqs.receive_message(
            QueueUrl=places.url,
            VisibilityTimeout=VISIBLE_AGAIN,
            WaitTimeSeconds=0,
            AttributeNames=["ApproximateReceiveCount"],
        ).get("Messages", [])
        for message in found:
            body = json.loads(message["Body"])
            chunk = body.pop("chunk", None)
            await runs.work(JobPlace(**body), chunk, int(message["Attributes"]["ApproximateReceiveCount"]))
            places.sqs.delete_message(QueueUrl=places.url, ReceiptHandle=message["ReceiptHandle"])


if __name__ == "__main__":
    for _ in sys.stdin:
        pid = os.fork()
        if pid == 0:
            asyncio.run(_work(Places(*sys.argv[1:])))
        print(pid, flush=True)
