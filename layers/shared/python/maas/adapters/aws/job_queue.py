"""The queues of jobs in SQS."""

from collections.abc import Mapping

from maas.adapters.aws.sqs_queue import SqsQueue
from maas.domain.jobs.jobs import Job, Priority


class SqsJobQueue:
    """The JobQueue port. `urls` has the queue of each priority; `endpoint` empty means AWS itself."""

    def __init__(self, urls: Mapping[Priority, str], endpoint: str = "") -> None:
        self._queues = {priority: SqsQueue("jobs", url, endpoint) for priority, url in urls.items()}

    def send(self, job: Job, chunk: int | None = None, delay: int = 0) -> None:
        place = job.place
        message = {"tenant_id": place.tenant_id, "subject": place.subject, "job_id": place.job_id}
        content = message if chunk is None else {**message, "chunk": chunk}
        self._queues[job.priority].send(content, delay, group=place.tenant_id)
