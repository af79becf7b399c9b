"""Questions of jobs, as they are stored until the jobs run."""

from dataclasses import replace

from maas.contracts.inference import PredictRequest
from maas.domain.jobs.jobs import Job
from maas.platform.request_context import remaining_seconds
from maas.services.questions import Question
from maas.web.presenters.inference import asked


def stored_question(job: Job, content: bytes) -> Question:
    """The question of an inline job, from the body that was stored with it."""
    question = asked(job.model_id, PredictRequest.model_validate_json(content), timeout=remaining_seconds(job.timeout))
    return replace(question, version=job.version)
