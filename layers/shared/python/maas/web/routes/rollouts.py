"""Routes of rollouts. The registry is the service of changes, so they call its port (docs/decisions/0022)."""

from fastapi import APIRouter, Response

from maas.contracts.rollouts import ChangeRollout, JudgedRolloutAnswer, RolloutAnswer, StartRollout
from maas.domain.rollouts.rollouts import Rollout
from maas.services.judged_rollouts import JudgedRollouts
from maas.services.ports.rollouts import RolloutRegistry
from maas.web.conditions import ExpectedRevision, etag
from maas.web.model_paths import ModelRef
from maas.web.presenters.rollouts import judged_answer, new_rollout, rollout_answer, rollout_change
from maas.web.principal import Reader, Writer
from maas.web.strict import StrictRoute


class _Rollouts:
    def __init__(self, registry: RolloutRegistry, judged: JudgedRollouts) -> None:
        self._registry, self._judged = registry, judged

    async def get(self, caller: Reader, model_id: ModelRef, alias: str, response: Response) -> JudgedRolloutAnswer:
        rollout, judgement = await self._judged.get(caller, model_id, alias)
        response.headers["etag"] = etag(rollout.revision)
        return judged_answer(alias, rollout, judgement)

    async def put(
        self, caller: Writer, model_id: ModelRef, alias: str, body: StartRollout, response: Response
    ) -> RolloutAnswer:
        rollout, created = await self._registry.start_rollout(caller, model_id, new_rollout(body, alias))
        response.status_code = 201 if created else 200
        return _answer(alias, rollout, response)

    async def patch(
        self,
        caller: Writer,
        model_id: ModelRef,
        alias: str,
        body: ChangeRollout,
        expected: ExpectedRevision,
        response: Response,
    ) -> RolloutAnswer:
        change = rollout_change(body, alias, expected)
        return _answer(alias, await self._registry.change_rollout(caller, model_id, change), response)


def _answer(alias: str, rollout: Rollout, response: Response) -> RolloutAnswer:
    response.headers["etag"] = etag(rollout.revision)
    return rollout_answer(alias, rollout)


def rollouts_routes(registry: RolloutRegistry, judged: JudgedRollouts) -> APIRouter:
    routes = _Rollouts(registry, judged)
    router = APIRouter(prefix="/api/v1/models/{model_id}/aliases/{alias}", route_class=StrictRoute)
    router.add_api_route("/rollout", routes.get, methods=["GET"])
    router.add_api_route("/rollout", routes.put, methods=["PUT"])
    router.add_api_route("/rollout", routes.patch, methods=["PATCH"])
    return router
