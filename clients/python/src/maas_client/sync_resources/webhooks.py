"""Made by tools/client_sync.py from maas_client/resources/webhooks.py: do not edit."""

from collections.abc import Sequence

from maas_client.answers import Delivery, NewWebhook, Webhook
from maas_client.portal import Portal, SyncPages
from maas_client.resources import webhooks as asynchronous


class Webhooks:
    """Signed requests to the organization's own URLs. All operations need the scope webhooks:admin."""

    def __init__(self, portal: Portal, inner: asynchronous.Webhooks) -> None:
        self._portal, self._inner = portal, inner

    def create(
        self,
        url: str,
        *,
        events: Sequence[str] | None = None,
        description: str | None = None,
        enabled: bool | None = None,
        timeout: float | None = None,
    ) -> NewWebhook:
        """Makes a webhook, by default for every type of event. This answer alone has its secret."""
        return self._portal.run(
            self._inner.create, url, events=events, description=description, enabled=enabled, timeout=timeout
        )

    def list(self, *, limit: int | None = None, timeout: float | None = None) -> SyncPages[Webhook]:
        """Returns the webhooks, the oldest first."""
        return SyncPages(self._portal, self._inner.list(limit=limit, timeout=timeout))

    def get(self, webhook_id: str, *, timeout: float | None = None) -> Webhook:
        """Reads a webhook. Raises NotFound."""
        return self._portal.run(self._inner.get, webhook_id, timeout=timeout)

    def update(
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
        return self._portal.run(
            self._inner.update,
            webhook_id,
            url=url,
            events=events,
            description=description,
            enabled=enabled,
            timeout=timeout,
        )

    def delete(self, webhook_id: str, *, timeout: float | None = None) -> None:
        """Deletes a webhook."""
        self._portal.run(self._inner.delete, webhook_id, timeout=timeout)

    def rotate_secret(
        self, webhook_id: str, *, grace_seconds: int | None = None, timeout: float | None = None
    ) -> NewWebhook:
        """Gives a webhook a new secret. The one before signs too for `grace_seconds` more, by default a day."""
        return self._portal.run(self._inner.rotate_secret, webhook_id, grace_seconds=grace_seconds, timeout=timeout)

    def deliveries(
        self, webhook_id: str, *, limit: int | None = None, timeout: float | None = None
    ) -> SyncPages[Delivery]:
        """Returns what a webhook was sent, the newest first."""
        return SyncPages(self._portal, self._inner.deliveries(webhook_id, limit=limit, timeout=timeout))

    def redeliver(self, webhook_id: str, delivery_id: str, *, timeout: float | None = None) -> Delivery:
        """Sends an event again."""
        return self._portal.run(self._inner.redeliver, webhook_id, delivery_id, timeout=timeout)

    def test(self, webhook_id: str, *, timeout: float | None = None) -> Delivery:
        """Sends an event of the type Test."""
        return self._portal.run(self._inner.test, webhook_id, timeout=timeout)
