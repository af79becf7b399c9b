"""Routes of jobs."""

from fastapi import APIRouter, Request, Response

from maas.contracts.jobs import JobAnswer, JobRequest, JobResultAnswer, NewJobFile, NewJobFileAnswer
from maas.contracts.pages import PageAnswer
from maas.domain.inference.sizes import REQUEST_MAX
from maas.domain.jobs.jobs import JobFilter, job_state
from maas.services.jobs import JobService
from maas.web.idempotency import idempotent
from maas.web.paging import Paged, page_answer
from maas.web.presenters.jobs import file_answer, job_answer, result_answer, wanted_job
from maas.web.principal import Invoker
from maas.web.strict import StrictRoute

_JOBS = "/api/v1/inference/jobs"
_FILES = "/api/v1/inference/files"
_JOB = f"{_JOBS}/{{job_id}}"


class _JobRoute(StrictRoute):
    """A body of values is not sent to the registry, so it may be as large as Lambda accepts."""

    body_max = REQUEST_MAX


class _Jobs:
    def __init__(self, jobs: JobService) -> None:
        self._jobs = jobs

    @idempotent()
    async def submit(self, caller: Invoker, body: JobRequest, response: Response) -> JobAnswer:
        made = await self._jobs.submit(caller, wanted_job(body))
        response.headers["location"] = f"{_JOBS}/{made.job.id}"
        return job_answer(made)

    async def new_file(self, caller: Invoker, body: NewJobFile) -> NewJobFileAnswer:
        return file_answer(await self._jobs.new_file(caller, body.size, body.sha256))

    async def page(
        self, caller: Invoker, paging: Paged, request: Request, response: Response, state: str = "", model_id: str = ""
    ) -> PageAnswer[JobAnswer]:
        wanted = JobFilter(job_state(state), model_id)
        found = await self._jobs.page(caller, wanted, limit=paging.limit, cursor=paging.cursor)
        return page_answer(request, response, found, job_answer)

    async def get(self, caller: Invoker, job_id: str) -> JobAnswer:
        found = await self._jobs.get(caller, job_id)
        return job_answer(found, self._jobs.result(found.job))

    async def cancel(self, caller: Invoker, job_id: str) -> JobAnswer:
        return job_answer(await self._jobs.cancel(caller, job_id))

    async def results(
        self, caller: Invoker, job_id: str, paging: Paged, request: Request, response: Response
    ) -> PageAnswer[JobResultAnswer]:
        found = await self._jobs.results(caller, job_id, limit=paging.limit, cursor=paging.cursor)
        return page_answer(request, response, found, result_answer)


def jobs_routes(jobs: JobService) -> APIRouter:
    routes = _Jobs(jobs)
    router = APIRouter(route_class=_JobRoute)
    router.add_api_route(_JOBS, routes.submit, methods=["POST"], status_code=202)
    router.add_api_route(_JOBS, routes.page, methods=["GET"])
    router.add_api_route(_JOB, routes.get, methods=["GET"])
    router.add_api_route(_JOB, routes.cancel, methods=["DELETE"])
    router.add_api_route(f"{_JOB}/results", routes.results, methods=["GET"])
    router.add_api_route(_FILES, routes.new_file, methods=["POST"], status_code=201)
    return router
