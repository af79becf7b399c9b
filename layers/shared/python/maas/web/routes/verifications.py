"""Routes that verify addresses."""

from fastapi import APIRouter

from maas.contracts.auth import AcceptedAnswer
from maas.contracts.verifications import VerificationBody, VerifyBody
from maas.services.admission import Admission
from maas.services.verifications import VerificationService
from maas.web.client import RequestClient
from maas.web.strict import StrictRoute


class _Verifications:
    def __init__(self, verifications: VerificationService, admission: Admission) -> None:
        self._verifications = verifications
        self._admission = admission

    async def request(self, body: VerificationBody, client: RequestClient) -> AcceptedAnswer:
        self._admission.mail_request(client.address)
        self._verifications.request(body.email)
        return AcceptedAnswer()

    async def verify(self, body: VerifyBody, client: RequestClient) -> None:
        address = self._verifications.proven(body.token)
        with self._admission.sign_in(address, client.address):
            self._verifications.verify(address, body.password)


def verifications_routes(verifications: VerificationService, admission: Admission) -> APIRouter:
    routes = _Verifications(verifications, admission)
    router = APIRouter(prefix="/api/v1/auth/email", route_class=StrictRoute)
    router.add_api_route("/verification", routes.request, methods=["POST"], status_code=202)
    router.add_api_route("/verify", routes.verify, methods=["POST"], status_code=204)
    return router
