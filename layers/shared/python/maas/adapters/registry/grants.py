"""The calls of the registry about grants."""

from maas.adapters.registry.calls import RegistryCalls
from maas.domain.identity.grants import ModelGrant, WantedGrant
from maas.domain.identity.principals import Principal
from maas.domain.pages import Page
from maas.rpc.registry.v1 import registry_pb2 as pb
from maas.wire.grants import from_grant, to_set_grant


class GrantCalls(RegistryCalls):
    """Implements GrantRegistry and HeldGrantRegistry of maas.services.ports.grants."""

    async def list_grants(self, by: Principal, model_id: str, *, limit: int, cursor: str) -> Page[ModelGrant]:
        answer = await self._call(by, "ListGrants", pb.ListGrantsRequest, model_id=model_id, limit=limit, cursor=cursor)
        return Page(tuple(from_grant(grant) for grant in answer.grants), answer.next_cursor)

    async def set_grant(self, by: Principal, model_id: str, wanted: WantedGrant) -> tuple[ModelGrant, bool]:
        answer = await self._call(by, "SetGrant", to_set_grant, model_id, wanted)
        return from_grant(answer.grant), answer.created

    async def delete_grant(self, by: Principal, model_id: str, subject: str) -> None:
        await self._call(by, "DeleteGrant", pb.DeleteGrantRequest, model_id=model_id, subject=subject)

    async def list_held_grants(self, by: Principal, holder: str, *, limit: int, cursor: str) -> Page[ModelGrant]:
        request = pb.ListHeldGrantsRequest
        answer = await self._call(by, "ListHeldGrants", request, holder=holder, limit=limit, cursor=cursor)
        return Page(tuple(from_grant(grant) for grant in answer.grants), answer.next_cursor)

    async def leave_grant(self, by: Principal, model_id: str, holder: str) -> None:
        await self._call(by, "LeaveGrant", pb.LeaveGrantRequest, model_id=model_id, holder=holder)
