"""The calls of the registry about rollouts."""

from maas.adapters.registry.calls import RegistryCalls
from maas.domain.identity.principals import Principal
from maas.domain.pages import Page
from maas.domain.rollouts.rollouts import ActiveRollout, NewRollout, Rollout, RolloutChange
from maas.rpc.registry.v1 import registry_pb2 as pb
from maas.wire.rollouts import from_active, from_rollout, to_change_rollout, to_start_rollout


class RolloutCalls(RegistryCalls):
    """Implements maas.services.ports.rollouts.RolloutRegistry."""

    async def get_rollout(self, by: Principal, model_id: str, alias: str) -> Rollout:
        answer = await self._call(by, "GetRollout", pb.GetRolloutRequest, model_id=model_id, alias=alias)
        return from_rollout(answer.rollout)

    async def start_rollout(self, by: Principal, model_id: str, new: NewRollout) -> tuple[Rollout, bool]:
        answer = await self._call(by, "StartRollout", to_start_rollout, model_id, new)
        return from_rollout(answer.rollout), answer.created

    async def change_rollout(self, by: Principal, model_id: str, change: RolloutChange) -> Rollout:
        return from_rollout((await self._call(by, "ChangeRollout", to_change_rollout, model_id, change)).rollout)

    async def list_rollouts(self, by: Principal, *, limit: int, after: str) -> Page[ActiveRollout]:
        answer = await self._call(by, "ListRollouts", pb.ListRolloutsRequest, limit=limit, after=after)
        return Page(tuple(from_active(found) for found in answer.rollouts), answer.after)
