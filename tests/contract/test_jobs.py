"""Every implementation of the port of jobs."""

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from maas.adapters.aws.jobs import DynamoJobs
from maas.domain.identity.actors import Actor
from maas.domain.identity.principals import Principal, Role, Scope
from maas.domain.ids import new_id
from maas.domain.jobs.chunks import INLINE, Chunk, Part
from maas.domain.jobs.events import job_ended
from maas.domain.jobs.jobs import Failure, FileFormat, InputFile, Job, JobFilter, JobPlace, JobState, Priority
from maas.services.ports.jobs import Jobs
from tests.fakes.jobs import FakeJobs
from tests.support.aws import Aws

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Store:
    jobs: Jobs
    aws: Aws | None
    by: Principal

    def job(self, age: int = 0, **changes: Any) -> Job:
        """Returns a job that is not stored. Its id is that of a job made `age` seconds before."""
        job = Job(
            id=new_id(NOW - timedelta(seconds=age)),
            by=self.by,
            address="203.0.113.9",
            model_id=new_id(),
            version="1.0.0",
            priority=Priority.LOW,
            timeout=2.5,
            created_at=NOW,
            ends_before=NOW + timedelta(hours=1),
        )
        return replace(job, **changes)

    def running(self) -> Job:
        job = self.job()
        assert self.jobs.add(job)
        started = job.started(NOW, 1)
        assert self.jobs.start(job, started, [INLINE])
        return started

    def ends(self, before: Job, state: JobState, failure: Failure | None = None) -> bool:
        after = before.ended(state, NOW, failure)
        return self.jobs.end(before, after, job_ended(before, after, Actor(before.by.subject), NOW))

    def event_states(self) -> list[str]:
        """The states in the events of the ends of the caller's jobs."""
        if isinstance(self.jobs, FakeJobs):
            return [(event.after or {})["state"] for event in self.jobs.events]
        assert self.aws
        table = self.aws.application.functions["JobsFunction"].environment["MAAS_IDENTITY_TABLE"]
        key = {":pk": {"S": f"EVENTS#{self.by.tenant_id}"}}
        found = self.aws.client("dynamodb").query(
            TableName=table, KeyConditionExpression="pk = :pk", ExpressionAttributeValues=key
        )
        return [event["after"]["state"] for item in found["Items"] for event in json.loads(item["events"]["S"])]


@pytest.fixture(params=["memory", "dynamodb"])
def store(request: pytest.FixtureRequest) -> Store:
    by = Principal(new_id(), new_id(), frozenset({Role.INVOKER}), frozenset({Scope.INFERENCE_INVOKE}), "session/1")
    if request.param == "memory":
        return Store(FakeJobs(), None, by)
    aws: Aws = request.getfixturevalue("aws")
    environment = aws.application.functions["JobsFunction"].environment
    jobs = DynamoJobs(environment["MAAS_JOBS_TABLE"], environment["MAAS_IDENTITY_TABLE"], aws.endpoint)
    return Store(jobs, aws, by)


def test_a_job_is_read_as_it_was_added(store: Store) -> None:
    failure = Failure("not_served", "the version is kept and not served")
    job = store.job(state=JobState.FAILED, started_at=NOW, ended_at=NOW, done=1, total=2, rows=3, failure=failure)
    file = InputFile("jobs/a/b/files/1", 12, FileFormat.CSV, True, 12)
    job = replace(job, file=file, outputs=("label",))
    assert store.jobs.add(job)
    assert store.jobs.job(job.place) == job


def test_a_job_is_added_once(store: Store) -> None:
    job = store.job()
    assert store.jobs.add(job)
    assert not store.jobs.add(replace(job, version="2.0.0"))
    assert store.jobs.job(job.place) == job


def test_open_jobs_of_an_organization_are_counted_up_to_a_number(store: Store) -> None:
    jobs = [store.job() for _ in range(3)]
    others = replace(store.by, subject=new_id()), replace(store.by, tenant_id=new_id())
    for job in (*jobs, *(store.job(by=by) for by in others)):
        assert store.jobs.add(job)
    store.jobs.add(jobs[0])

    def count(most: int = 10, at: datetime = NOW) -> int:
        return store.jobs.open_jobs(store.by.tenant_id, at, most)

    assert (count(), count(2)) == (4, 2)
    assert store.ends(jobs[0], JobState.CANCELLED)
    assert count() == 3
    assert count(at=NOW + timedelta(hours=2)) == 0  # nobody has ended them, and they must have ended


def test_other_callers_have_no_such_job(store: Store) -> None:
    job = store.job()
    store.jobs.add(job)
    for changes in ({"subject": new_id()}, {"tenant_id": new_id()}, {"job_id": new_id()}):
        assert store.jobs.job(replace(job.place, **changes)) is None


def test_pages_list_the_newest_first(store: Store) -> None:
    added = [store.job(age) for age in range(5)]
    for job in added:
        store.jobs.add(job)
    first = JobPlace(store.by.tenant_id, store.by.subject, "")
    page, last = store.jobs.page(first, JobFilter(), 3)
    assert [job.id for job in page] == [job.id for job in added[:3]]
    page, end = store.jobs.page(replace(first, job_id=last), JobFilter(), 3)
    assert ([job.id for job in page], end) == ([added[3].id, added[4].id], "")


