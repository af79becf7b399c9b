"""Routes of webhooks."""

from fastapi import APIRouter, Request, Response

from maas.contracts.pages import PageAnswer
from maas.contracts.webhooks import (
    CreateWebhook,
    DeliveryAnswer,
    NewWebhookAnswer,
    PatchWebhook,
    RotateWebhookSecret,
    WebhookAnswer,
)
from maas.services.webhooks import WebhookService
from maas.web.idempotency import idempotent
from maas.web.paging import Paged, page_answer
from maas.web.presenters.webhooks import delivery_answer, new_webhook_answer, webhook_answer, webhook_terms
from maas.web.principal import WebhookAdmin
from maas.web.strict import StrictRoute

_WEBHOOKS = "/api/v1/webhooks"
_WEBHOOK = f"{_WEBHOOKS}/{{webhook_id}}"


class _Webhooks:
    def __init__(self, webhooks: WebhookService) -> None:
        self._webhooks = webhooks

    @idempotent("secret")
    async def create(self, caller: WebhookAdmin, body: CreateWebhook, response: Response) -> NewWebhookAnswer:
        new = self._webhooks.create(caller, webhook_terms(body))
        response.headers["location"] = f"{_WEBHOOKS}/{new.webhook.id}"
        response.headers["cache-control"] = "no-store"
        return new_webhook_answer(new)

    async def page(
        self, caller: WebhookAdmin, paging: Paged, request: Request, response: Response
    ) -> PageAnswer[WebhookAnswer]:
        found = self._webhooks.page(caller, limit=paging.limit, cursor=paging.cursor)
        return page_answer(request, response, found, webhook_answer)

    async def get(self, caller: WebhookAdmin, webhook_id: str) -> WebhookAnswer:
        return webhook_answer(self._webhooks.get(caller, webhook_id))

    async def patch(self, caller: WebhookAdmin, webhook_id: str, body: PatchWebhook) -> WebhookAnswer:
        return webhook_answer(self._webhooks.change(caller, webhook_id, webhook_terms(body)))

    async def delete(self, caller: WebhookAdmin, webhook_id: str) -> None:
        self._webhooks.remove(caller, webhook_id)

    @idempotent("secret")
    async def rotate(
        self, caller: WebhookAdmin, webhook_id: str, response: Response, body: RotateWebhookSecret | None = None
    ) -> NewWebhookAnswer:
        response.headers["cache-control"] = "no-store"
        grace = (body or RotateWebhookSecret()).grace_seconds
        return new_webhook_answer(self._webhooks.rotate(caller, webhook_id, grace))

    async def deliveries(
        self, caller: WebhookAdmin, webhook_id: str, paging: Paged, request: Request, response: Response
    ) -> PageAnswer[DeliveryAnswer]:
        found = self._webhooks.deliveries(caller, webhook_id, limit=paging.limit, cursor=paging.cursor)
        return page_answer(request, response, found, delivery_answer)

    @idempotent()
    async def redeliver(self, caller: WebhookAdmin, webhook_id: str, delivery_id: str) -> DeliveryAnswer:
        return delivery_answer(self._webhooks.redeliver(caller, webhook_id, delivery_id))

    @idempotent()
    async def test(self, caller: WebhookAdmin, webhook_id: str) -> DeliveryAnswer:
        return delivery_answer(self._webhooks.test(caller, webhook_id))


def webhooks_routes(webhooks: WebhookService) -> APIRouter:
    routes = _Webhooks(webhooks)
    router = APIRouter(route_class=StrictRoute)
    router.add_api_route(_WEBHOOKS, routes.create, methods=["POST"], status_code=201)
    router.add_api_route(_WEBHOOKS, routes.page, methods=["GET"])
    router.add_api_route(_WEBHOOK, routes.get, methods=["GET"])
    router.add_api_route(_WEBHOOK, routes.patch, methods=["PATCH"])
    router.add_api_route(_WEBHOOK, routes.delete, methods=["DELETE"], status_code=204)
    router.add_api_route(f"{_WEBHOOK}/rotate-secret", routes.rotate, methods=["POST"])
    router.add_api_route(f"{_WEBHOOK}/deliveries", routes.deliveries, methods=["GET"])
    router.add_api_route(
        f"{_WEBHOOK}/deliveries/{{delivery_id}}/redeliver", routes.redeliver, methods=["POST"], status_code=202
    )
    router.add_api_route(f"{_WEBHOOK}/test", routes.test, methods=["POST"], status_code=202)
    return router
