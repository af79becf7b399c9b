"""Routes of invitations, for an organization's admins."""

from fastapi import APIRouter, Request, Response

from maas.contracts.invitations import InvitationAnswer, InviteBody, NewInvitationAnswer
from maas.contracts.pages import PageAnswer
from maas.services.invitations import InvitationService
from maas.web.idempotency import idempotent
from maas.web.paging import Paged, page_answer
from maas.web.presenters.invitations import invitation_answer, new_invitation_answer
from maas.web.principal import Admin
from maas.web.strict import StrictRoute


class _Invitations:
    def __init__(self, invitations: InvitationService) -> None:
        self._invitations = invitations

    @idempotent("token")
    async def create(self, caller: Admin, body: InviteBody, response: Response) -> NewInvitationAnswer:
        response.headers["cache-control"] = "no-store"
        return new_invitation_answer(self._invitations.invite(caller, email=body.email, roles=body.roles))

    async def page(
        self, caller: Admin, paging: Paged, request: Request, response: Response
    ) -> PageAnswer[InvitationAnswer]:
        page = self._invitations.page(caller, limit=paging.limit, cursor=paging.cursor)
        return page_answer(request, response, page, invitation_answer)

    async def delete(self, caller: Admin, invitation_id: str) -> None:
        self._invitations.revoke(caller, invitation_id)


def invitations_routes(invitations: InvitationService) -> APIRouter:
    routes = _Invitations(invitations)
    router = APIRouter(prefix="/api/v1/users/invitations", route_class=StrictRoute)
    router.add_api_route("", routes.create, methods=["POST"], status_code=201)
    router.add_api_route("", routes.page, methods=["GET"])
    router.add_api_route("/{invitation_id}", routes.delete, methods=["DELETE"], status_code=204)
    return router