def test_a_filter_takes_state_and_model(store: Store) -> None:
    queued, running = store.job(), store.running()
    store.jobs.add(queued)
    first = JobPlace(store.by.tenant_id, store.by.subject, "")
    for wanted, found in (
        (JobFilter(JobState.QUEUED), [queued]),
        (JobFilter(model_id=running.model_id), [running]),
        (JobFilter(JobState.QUEUED, running.model_id), []),
    ):
        assert store.jobs.page(first, wanted, 10) == (found, "")


def test_a_job_starts_once(store: Store) -> None:
    job = store.job()
    store.jobs.add(job)
    assert store.jobs.start(job, job.started(NOW, 1), [INLINE])
    assert not store.jobs.start(job, job.started(NOW, 1), [INLINE])
    assert store.jobs.chunk(job.id, 0) == INLINE
    assert store.jobs.chunk(job.id, 1) is None


def test_a_job_is_planned_once_and_not_as_it_ended_meanwhile(store: Store) -> None:
    for is_cancelled in (False, True):
        job = store.job()
        store.jobs.add(job)
        read = job.started(NOW, 0)
        assert store.jobs.start(job, read, [])
        planned = replace(read, total=1)
        assert store.jobs.start(read, planned, [INLINE])
        assert not store.jobs.start(read, planned, [INLINE])
        assert not store.ends(read, JobState.CANCELLED)
        if is_cancelled:
            assert store.ends(planned, JobState.CANCELLED)
            assert not store.jobs.start(read, planned, [INLINE])


def test_a_planned_job_has_its_file_and_its_lines(store: Store) -> None:
    file = InputFile("files/f1", 9, FileFormat.PARQUET, as_lists=True)
    job = store.job(file=file)
    store.jobs.add(job)
    assert store.jobs.job(job.place) == job
    planned = replace(job.started(NOW, 4), lines=InputFile("rows.ndjson", 4, FileFormat.NDJSON, head=2))
    assert store.jobs.start(job, planned, [])
    assert store.jobs.job(job.place) == planned


def test_a_second_start_keeps_the_checkpoints(store: Store) -> None:
    job = store.running()
    assert store.jobs.record(job, INLINE, Part(0, 0, 1, "key", 5, 2))
    store.jobs.start(replace(job, state=JobState.QUEUED), job, [INLINE])
    assert store.jobs.chunk(job.id, 0) == Chunk(0, 0, 1, 1)


def test_a_part_is_recorded_once_and_counted(store: Store) -> None:
    job = store.running()
    first = Part(0, 0, 1, "first", 5, 2, 1)
    assert store.jobs.record(job, INLINE, first)
    assert not store.jobs.record(job, INLINE, replace(first, key="second"))
    assert store.jobs.parts(job.id, limit=9, after="") == ([first], "")
    assert store.jobs.job(job.place) == replace(job, done=1, rows=2, failed_rows=1)


def test_nothing_is_recorded_for_an_ended_job(store: Store) -> None:
    job = store.running()
    assert store.ends(job, JobState.CANCELLED)
    assert not store.jobs.record(job, INLINE, Part(0, 0, 1, "key", 5, 2))
    assert store.jobs.parts(job.id, limit=9, after="") == ([], "")


def test_parts_are_listed_in_the_order_of_their_rows(store: Store) -> None:
    job = store.job()
    store.jobs.add(job)
    chunks = [Chunk(0, 0, 20, 0), Chunk(1, 20, 40, 20)]
    started = job.started(NOW, 40)
    store.jobs.start(job, started, chunks)
    later, early = Part(1, 20, 40, "c", 1, 1), Part(0, 0, 9, "a", 1, 1)
    for chunk, part in ((chunks[1], later), (chunks[0], early), (replace(chunks[0], at=9), Part(0, 9, 20, "b", 1, 1))):
        assert store.jobs.record(started, chunk, part)
    page, last = store.jobs.parts(job.id, limit=2, after="")
    assert [part.key for part in page] == ["a", "b"]
    assert store.jobs.parts(job.id, limit=2, after=last) == ([later], "")


def test_a_job_ends_once_and_with_one_event(store: Store) -> None:
    job = store.running()
    failure = Failure("timeout", "it took too long")
    assert store.ends(job, JobState.FAILED, failure)
    assert not store.ends(job, JobState.SUCCEEDED)
    ended = store.jobs.job(job.place)
    assert ended == job.ended(JobState.FAILED, NOW, failure)
    assert store.event_states() == ["failed"]


def test_a_job_whose_work_has_moved_does_not_end_as_it_was_read(store: Store) -> None:
    job = store.running()
    store.jobs.record(job, INLINE, Part(0, 0, 1, "key", 5, 2))
    assert not store.ends(job, JobState.EXPIRED)
    assert store.event_states() == []
