"""Workers of jobs that are killed by SIGKILL at any time, over servers for tables, objects and queues.

Each row of each job is in its result once, and each job ends once.
"""

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import boto3
import pytest

from local.paths import ROOT
from maas.domain.clock import now
from maas.domain.jobs.chunks import Part
from maas.domain.jobs.jobs import FileFormat, Job, JobState
from tests.support.aws import Aws
from tests.support.job_world import ADA, JobWorld
from tests.support.killed_worker import Places
from tests.support.printed import PRINTED, Recorder
from tests.support.rounds import FULL
from tests.support.table_engines import Tables

KILLS, WORKERS, ROWS = (50 if FULL else 10), 2, 1200
LONGEST = 0.4  # seconds that a worker lives


@dataclass
class Fleet:
    """Workers as processes; `spawn` starts another one, and `kill` ends the oldest in the middle of its work."""

    process: "subprocess.Popen[str]"
    running: list[int] = field(default_factory=list)
    kills: int = 0

    def spawn(self) -> None:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        # Workers log to the same pipe.
        self.running.append(next(int(line) for line in self.process.stdout if not line.startswith("{")))

    def kill(self) -> None:
        os.kill(self.running.pop(0), signal.SIGKILL)
        self.kills += 1


@contextmanager
def _fleet(places: Places) -> Iterator[Fleet]:
    path = os.pathsep.join([str(ROOT), str(ROOT / "layers/shared/python")])
    command = [sys.executable, "-m", "tests.support.killed_worker", *places.arguments]
    pipe = subprocess.PIPE
    environment = {**os.environ, "PYTHONPATH": path}
    with subprocess.Popen(command, env=environment, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) as process:
        fleet = Fleet(process)
        try:
            yield fleet
        finally:
            while fleet.running:
                fleet.kill()
            process.kill()


@pytest.fixture
def places(aws: Aws, tables: Tables) -> Places:
    bucket = aws.application.functions["JobsFunction"].environment["MAAS_ARTIFACTS_BUCKET"]
    sqs: Any = boto3.client("sqs", endpoint_url=aws.endpoint)
    queue = sqs.create_queue(QueueName=f"killed-{os.getpid()}")["QueueUrl"]
    return Places(tables.endpoint, aws.endpoint, tables.jobs, tables.identity, bucket, queue)


async def _submitted(world: JobWorld, places: Places) -> Job:
    """A job with a file of ROWS rows, in the servers."""
    content = b"".join(b"[%d, %d]\n" % (number, ROWS // 2) for number in range(ROWS))
    job = await world.submit_file(content, FileFormat.NDJSON)
    assert job.file
    places.objects.write(job.file.key, content)
    assert places.jobs.add(job)
    places.queue.send(job)
    return job


def _ended(places: Places, job: Job) -> Job | None:
    found = places.jobs.job(job.place)
    return None if found is None or found.is_open else found


def _lines(places: Places, job: Job) -> list[Any]:
    parts, after = list[Part](), ""
    while True:
        page, after = places.jobs.parts(job.id, limit=100, after=after)
        parts += page
        if not after:
            return [json.loads(x) for part in parts for x in places.objects.read(part.key, 0, part.size).splitlines()]


def _events(tables: Tables) -> list[Any]:
    """The events of jobs that have ended, by any organization of the tests."""
    client: Any = boto3.client("dynamodb", endpoint_url=tables.endpoint)
    found = client.query(
        TableName=tables.identity,
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": f"EVENTS#{ADA.tenant_id}"}},
    )["Items"]
    return [event for item in found for event in json.loads(item["events"]["S"]) if event["type"] == "JobEnded"]


@pytest.mark.timeout(600)
async def test_killed_workers_lose_and_double_no_row(places: Places, tables: Tables, record_property: Recorder) -> None:
    chance, jobs, open_jobs = random.Random(3), list[Job](), list[Job]()
    world = JobWorld(now=now())  # the workers have the time of the system, and the jobs a day
    await world.publish()
    with _fleet(places) as fleet:
        while fleet.kills < KILLS or open_jobs:
            open_jobs = [job for job in open_jobs if not _ended(places, job)]
            if not open_jobs and fleet.kills < KILLS:
                job = await _submitted(world, places)
                jobs.append(job)
                open_jobs.append(job)
            while len(fleet.running) < WORKERS:
                fleet.spawn()
            await asyncio.sleep(chance.uniform(0.01, LONGEST))
            if fleet.kills < KILLS:
                fleet.kill()
        kills = fleet.kills
    for job in jobs:
        ended = _ended(places, job)
        assert ended
        assert (ended.state, ended.rows, ended.done) == (JobState.SUCCEEDED, ROWS, ended.total)
        expected = [(number + 1, int(number < ROWS // 2)) for number in range(ROWS)]
        assert [(line["line"], line["prediction"]) for line in _lines(places, job)] == expected
    ids = [event["object"] for event in _events(tables)]
    assert sorted(ids) == sorted(f"job/{job.id}" for job in jobs)
    record_property(PRINTED, f"{kills} workers of jobs killed: {len(jobs)} jobs of {ROWS} rows complete")
