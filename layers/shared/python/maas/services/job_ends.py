"""The ends of jobs, each committed with its event."""

from collections.abc import Callable
from datetime import datetime

from maas.domain.identity.actors import Actor
from maas.domain.jobs.events import job_ended
from maas.domain.jobs.jobs import Failure, Job, JobState
from maas.platform.observability import logger
from maas.services.ports.jobs import Jobs


class JobEnded(Exception):
    """The job has ended while it was worked on, or another worker does this work: the rest is for nobody."""


class JobEnds:
    """Ends jobs for workers, which act as the jobs' callers.

    `first_error` tells what is wrong with the first row that can't be computed; empty if there is none.
    """

    def __init__(self, jobs: Jobs, clock: Callable[[], datetime], first_error: Callable[[Job], str]) -> None:
        self._jobs = jobs
        self._first_error = first_error
        self._clock = clock

    def end(self, job: Job, state: JobState, failure: Failure | None = None) -> None:
        """Ends the job unless it has ended. A job whose counts have moved meanwhile is read again."""
        current: Job | None = job
        while current and current.is_open:
            now = self._clock()
            after = current.ended(state, now, failure)
            if self._jobs.end(current, after, job_ended(current, after, caller_of(current), now)):
                logger.info("a job has ended", job_id=job.id, state=state)
                return
            current = self._jobs.job(job.place)

    def finish(self, job: Job) -> None:
        """Ends the job if all its work is done, or if too many rows have failed.

        Whoever has done the last step, or comes after its death, does it.
        """
        current = self._jobs.job(job.place)
        if current is None or current.state is not JobState.RUNNING:
            return
        if failure := current.failed:
            self.end(current, JobState.FAILED, failure.with_reason(self._first_error(current)))
        elif current.is_complete:
            self.end(current, JobState.SUCCEEDED)


def expired(jobs: Jobs, job: Job, now: datetime) -> Job:
    """Ends a job whose time is over; the job as it is now."""
    after = job.ended(JobState.EXPIRED, now)
    if jobs.end(job, after, job_ended(job, after, caller_of(job), now)):
        return after
    return jobs.job(job.place) or after


def caller_of(job: Job) -> Actor:
    """The author of what a worker does for a job."""
    return Actor(job.by.subject, job.by.credential_name, job.address)
