"""Routes for a forgotten password."""

from fastapi import APIRouter

from maas.contracts.auth import AcceptedAnswer
from maas.contracts.password_resets import ForgotBody, ResetBody
from maas.services.admission import Admission
from maas.services.password_resets import PasswordResetService
from maas.web.client import RequestClient
from maas.web.strict import StrictRoute


class _PasswordResets:
    def __init__(self, resets: PasswordResetService, admission: Admission) -> None:
        self._resets = resets
        self._admission = admission

    async def forgot(self, body: ForgotBody, client: RequestClient) -> AcceptedAnswer:
        self._admission.mail_request(client.address)
        self._resets.forgot(body.email)
        return AcceptedAnswer()

    async def reset(self, body: ResetBody) -> None:
        self._resets.reset(body.token, body.password)


def password_resets_routes(resets: PasswordResetService, admission: Admission) -> APIRouter:
    routes = _PasswordResets(resets, admission)
    router = APIRouter(route_class=StrictRoute)
    router.add_api_route("/api/v1/auth/password/forgot", routes.forgot, methods=["POST"], status_code=202)
    router.add_api_route("/api/v1/auth/password/reset", routes.reset, methods=["POST"], status_code=204)
    return router
