"""The work of jobs with a file, a chunk at a time.

A chunk ends its message after WORK_SECONDS and sends another one, so no number of rows is too large for a worker.
"""

import json
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from maas.domain.catalog.version_settings import FEATURE_NAMES
from maas.domain.catalog.versions import Artifact, Version
from maas.domain.errors import MaasError
from maas.domain.identity.principals import Scope
from maas.domain.jobs.cells import check_head, families, with_values
from maas.domain.jobs.chunks import Chunk, Part
from maas.domain.jobs.jobs import InputFile, Job
from maas.domain.jobs.row_files import rows
from maas.domain.tensor_rules import Family
from maas.platform.request_context import remaining_seconds
from maas.services.inline_runs import Predict, Tell, result_key
from maas.services.job_ends import JobEnded
from maas.services.job_plans import columns_of
from maas.services.ports.jobs import JobQueue, Jobs
from maas.services.ports.storage import ObjectStore
from maas.services.ports.versions import VersionReader
from maas.services.published import published_artifact
from maas.services.questions import Prediction, Question
from maas.services.recorded_predictions import RecordedPredictions
from maas.services.row_batches import Layout, RowBatches

# Chunks of one job that are under way at once: one job shall not keep all workers from the others.
LANES = 8
# Seconds after which a message leaves the rest of its chunk to another one. One call of a model may follow.
WORK_SECONDS = 50.0
# Seconds that loading a model may take. It does not count as time of the call for the first row.
LOAD_SECONDS = 240.0
# Bytes of results that a worker holds until it stores them.
PART_SIZE = 8 * 1024 * 1024
# Parts of a result among which the first row that fails is looked for.
_PARTS = 100


Load = Callable[[Artifact, float], Awaitable[None]]


class OutOfTime(Exception):
    """The worker has less time than a call may take, so the call would be blamed for it."""


