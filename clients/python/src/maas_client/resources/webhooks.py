"""Webhooks."""

from collections.abc import Sequence

from maas_client.answers import Delivery, NewWebhook, Webhook
from maas_client.http.api import Pages
from maas_client.http.calls import Call, given, listed, path
from maas_client.resources.base import Resource


class Webhooks(Resource):
    """Signed requests to the organization's own URLs. All operations need the scope webhooks:admin."""

    async def create(
        self,
        url: str,
        *,
        events: Sequence[str] | None = None,
        description: str | None = None,
        enabled: bool | None = None,
        timeout: float | None = None,
    ) -> NewWebhook:
        """Makes a webhook, by default for every type of event. This answer alone has its secret."""
        body = given(url=url, events=listed(events), description=description, enabled=enabled)
        return await self._api.call(Call("POST", path("webhooks"), body=body, keyed=True, timeout=timeout), NewWebhook)

    def list(self, *, limit: int | None = None, timeout: float | None = None) -> Pages[Webhook]:
        """Returns the webhooks, the oldest first."""
        return self._pages(Webhook, "webhooks", params={"limit": limit}, timeout=timeout)

    async def get(self, webhook_id: str, *, timeout: float | None = None) -> Webhook:
        """Reads a webhook. Raises NotFound."""
        return await self._api.call(Call("GET", path("webhooks", webhook_id), timeout=timeout), Webhook)

    async def update(
        self,
        webhook_id: str,
        *,
        url: str | None = None,
        events: Sequence[str] | None = None,
        description: str | None = None,
        enabled: bool | None = None,
        timeout: float | None = None,
    ) -> Webhook:
        """Changes the fields that are given; `enabled=True` enables it again."""
        body = given(url=url, events=listed(events), description=description, enabled=enabled)
        return await self._api.call(Call("PATCH", path("webhooks", webhook_id), body=body, timeout=timeout), Webhook)

    async def delete(self, webhook_id: str, *, timeout: float | None = None) -> None:
        """Deletes a webhook."""
        await self._api.send(Call("DELETE", path("webhooks", webhook_id), timeout=timeout))

    async def rotate_secret(
        self, webhook_id: str, *, grace_seconds: int | None = None, timeout: float | None = None
    ) -> NewWebhook:
        """Gives a webhook a new secret. The one before signs too for `grace_seconds` more, by default a day."""
        where, body = path("webhooks", webhook_id, "rotate-secret"), given(grace_seconds=grace_seconds)
        return await self._api.call(Call("POST", where, body=body, keyed=True, timeout=timeout), NewWebhook)

    def deliveries(self, webhook_id: str, *, limit: int | None = None, timeout: float | None = None) -> Pages[Delivery]:
        """Returns what a webhook was sent, the newest first."""
        return self._pages(Delivery, "webhooks", webhook_id, "deliveries", params={"limit": limit}, timeout=timeout)

    async def redeliver(self, webhook_id: str, delivery_id: str, *, timeout: float | None = None) -> Delivery:
        """Sends an event again."""
        where = path("webhooks", webhook_id, "deliveries", delivery_id, "redeliver")
        return await self._api.call(Call("POST", where, keyed=True, timeout=timeout), Delivery)

    async def test(self, webhook_id: str, *, timeout: float | None = None) -> Delivery:
        """Sends an event of the type Test."""
        where = path("webhooks", webhook_id, "test")
        return await self._api.call(Call("POST", where, keyed=True, timeout=timeout), Delivery)
