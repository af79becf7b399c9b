"""Waiting for the end of a job."""

from collections.abc import Awaitable, Callable

import anyio

from maas_client.answers import Job
from maas_client.errors import DeadlineExceeded
from maas_client.progress import Progress, ProgressCallback

_PAUSE, _PAUSE_MAX = 0.2, 5.0  # seconds between two looks at a job


async def until_ended(
    look: Callable[[], Awaitable[Job]], seconds: float | None, report: ProgressCallback | None = None
) -> Job:
    """Returns the job when it has ended, in whatever state. Raises DeadlineExceeded after `seconds`.

    `report` gets the state and the work that is done at each look.
    """
    pause, end = _PAUSE, None if seconds is None else anyio.current_time() + seconds
    while not (job := await look()).has_ended:
        if report:
            report(Progress(job.state, job.progress.done, job.progress.total))
        if end is not None and anyio.current_time() + pause > end:
            raise DeadlineExceeded(f"the job {job.id} is still {job.state}: look at it later")
        await anyio.sleep(pause)
        pause = min(pause * 1.5, _PAUSE_MAX)
    return job
