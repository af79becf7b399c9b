"""Routes of an organization's members, for its admins."""

from fastapi import APIRouter, Request, Response

from maas.contracts.members import MemberAnswer, PatchMember
from maas.contracts.pages import PageAnswer
from maas.domain.identity.members import MemberFilter
from maas.services.members import MemberService
from maas.web.paging import Paged, page_answer
from maas.web.presenters.members import member_answer, member_change
from maas.web.principal import Admin
from maas.web.strict import StrictRoute


class _Members:
    def __init__(self, members: MemberService) -> None:
        self._members = members

    async def page(
        self, caller: Admin, paging: Paged, request: Request, response: Response, role: str = "", state: str = ""
    ) -> PageAnswer[MemberAnswer]:
        narrowed = MemberFilter.parse(role, state)
        page = self._members.page(caller, narrowed, limit=paging.limit, cursor=paging.cursor)
        return page_answer(request, response, page, member_answer)

    async def get(self, caller: Admin, user_id: str) -> MemberAnswer:
        return member_answer(self._members.member(caller, user_id))

    async def patch(self, caller: Admin, user_id: str, body: PatchMember) -> MemberAnswer:
        return member_answer(self._members.change(caller, user_id, member_change(body)))

    async def delete(self, caller: Admin, user_id: str) -> None:
        self._members.remove(caller, user_id)


def members_routes(members: MemberService) -> APIRouter:
    """Paths below /users that are not ids, such as /users/me, have to be added to the app before these."""
    routes = _Members(members)
    router = APIRouter(prefix="/api/v1/users", route_class=StrictRoute)
    router.add_api_route("", routes.page, methods=["GET"])
    router.add_api_route("/{user_id}", routes.get, methods=["GET"])
    router.add_api_route("/{user_id}", routes.patch, methods=["PATCH"])
    router.add_api_route("/{user_id}", routes.delete, methods=["DELETE"], status_code=204)
    return router
