"""The route of an organization's limits."""

from fastapi import APIRouter

from maas.contracts.usage import UsageAnswer
from maas.services.usage import UsageService
from maas.web.presenters.usage import usage_answer
from maas.web.principal import Caller
from maas.web.strict import StrictRoute


class _Usage:
    def __init__(self, usage: UsageService) -> None:
        self._usage = usage

    async def show(self, caller: Caller) -> UsageAnswer:
        return usage_answer(await self._usage.room(caller))


def usage_routes(usage: UsageService) -> APIRouter:
    router = APIRouter(prefix="/api/v1/usage", route_class=StrictRoute)
    router.add_api_route("", _Usage(usage).show, methods=["GET"])
    return router
