"""The calls of the registry about aliases."""

from datetime import datetime

from maas.adapters.registry.calls import RegistryCalls
from maas.domain.catalog.aliases import NOTHING_EXPECTED, Alias, AliasMove, AliasTarget, Expectation, LiveAt
from maas.domain.identity.principals import Principal
from maas.domain.pages import Page
from maas.rpc.registry.v1 import registry_pb2 as pb
from maas.wire.aliases import from_alias, from_live_at, from_move, to_expectation, to_set_alias
from maas.wire.fields import to_timestamp


class AliasCalls(RegistryCalls):
    """Implements maas.services.ports.aliases.AliasRegistry."""

    async def list_aliases(self, by: Principal, model_id: str) -> list[Alias]:
        answer = await self._call(by, "ListAliases", pb.ListAliasesRequest, model_id=model_id)
        return [from_alias(alias) for alias in answer.aliases]

    async def get_alias(self, by: Principal, model_id: str, alias: str) -> Alias:
        answer = await self._call(by, "GetAlias", pb.GetAliasRequest, model_id=model_id, alias=alias)
        return from_alias(answer.alias)

    async def set_alias(self, by: Principal, model_id: str, target: AliasTarget) -> tuple[Alias, bool]:
        answer = await self._call(by, "SetAlias", to_set_alias, model_id, target)
        return from_alias(answer.alias), answer.created

    async def delete_alias(
        self, by: Principal, model_id: str, alias: str, reason: str = "", expected: Expectation = NOTHING_EXPECTED
    ) -> None:
        fields = {"model_id": model_id, "alias": alias, "reason": reason, "expected": to_expectation(expected)}
        await self._call(by, "DeleteAlias", pb.DeleteAliasRequest, **fields)

    async def rollback_alias(
        self, by: Principal, model_id: str, alias: str, reason: str = "", expected: Expectation = NOTHING_EXPECTED
    ) -> Alias:
        fields = {"model_id": model_id, "alias": alias, "reason": reason, "expected": to_expectation(expected)}
        return from_alias((await self._call(by, "RollbackAlias", pb.RollbackAliasRequest, **fields)).alias)

    async def list_alias_moves(
        self, by: Principal, model_id: str, alias: str, *, limit: int, cursor: str
    ) -> Page[AliasMove]:
        fields = {"model_id": model_id, "alias": alias, "limit": limit, "cursor": cursor}
        answer = await self._call(by, "ListAliasMoves", pb.ListAliasMovesRequest, **fields)
        return Page(tuple(from_move(move) for move in answer.moves), answer.next_cursor)

    async def alias_at(self, by: Principal, model_id: str, alias: str, at: datetime) -> LiveAt:
        fields = {"model_id": model_id, "alias": alias, "at": to_timestamp(at)}
        return from_live_at(await self._call(by, "GetAliasAt", pb.GetAliasAtRequest, **fields))
