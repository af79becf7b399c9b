"""Routes of a person's own account: name, password, organizations, and sessions."""

from fastapi import APIRouter, Request, Response

from maas.contracts.auth import UserAnswer
from maas.contracts.own_accounts import JoinBody, MembershipsAnswer, PatchMe, SessionAnswer
from maas.contracts.pages import PageAnswer
from maas.domain.errors import PermissionDenied
from maas.services.accounts import AccountService
from maas.services.admission import Admission
from maas.services.joining import JoinService
from maas.services.own_accounts import OwnAccountService, current_session, password_change
from maas.web.client import RequestClient
from maas.web.paging import Paged, page_answer
from maas.web.presenters.accounts import user_answer
from maas.web.presenters.own_accounts import membership_answer, session_answer
from maas.web.principal import Caller
from maas.web.strict import StrictRoute


class _OwnAccounts:
    def __init__(
        self, own: OwnAccountService, accounts: AccountService, joining: JoinService, admission: Admission
    ) -> None:
        self._own = own
        self._accounts = accounts
        self._joining = joining
        self._admission = admission

    async def get(self, caller: Caller) -> UserAnswer:
        return user_answer(self._accounts.profile(caller))

    async def patch(self, caller: Caller, body: PatchMe, client: RequestClient) -> UserAnswer:
        chosen = password_change(body.password, body.current_password)
        if chosen is None:
            self._own.change(caller, name=body.name, chosen=None)
        else:
            with self._admission.sign_in(self._own.address(caller), client.address, PermissionDenied):
                self._own.change(caller, name=body.name, chosen=chosen)
        return user_answer(self._accounts.profile(caller))

    async def organizations(self, caller: Caller) -> MembershipsAnswer:
        profiles = self._joining.organizations(caller)
        return MembershipsAnswer(items=[membership_answer(profile, caller.tenant_id) for profile in profiles])

    async def join(self, caller: Caller, body: JoinBody) -> UserAnswer:
        return user_answer(self._joining.accept(caller, body.invitation))

    async def sessions(
        self, caller: Caller, paging: Paged, request: Request, response: Response
    ) -> PageAnswer[SessionAnswer]:
        page = self._own.sessions(caller, limit=paging.limit, cursor=paging.cursor)
        current = current_session(caller)
        return page_answer(request, response, page, lambda session: session_answer(session, current))

    async def session(self, caller: Caller, session_id: str) -> SessionAnswer:
        return session_answer(self._own.session(caller, session_id), current_session(caller))

    async def end_session(self, caller: Caller, session_id: str) -> None:
        self._own.end_session(caller, session_id)

    async def end_sessions(self, caller: Caller) -> None:
        self._own.end_sessions(caller)


def own_accounts_routes(
    own: OwnAccountService, accounts: AccountService, joining: JoinService, admission: Admission
) -> APIRouter:
    routes = _OwnAccounts(own, accounts, joining, admission)
    router = APIRouter(prefix="/api/v1/users/me", route_class=StrictRoute)
    router.add_api_route("", routes.get, methods=["GET"])
    router.add_api_route("", routes.patch, methods=["PATCH"])
    router.add_api_route("/organizations", routes.organizations, methods=["GET"])
    router.add_api_route("/organizations", routes.join, methods=["POST"], status_code=201)
    router.add_api_route("/sessions", routes.sessions, methods=["GET"])
    router.add_api_route("/sessions", routes.end_sessions, methods=["DELETE"], status_code=204)
    router.add_api_route("/sessions/{session_id}", routes.session, methods=["GET"])
    router.add_api_route("/sessions/{session_id}", routes.end_session, methods=["DELETE"], status_code=204)
    return router
