"""The route of a rollout's disagreements."""

from fastapi import APIRouter

from maas.contracts.disagreements import DisagreementsAnswer
from maas.services.disagreements import DisagreementService
from maas.web.model_paths import ModelRef
from maas.web.presenters.disagreements import disagreements_answer
from maas.web.principal import Reader
from maas.web.strict import StrictRoute


def disagreements_routes(disagreements: DisagreementService) -> APIRouter:
    router = APIRouter(prefix="/api/v1/models/{model_id}/aliases/{alias}", route_class=StrictRoute)

    @router.get("/rollout/disagreements")
    async def of_alias(caller: Reader, model_id: ModelRef, alias: str) -> DisagreementsAnswer:
        return disagreements_answer(*await disagreements.of_alias(caller, model_id, alias))

    return router
