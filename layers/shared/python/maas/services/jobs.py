"""Use cases of jobs: making, reading, listing and cancelling them, and their results."""

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any, Protocol

from maas.domain import value_rules
from maas.domain.catalog.models import Model
from maas.domain.catalog.versions import Signature
from maas.domain.clock import now as wall_clock
from maas.domain.errors import Contended, InvalidInput, NotFound, PermissionDenied, Rule, WrongState
from maas.domain.identity.lists import list_of
from maas.domain.identity.principals import Principal, Scope
from maas.domain.ids import canonical_id, known_id, new_id
from maas.domain.inference.outputs import chosen
from maas.domain.jobs.chunks import Part
from maas.domain.jobs.events import job_ended
from maas.domain.jobs.jobs import (
    INLINE_RESULT_MAX,
    FileFormat,
    InputFile,
    Job,
    JobFilter,
    JobPlace,
    JobState,
    Priority,
    ends_within,
    file_key,
    file_size,
)
from maas.domain.pages import Page
from maas.domain.quotas import Quota, Usage, exceeded
from maas.platform.request_context import actor_of, effect_id, source_address
from maas.services.job_ends import expired
from maas.services.pages import page_of
from maas.services.ports.cursors import Cursors
from maas.services.ports.jobs import JobQueue, Jobs
from maas.services.ports.models import ModelReader
from maas.services.ports.storage import ObjectStore
from maas.services.ports.usage import UsageRegistry
from maas.services.ports.versions import VersionReader
from maas.services.published import published_artifact
from maas.services.questions import Question
from maas.services.terms import feed_of
from maas.services.upload_parts import url_expiry

_ATTEMPTS = 20
_RIGHT = Scope.INFERENCE_INVOKE


class Registry(ModelReader, VersionReader, UsageRegistry, Protocol):
    """The parts of the registry that are asked."""


@dataclass(frozen=True, slots=True)
class WantedFile:
    """An uploaded file of rows as the input of a job."""

    id: str
    format: FileFormat
    as_lists: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedJob:
    """A job to make. `body` is the question as the worker reads it; with a file, there is none."""

    question: Question
    body: bytes
    file: WantedFile | None
    priority: Priority
    expires_in: int


@dataclass(frozen=True, slots=True)
class NamedJob:
    """A job, and the name that its model has now, as the job's caller writes it: `owner/name` if it is another's."""

    job: Job
    model_name: str


@dataclass(frozen=True, slots=True)
class SignedPart:
    """A part of a result, and a signed URL for it."""

    part: Part
    url: str


@dataclass(frozen=True, slots=True)
class NewFile:
    """A place for a file of rows: one PUT to the URL with these headers, until `expires_at`."""

    id: str
    url: str
    headers: Mapping[str, str]
    expires_at: datetime


