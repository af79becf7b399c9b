"""The work of jobs. Each step can be repeated: a worker may die at any place, and messages come more than once."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from maas.domain.clock import now as wall_clock
from maas.domain.errors import ArtifactUnavailable, Exhausted, MaasError, Unavailable
from maas.domain.jobs.chunks import INLINE, Chunk
from maas.domain.jobs.jobs import Failure, Job, JobPlace, JobState
from maas.platform.observability import logger
from maas.platform.request_context import act_from
from maas.services.file_runs import FileRuns
from maas.services.inline_runs import InlineRuns
from maas.services.job_ends import JobEnded, JobEnds, expired
from maas.services.job_plans import Plans
from maas.services.job_watches import JobWatch
from maas.services.ports.jobs import JobQueue, Jobs

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


class JobRuns:
    """The use case of the jobs function.

    `interrupt`, called by another thread, ends the run of a model, or the reading of a file, that goes on.
    """

    def __init__(
        self,
        jobs: Jobs,
        queue: JobQueue,
        plans: Plans,
        inline: InlineRuns,
        files: FileRuns,
        interrupt: Callable[[], object],
        clock: Callable[[], datetime] = wall_clock,
    ) -> None:
        self._jobs = jobs
        self._queue = queue
        self._plans = plans
        self._inline = inline
        self._files = files
        self._interrupt = interrupt
        self._clock = clock
        self._ends = JobEnds(jobs, clock, files.first_error)

    async def work(self, place: JobPlace, chunk: int | None = None, receives: int = 1) -> None:
        """Does the work of one message: it begins a job, or it is about one of its chunks.

        If a system does not answer, a new message is sent for later. So `receives`, the number of deliveries of this
        message, counts attempts whose worker died.

        Raises:
            GaveUp: the deliveries before this one were ATTEMPTS or more; the job has failed now.
            Unavailable: a system did not answer, nor did the queue: SQS must deliver the message again.
        """
        job = self._jobs.job(place)
        if job is None or not job.is_open:
            return
        if self._expire(place):
            return
        if receives > ATTEMPTS:
            self._ends.end(job, JobState.FAILED, NO_RESULT)
            raise GaveUp(f"job {job.id}: {NO_RESULT.message}")
        act_from(job.address)
        try:
            await self._watched(job, self._work(job, chunk))
        except JobEnded:
            logger.info("another worker does this work, or the job has ended", job_id=job.id)
            self._expire(place)
        except ArtifactUnavailable as error:  # the file is gone for good
            self._ends.end(job, JobState.FAILED, Failure.of(error))
        except (Unavailable, Exhausted) as error:
            logger.warning("a job is postponed", job_id=job.id, reason=error.message)
            self._queue.send(job, chunk, POSTPONED)
        except MaasError as error:
            self._ends.end(job, JobState.FAILED, Failure.of(error))

    def _expire(self, place: JobPlace) -> bool:
        """Ends the job if its time is over. Returns whether it is."""
        job = self._jobs.job(place)
        if job is None or not job.is_late(self._clock()):
            return False
        expired(self._jobs, job, self._clock())
        return True

    async def _work(self, job: Job, chunk: int | None) -> None:
        if not job.total:
            job = self._started(job)
        if job.file is None:
            await self._inline.run(job)
        elif chunk is None:
            self._files.send_lanes(job)
        else:
            await self._files.run(job, chunk)
        self._ends.finish(job)

    def _started(self, job: Job) -> Job:
        """The job with its chunks. It runs already while a file is read: its caller sees that somebody does so.

        Raises InvalidInput (file), JobEnded.
        """
        file = job.file
        if file is None:
            return self._stored(job, job.started(self._clock(), INLINE.end), (INLINE,))
        if job.state is JobState.QUEUED:
            job = self._stored(job, job.started(self._clock(), 0), ())
        lines, made = self._plans.of(job, file)
        return self._stored(job, replace(job, lines=lines, total=made.total), made.chunks)

    def _stored(self, before: Job, after: Job, chunks: Sequence[Chunk]) -> Job:
        if not self._jobs.start(before, after, chunks):
            raise JobEnded
        return after

    async def _watched(self, job: Job, work: Coroutine[Any, Any, None]) -> None:
        """Does the work, which ends when the job does. Raises JobEnded then."""
        task = asyncio.ensure_future(work)
        watch = JobWatch(lambda: self._is_wanted(job), task, self._interrupt)
        try:
            await task
        except (asyncio.CancelledError, MaasError):
            if watch.has_ended:
                raise JobEnded from None
            raise
        finally:
            watch.stop()

    def _is_wanted(self, job: Job) -> bool:
        current = self._jobs.job(job.place)
        return current is not None and current.is_open and not current.is_late(self._clock())
