"""Routes for a forgotten password."""

from fastapi import APIRouter

from maas.contracts.auth import AcceptedAnswer
from maas.contracts.password_resets import ForgotBody, ResetBody
from maas.services.password_resets import PasswordResetService
from maas.web.strict import StrictRoute


class _PasswordResets:
    def __init__(self, resets: PasswordResetService) -> None:
        self._resets = resets

    async def forgot(self, body: ForgotBody) -> AcceptedAnswer:
        self._resets.forgot(body.email)
        return AcceptedAnswer()

    async def reset(self, body: ResetBody) -> None:
        self._resets.reset(body.token, body.password)


def password_resets_routes(resets: PasswordResetService) -> APIRouter:
    routes = _PasswordResets(resets)
    router = APIRouter(route_class=StrictRoute)
    router.add_api_route("/api/v1/auth/password/forgot", routes.forgot, methods=["POST"], status_code=202)
    router.add_api_route("/api/v1/auth/password/reset", routes.reset, methods=["POST"], status_code=204)
    return router
