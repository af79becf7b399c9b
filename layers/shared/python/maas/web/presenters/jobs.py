"""Jobs between the domain and the contract."""

import json
from dataclasses import replace

from maas.contracts.inference import PredictRequest
from maas.contracts.jobs import JobAnswer, JobFailure, JobProgress, JobRequest, JobResultAnswer
from maas.domain.jobs.jobs import Job, Priority
from maas.platform.request_context import remaining_seconds
from maas.services.inference import Question
from maas.services.jobs import SignedPart, WantedJob
from maas.web.presenters.inference import question

# The fields of a question in the body of a job. The worker takes model, version and timeout from the job's record.
_QUESTION = {"features", "inputs", "instances", "dataframe_records", "dataframe_split", "outputs"}


def wanted_job(body: JobRequest) -> WantedJob:
    return WantedJob(
        question=replace(question(body.model_id, body), timeout=body.timeout),
        body=body.model_dump_json(include=_QUESTION, exclude_none=True).encode(),
        priority=Priority(body.priority),
        expires_in=body.expires_in,
    )


def stored_question(job: Job, content: bytes) -> Question:
    """The question of an inline job, from the body that was stored with it."""
    asked = question(job.model_id, PredictRequest.model_validate_json(content))
    return replace(asked, version=job.version, timeout=remaining_seconds(job.timeout))


def job_answer(job: Job, result: bytes | None = None) -> JobAnswer:
    return JobAnswer(
        id=job.id,
        state=job.state,
        model_id=job.model_id,
        version=job.version,
        priority=job.priority,
        progress=JobProgress(done=job.done, total=job.total, rows=job.rows, failed_rows=job.failed_rows),
        failure=JobFailure(code=job.failure.code, message=job.failure.message) if job.failure else None,
        created_at=job.created_at,
        started_at=job.started_at,
        ended_at=job.ended_at,
        expires_at=job.ends_before,
        kept_until=job.kept_until,
        result=json.loads(result) if result else None,
    )


def result_answer(signed: SignedPart) -> JobResultAnswer:
    part = signed.part
    return JobResultAnswer(url=signed.url, bytes=part.size, rows=part.rows, failed_rows=part.failed_rows)
