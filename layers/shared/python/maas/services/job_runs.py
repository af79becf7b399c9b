"""The work of jobs. Each step can be repeated: a worker may die at any place, and messages come more than once."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

from maas.domain.clock import now as wall_clock
from maas.domain.errors import ArtifactUnavailable, Exhausted, MaasError, Unavailable
from maas.domain.identity.principals import Principal
from maas.domain.ids import new_id
from maas.domain.jobs.chunks import INLINE, Chunk, Part
from maas.domain.jobs.events import job_ended
from maas.domain.jobs.jobs import Failure, Job, JobPlace, JobState
from maas.platform.observability import logger
from maas.platform.request_context import act_from
from maas.services.inference import Prediction, Question
from maas.services.job_watches import JobWatch
from maas.services.jobs import caller_of, expired
from maas.services.ports.jobs import JobQueue, Jobs
from maas.services.ports.storage import ObjectStore

Predict = Callable[[Principal, Question], Awaitable[Prediction]]
# The queue delivers a message once more than this, so that the failure is recorded before it is a dead letter.
ATTEMPTS = 8
NO_RESULT = Failure(
    "no_result",
    f"{ATTEMPTS} attempts ended without a result, as they do when a model needs more memory or time than a worker has",
)
# Seconds until work that met an unavailable system is tried again.
POSTPONED = 60


class GaveUp(Exception):
    """The failure is recorded, and the message belongs to the dead letters, where operators find it."""


class JobEnded(Exception):
    """The job has ended while it was worked on, so the rest of the work is for nobody."""


class JobRuns:
    """The use case of the jobs function.

    `ask` reads the question of an inline job from its stored body. `tell` writes a prediction as JSON.
    `interrupt`, called by another thread, ends the run of a model that goes on.
    """

    def __init__(
        self,
        jobs: Jobs,
        queue: JobQueue,
        objects: ObjectStore,
        predict: Predict,
        ask: Callable[[Job, bytes], Question],
        tell: Callable[[Prediction], bytes],
        interrupt: Callable[[], object],
        clock: Callable[[], datetime] = wall_clock,
    ) -> None:
        self._jobs = jobs
        self._queue = queue
        self._objects = objects
        self._predict = predict
        self._ask = ask
        self._tell = tell
        self._interrupt = interrupt
        self._clock = clock

    async def work(self, place: JobPlace, receives: int = 1) -> None:
        """Does the work of one message.

        If a system does not answer, a new message is sent for later. So `receives`, the number of deliveries of this
        message, counts attempts whose worker died.

        Raises:
            GaveUp: the deliveries before this one were ATTEMPTS or more; the job has failed now.
            Unavailable: a system did not answer, nor did the queue: SQS must deliver the message again.
        """
        job = self._jobs.job(place)
        if job is None or not job.is_open:
            return
        if job.is_late(self._clock()):
            expired(self._jobs, job, self._clock())
            return
        if receives > ATTEMPTS:
            self._end(job, JobState.FAILED, NO_RESULT)
            raise GaveUp(f"job {job.id}: {NO_RESULT.message}")
        act_from(job.address)
        try:
            await self._work(job)
        except JobEnded:
            logger.info("the job has ended meanwhile", job_id=job.id)
        except ArtifactUnavailable as error:  # the file is gone for good
            self._end(job, JobState.FAILED, Failure.of(error))
        except (Unavailable, Exhausted) as error:
            logger.warning("a job is postponed", job_id=job.id, reason=error.message)
            self._queue.send(job, None, POSTPONED)
        except MaasError as error:
            self._end(job, JobState.FAILED, Failure.of(error))

    async def _work(self, job: Job) -> None:
        if job.state is JobState.QUEUED:
            started = job.started(self._clock(), INLINE.end)
            if not self._jobs.start(job, started, [INLINE]):
                raise JobEnded
            job = started
        chunk = self._jobs.chunk(job.id, INLINE.number)
        if chunk and not chunk.is_done:
            await self._inline(job, chunk)
        self._finish(job)

    async def _inline(self, job: Job, chunk: Chunk) -> None:
        question = self._ask(job, self._objects.read(job.input_key, 0, self._objects.size(job.input_key) or 0))
        found = await self._watched(job, self._predict(job.by, question))
        self._record(job, chunk, chunk.end, self._tell(found), "json", rows=len(found.rows))

    async def _watched(self, job: Job, work: Awaitable[Prediction]) -> Prediction:
        """The result of the work, which ends when the job does. Raises JobEnded then."""
        task = asyncio.ensure_future(work)
        watch = JobWatch(lambda: self._is_wanted(job), task, self._interrupt)
        try:
            return await task
        except (asyncio.CancelledError, MaasError):
            if watch.has_ended:
                raise JobEnded from None
            raise
        finally:
            watch.stop()

    def _is_wanted(self, job: Job) -> bool:
        current = self._jobs.job(job.place)
        return current is not None and current.is_open and not current.is_late(self._clock())

    def _record(self, job: Job, chunk: Chunk, end: int, content: bytes, suffix: str, *, rows: int) -> bool:
        # No two attempts write one object: the recorded one is never replaced.
        key = f"{job.folder}/results/{chunk.number:06}-{chunk.at:012}-{new_id()}.{suffix}"
        self._objects.write(key, content)
        return self._jobs.record(job, chunk, Part(chunk.number, chunk.at, end, key, len(content), rows))

    def _finish(self, job: Job) -> None:
        """Ends the job if all its work is done. Whoever has done the last step, or comes after its death, does it."""
        current = self._jobs.job(job.place)
        if current and current.state is JobState.RUNNING and current.is_complete:
            self._end(current, JobState.SUCCEEDED)

    def _end(self, job: Job, state: JobState, failure: Failure | None = None) -> None:
        """Ends the job unless it has ended. A job whose counts have moved meanwhile is read again."""
        current: Job | None = job
        while current and current.is_open:
            now = self._clock()
            after = current.ended(state, now, failure)
            if self._jobs.end(current, after, job_ended(current, after, caller_of(current), now)):
                logger.info("a job has ended", job_id=job.id, state=state)
                return
            current = self._jobs.job(job.place)