class JobService:
    """A caller sees its own jobs, of models that it may call now. Others are NotFound, like those of other callers.

    An organization may have `open_max` jobs that have not ended; 0 allows any number.
    """

    def __init__(
        self,
        registry: Registry,
        jobs: Jobs,
        queue: JobQueue,
        objects: ObjectStore,
        cursors: Cursors,
        clock: Callable[[], datetime] = wall_clock,
        *,
        open_max: int = 0,
    ) -> None:
        self._open_max = open_max
        self._registry = registry
        self._jobs = jobs
        self._queue = queue
        self._objects = objects
        self._cursors = cursors
        self._clock = clock

    async def submit(self, by: Principal, wanted: WantedJob) -> NamedJob:
        """Makes a job and queues it.

        The version is resolved and the values are checked now. A request with a key that is repeated finds the job
        that it has made, and queues it again: a second message does no harm.

        Raises InvalidInput, NotFound (model_id, ref), PermissionDenied, WrongState (not published), NotServed,
        QuotaExceeded.
        """
        question, now = wanted.question, self._clock()
        within = ends_within(wanted.expires_in)
        version = await self._registry.get_version(by, question.model_id, question.version, _RIGHT)
        model = await self._registry.get_model(by, version.model_id, _RIGHT)
        artifact = published_artifact(version)
        if wanted.file is None:
            feed_of(version, artifact, question)
        elif wanted.file.as_lists:
            _check_lists(artifact.signature)
        chosen(artifact.signature, question.outputs)
        job = Job(
            id=effect_id() or new_id(now),
            by=by,
            address=source_address(),
            model_id=version.model_id,
            version=version.version,
            priority=wanted.priority,
            timeout=question.timeout,
            created_at=now,
            ends_before=now + within,
            file=self._file(by, wanted.file) if wanted.file else None,
            outputs=tuple(question.outputs) if wanted.file and question.outputs else None,
        )
        self._check_open(job)
        # The message is the last one: a worker finds the job, and the job's input.
        if job.file is None:
            self._objects.write(job.input_key, wanted.body)
        if not self._jobs.add(job):
            job = self._jobs.job(job.place) or job
        self._queue.send(job)
        return NamedJob(job, _name(by, model))

    def _check_open(self, job: Job) -> None:
        """Raises QuotaExceeded if the organization has no place for a new job. A repeated request makes none."""
        most = self._open_max
        use = self._jobs.open_jobs(job.by.tenant_id, job.created_at, most) if most else 0
        if most and use >= most and self._jobs.job(job.place) is None:
            raise exceeded(Usage(Quota.OPEN_JOBS, most, use))

    async def new_file(self, by: Principal, size: int, sha256: str) -> NewFile:
        """A place for a file of rows, which the store takes with this size and content alone. Raises InvalidInput."""
        digest = base64.b64encode(bytes.fromhex(value_rules.sha256(sha256))).decode()
        file_id = new_id(self._clock())
        checked = file_size(size)
        await self._let_in(by)
        url, headers = self._objects.sign_object(file_key(by, file_id), checked, digest)
        return NewFile(file_id, url, headers, url_expiry())

    def _file(self, by: Principal, wanted: WantedFile) -> InputFile:
        """Raises WrongState if the file is not there."""
        key = file_key(by, canonical_id(wanted.id) or "none")
        size = self._objects.size(key)
        if not size:
            raise WrongState.of("file.id", "there is no such file of yours; upload it first")
        return InputFile(key, size, wanted.format, wanted.as_lists)

    async def get(self, by: Principal, job_id: str) -> NamedJob:
        job = self._jobs.job(self._place(by, known_id("job_id", "job", job_id)))
        if job is None:
            await self._let_in(by)
            raise NotFound.of("job_id", "job", job_id)
        try:
            model = await self._registry.get_model(by, job.model_id, _RIGHT)
        except NotFound:
            raise NotFound.of("job_id", "job", job_id) from None
        return NamedJob(self._in_time(job), _name(by, model))

    def result(self, job: Job) -> bytes | None:
        """The result of an inline job; None if there is none, or if it is too large to be shown."""
        if job.state is not JobState.SUCCEEDED or job.file:
            return None
        parts, more = self._jobs.parts(job.id, limit=1, after="")
        if more or not parts or parts[0].size > INLINE_RESULT_MAX:
            return None
        return self._objects.read(parts[0].key, 0, parts[0].size)

    async def page(self, by: Principal, wanted: JobFilter, *, limit: int, cursor: str) -> Page[NamedJob]:
        """A page of jobs, newest first. It may have fewer than `limit` jobs although the list goes on.

        The filter may name its model as a request for a job does. Raises NotFound (model_id) for an unknown name.
        """
        if wanted.model_id and not canonical_id(wanted.model_id):
            model = await self._registry.get_model(by, wanted.model_id, _RIGHT)
            wanted = replace(wanted, model_id=model.id)

        def read(*, limit: int, after: str) -> tuple[Sequence[Job], str]:
            return self._jobs.page(self._place(by, after), wanted, limit)

        name = list_of(by, "jobs", wanted.state, wanted.model_id)
        found: Page[Job] = page_of(self._cursors, name, read, limit=limit, cursor=cursor)
        await self._let_in(by)
        names = {model_id: await self._name(by, model_id) for model_id in {job.model_id for job in found.items}}
        shown = (NamedJob(self._in_time(job), name) for job in found.items if (name := names[job.model_id]))
        return Page(tuple(shown), found.next_cursor)

    async def cancel(self, by: Principal, job_id: str) -> NamedJob:
        """Ends a queued or running job. Its work stops within seconds. Raises WrongState if it has ended otherwise."""
        for _ in range(_ATTEMPTS):
            named = await self.get(by, job_id)
            job = named.job
            if job.state is JobState.CANCELLED:
                return named
            now = self._clock()
            after = job.cancelled(now)
            if self._jobs.end(job, after, job_ended(job, after, actor_of(by), now)):
                return replace(named, job=after)
        raise Contended("the job keeps changing; try again")

    async def results(self, by: Principal, job_id: str, *, limit: int, cursor: str) -> Page[SignedPart]:
        """A page of the parts of a job's result, in the order of its rows; those of a running job are final too."""
        job = (await self.get(by, job_id)).job
        read = partial(self._jobs.parts, job.id)
        page: Page[Part] = page_of(self._cursors, list_of(by, "job results", job.id), read, limit=limit, cursor=cursor)
        return Page(tuple(SignedPart(part, self._signed(part)) for part in page.items), page.next_cursor)

    def _signed(self, part: Part) -> str:
        return self._objects.sign_download(part.key, "", part.key.rpartition("/")[2])

    def _in_time(self, job: Job) -> Job:
        """The job, which expires now if its time is over and no worker has noticed."""
        return expired(self._jobs, job, self._clock()) if job.is_late(self._clock()) else job

    async def _name(self, by: Principal, model_id: str) -> str:
        """The name of a model; empty if the caller may not call it."""
        try:
            return _name(by, await self._registry.get_model(by, model_id, _RIGHT))
        except (NotFound, PermissionDenied):
            return ""

    async def _let_in(self, by: Principal) -> Any:
        """Raises Unauthenticated if the caller's access has ended."""
        return await self._registry.usage(by)

    def _place(self, by: Principal, job_id: str) -> JobPlace:
        return JobPlace(by.tenant_id, by.subject, job_id)


def _name(by: Principal, model: Model) -> str:
    return model.name if model.tenant_id == by.tenant_id else f"{model.tenant_id}/{model.name}"


def _check_lists(signature: Signature) -> None:
    """Checks that rows without names fit the model. Raises InvalidInput (file.as_lists)."""
    if len(signature.inputs) > 1:
        message = "the model has several inputs: its rows need the names of the columns"
        raise InvalidInput.of("file.as_lists", Rule.SINGLE_INPUT, message)
