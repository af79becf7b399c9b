"""Jobs with every part in memory, a published model, and a clock that tests set."""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from maas.domain.feedback.kept import ROWS_MAX
from maas.domain.identity.principals import Principal
from maas.domain.jobs.jobs import ENDS_WITHIN, FileFormat, Job, JobPlace, Priority
from maas.domain.monitoring.predictions import Predicted
from maas.security.cursors import Cursors
from maas.services import job_plans
from maas.services.capturing import CapturingPredictions
from maas.services.file_runs import FileRuns
from maas.services.inference import InferenceService
from maas.services.inline_runs import InlineRuns
from maas.services.job_plans import Plans
from maas.services.job_runs import JobRuns
from maas.services.jobs import JobService, WantedFile, WantedJob
from maas.services.questions import Question
from maas.services.recorded_predictions import RecordedPredictions
from maas.web.presenters.inference import prediction_json
from maas.web.presenters.stored_questions import stored_question
from tests.fakes.captures import FakeCaptures
from tests.fakes.inference import FakeRuntime, larger_column, model_with_file
from tests.fakes.jobs import FakeJobQueue, FakeJobs
from tests.fakes.object_store import FakeObjectStore
from tests.fakes.registry import FakeRegistry, fake_registry
from tests.fakes.row_tables import FakeRowTables
from tests.support.http_gateway import person
from tests.support.registry_server import KEYS

ADA = person()


class CountingWatcher:
    """A StoppableWatcher that has the predictions that it was handed, and the flushed ones."""

    def __init__(self) -> None:
        self.waiting: list[Predicted] = []
        self.stored: list[Predicted] = []

    def predicted(self, made: Predicted) -> None:
        self.waiting.append(made)

    def stop(self) -> None:
        self.stored += self.waiting
        self.waiting = []


@dataclass
class JobWorld:
    """The use cases of jobs over fakes. `now` is the time that all of them see."""

    registry: FakeRegistry = field(default_factory=fake_registry)
    jobs: FakeJobs = field(default_factory=FakeJobs)
    queue: FakeJobQueue = field(default_factory=FakeJobQueue)
    objects: FakeObjectStore = field(default_factory=FakeObjectStore)
    runtime: FakeRuntime = field(default_factory=lambda: FakeRuntime(larger_column))
    now: datetime = datetime(2026, 11, 29, 12, tzinfo=UTC)
    model_id: str = ""
    open_max: int = 0
    watcher: CountingWatcher = field(default_factory=CountingWatcher)
    captures: FakeCaptures = field(default_factory=FakeCaptures)

    def __post_init__(self) -> None:
        self.service = JobService(
            self.registry,
            self.jobs,
            self.queue,
            self.objects,
            Cursors(KEYS),
            clock=lambda: self.now,
            open_max=self.open_max,
        )
        self.made = RecordedPredictions([self.watcher, CapturingPredictions(self.captures, rows_max=ROWS_MAX)])
        self.predictions = InferenceService(self.registry, self.runtime, watchers=[self.made])
        self.runs = self.runner()

    def runner(self, predict: Any = None) -> JobRuns:
        """A worker, which has a runtime of its own only for what `predict` does otherwise."""
        run = predict or self.predictions.predict
        return JobRuns(
            self.jobs,
            self.queue,
            Plans(self.objects, FakeRowTables(self.objects)),
            InlineRuns(self.jobs, self.objects, run, stored_question, prediction_json, self.made),
            FileRuns(
                self.jobs, self.queue, self.objects, self.registry, self.runtime.load, run, prediction_json, self.made
            ),
            lambda: None,
            clock=lambda: self.now,
        )

    async def publish(self, **metadata: Any) -> None:
        """Publishes version 1.0.0 of a model, which answers with the index of the larger of two numbers."""
        names = {"class_names": ["left", "right"]}
        self.model_id = await model_with_file(self.registry, ADA, {**names, **metadata})
        await self.registry.publish_version(ADA, self.model_id, "1.0.0")

    async def submit(
        self, by: Principal = ADA, *, expires_in: int = ENDS_WITHIN, file: WantedFile | None = None, **question: Any
    ) -> Job:
        values = {} if file else {"features": [[1, 2]]}
        asked = {"model_id": self.model_id, "timeout": 5.0, **values, **question}
        body = b'{"features": [[1, 2]]}'
        wanted = WantedJob(
            question=Question(**asked), body=body, file=file, priority=Priority.NORMAL, expires_in=expires_in
        )
        return (await self.service.submit(by, wanted)).job

    async def submit_file(self, content: bytes, kind: FileFormat, *, as_lists: bool = False, **question: Any) -> Job:
        """Uploads a file and makes a job with it."""
        new = await self.service.new_file(ADA, len(content), hashlib.sha256(content).hexdigest())
        assert self.objects.put(new.url, content, new.headers) == 200
        return await self.submit(file=WantedFile(new.id, kind, as_lists), **question)

    async def lines(self, job: Job) -> list[Any]:
        """The lines of all parts of the result."""
        page = await self.service.results(ADA, job.id, limit=100, cursor="")
        assert page.next_cursor == ""
        return [json.loads(line) for each in page.items for line in self.objects.get(each.url).splitlines()]

    async def work(self, receives: int = 1) -> None:
        """Handles the messages that wait, in their order, until none does."""
        while self.queue.messages:
            place, chunk, _ = self.queue.messages.pop(0)
            await self.runs.work(place, chunk, receives)

    def stored(self, place: JobPlace) -> Job:
        job = self.jobs.job(place)
        assert job is not None
        return job

    def pass_time(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


async def small_chunks(monkeypatch: pytest.MonkeyPatch) -> JobWorld:
    """A world in which a chunk has about 100 bytes, and whose model has two features."""
    monkeypatch.setattr(job_plans, "CHUNK_SIZE", 100)
    monkeypatch.setattr(job_plans, "BLOCK_SIZE", 150)
    made = JobWorld()
    await made.publish(feature_names=["a", "b"])
    return made
