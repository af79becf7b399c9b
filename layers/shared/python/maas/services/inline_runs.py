"""The work of jobs with an inline input: one prediction."""

from collections.abc import Awaitable, Callable

from maas.domain.errors import ModelCrashed
from maas.domain.identity.principals import Principal
from maas.domain.ids import new_id
from maas.domain.jobs.chunks import INLINE, Part
from maas.domain.jobs.jobs import Job
from maas.services.job_ends import JobEnded
from maas.services.ports.jobs import Jobs
from maas.services.ports.storage import ObjectStore
from maas.services.questions import Prediction, Question
from maas.services.recorded_predictions import RecordedPredictions

Predict = Callable[[Principal, Question], Awaitable[Prediction]]
Tell = Callable[[Prediction], bytes]


class InlineRuns:
    """`ask` reads the question of a job from its stored body. `tell` writes a prediction as JSON.

    `made` is the watcher of `predict`.
    """

    def __init__(
        self,
        jobs: Jobs,
        objects: ObjectStore,
        predict: Predict,
        ask: Callable[[Job, bytes], Question],
        tell: Tell,
        made: RecordedPredictions,
    ) -> None:
        self._jobs = jobs
        self._objects = objects
        self._predict = predict
        self._ask = ask
        self._tell = tell
        self._made = made

    async def run(self, job: Job) -> None:
        """Does what is left to do. Raises JobEnded if it was done by somebody else."""
        chunk = self._jobs.chunk(job.id, INLINE.number)
        if chunk is None or chunk.is_done:
            return
        question = self._ask(job, self._objects.read(job.input_key, 0, self._objects.size(job.input_key) or 1))
        self._made.begin()
        found = await self._predicted(job, question)
        content = self._tell(found)
        key = result_key(job, chunk.number, chunk.at, "json")
        self._objects.write(key, content)
        part = Part(chunk.number, chunk.at, chunk.end, key, len(content), len(found.rows))
        if not self._jobs.record(job, chunk, part):
            raise JobEnded
        self._made.recorded()

    async def _predicted(self, job: Job, question: Question) -> Prediction:
        """The answer. A model whose process has ended is tried again: the system may have ended it to gain memory."""
        try:
            return await self._predict(job.acting, question)
        except ModelCrashed:
            return await self._predict(job.acting, question)


def result_key(job: Job, number: int, at: int, suffix: str) -> str:
    """A new key for a part of the result. No two attempts write one object, so the recorded one is never replaced."""
    return f"{job.folder}/results/{number:06}-{at:012}-{new_id()}.{suffix}"