class FileRuns:
    """`predict`, `tell` and `made` are those of InlineRuns. `load` is that of ModelRuntime."""

    def __init__(
        self,
        jobs: Jobs,
        queue: JobQueue,
        objects: ObjectStore,
        versions: VersionReader,
        load: Load,
        predict: Predict,
        tell: Tell,
        made: RecordedPredictions,
    ) -> None:
        self._load = load
        self._jobs = jobs
        self._queue = queue
        self._objects = objects
        self._versions = versions
        self._predict = predict
        self._tell = tell
        self._made = made

    def send_lanes(self, job: Job) -> None:
        """Sends a message for the first chunk of each lane that is not done. A lane is every LANES-th chunk."""
        for lane in range(LANES):
            chunk = self._jobs.chunk(job.id, lane)
            while chunk and chunk.is_done:
                chunk = self._jobs.chunk(job.id, chunk.number + LANES)
            if chunk:
                self._queue.send(job, chunk.number)

    async def run(self, job: Job, number: int) -> None:
        """Does a piece of work of a chunk, and sends the message for the next one.

        Raises JobEnded if another worker does this work, and errors that end the job.
        """
        chunk = self._jobs.chunk(job.id, number)
        lines = job.lines or job.file  # an older version has put the lines in the place of the file
        assert lines is not None  # it has chunks of its own
        if chunk is None:
            raise JobEnded
        if not chunk.is_done and not await self._chunk(job, lines, chunk):
            self._queue.send(job, number)
            return
        following = self._jobs.chunk(job.id, number + LANES)
        if following and following.at == following.start:
            self._queue.send(job, following.number)

    def first_error(self, job: Job) -> str:
        """The fault of the first row of the result that can't be computed; empty if none is found."""
        parts, _ = self._jobs.parts(job.id, limit=_PARTS, after="")
        failed = next((part for part in parts if part.failed_rows), None)
        content = self._objects.read(failed.key, 0, failed.size) if failed else b""
        found = (json.loads(line) for line in content.splitlines() if b'"error"' in line)
        return next((f"line {each['line']}, {each['error']['detail']}" for each in found if "error" in each), "")

    async def _chunk(self, job: Job, file: InputFile, chunk: Chunk) -> bool:
        """Computes rows until the chunk ends or the time is over. Returns whether the chunk is done."""
        end = time.monotonic() + WORK_SECONDS
        self._made.begin()
        version = await self._versions.get_version(job.acting, job.model_id, job.version, Scope.INFERENCE_INVOKE)
        await self._load(published_artifact(version), remaining_seconds(LOAD_SECONDS))
        columns = columns_of(self._objects, file)
        kinds = _kinds(file, columns, version)
        batches = RowBatches(_layout(job, file, columns), _Calls(job, self._predict).call, self._tell)
        content = self._objects.read(file.key, chunk.start, chunk.end - chunk.start)
        done = chunk.at - chunk.start
        line = chunk.row + content.count(b"\n", 0, done)
        found = rows(content[done:], chunk.at, line, file.format, columns)
        if columns:
            found = (with_values(row, columns, kinds) for row in found)
        part = _Open(chunk)
        for batch in batches.batches(found):
            try:
                answered = await batches.answer(batch)
            except (OutOfTime, MaasError) as error:
                if part.lines:  # so that they are not computed again
                    self._record(job, part, part.end)
                if isinstance(error, OutOfTime):
                    return False
                raise
            part.add(answered.lines, answered.failed, batch[-1].end)
            is_late = time.monotonic() >= end
            if is_late or part.size >= PART_SIZE:
                chunk = self._record(job, part, part.end)
                part = _Open(chunk)
            if is_late:
                return chunk.is_done
        if not chunk.is_done:
            self._record(job, part, chunk.end)
        return True

    def _record(self, job: Job, part: "_Open", end: int) -> Chunk:
        """Stores the lines, and moves the checkpoint to `end`."""
        chunk, key = part.chunk, result_key(job, part.chunk.number, part.chunk.at, "ndjson")
        self._objects.write(key, b"".join(part.lines))
        made = Part(chunk.number, chunk.at, end, key, part.size, len(part.lines), part.failed)
        if not self._jobs.record(job, chunk, made):
            raise JobEnded
        self._made.recorded()
        return replace(chunk, at=end)


class _Calls:
    """The calls of the model for one message."""

    def __init__(self, job: Job, predict: Predict) -> None:
        self._job, self._predict = job, predict
        self._count = 0

    async def call(self, question: Question) -> Prediction:
        """Raises OutOfTime, but not for the first call: the next message would have no more time for it."""
        self._count += 1
        seconds = remaining_seconds(self._job.timeout)
        if seconds < self._job.timeout and self._count > 1:
            raise OutOfTime
        return await self._predict(self._job.acting, replace(question, timeout=seconds))


class _Open:
    """The lines of a part that is not stored yet, and the place behind its last row."""

    def __init__(self, chunk: Chunk) -> None:
        self.chunk = chunk
        self.lines: list[bytes] = []
        self.size, self.failed, self.end = 0, 0, chunk.at

    def add(self, lines: Sequence[bytes], failed: int, end: int) -> None:
        self.lines += lines
        self.size += sum(map(len, lines))
        self.failed += failed
        self.end = end


def _kinds(file: InputFile, columns: Sequence[str], version: Version) -> Sequence[Family]:
    """The kinds of the cells of CSV. Raises InvalidInput (file)."""
    signature = published_artifact(version).signature
    if columns and not file.as_lists:
        check_head(signature, columns, version.metadata.get(FEATURE_NAMES))
    return families(signature, columns, as_lists=file.as_lists)


def _layout(job: Job, file: InputFile, columns: Sequence[str]) -> Layout:
    question = Question(model_id=job.model_id, version=job.version, timeout=job.timeout, outputs=job.outputs)
    return Layout(question, () if file.as_lists else columns)
