"""Signing secrets of webhooks, encrypted for the one webhook that they belong to."""

from collections.abc import Iterable

from maas.domain.webhooks.signatures import WebhookSecret
from maas.services.ports.idempotency import Sealer


def sealed(sealer: Sealer, webhook_id: str, secret: WebhookSecret) -> bytes:
    return sealer.seal(_name(webhook_id), secret.text.encode())


def unsealed(sealer: Sealer, webhook_id: str, texts: Iterable[bytes]) -> list[WebhookSecret]:
    """The secrets, without those whose key is gone."""
    found = (sealer.unseal(_name(webhook_id), text) for text in texts)
    return [WebhookSecret(each.decode()) for each in found if each is not None]


def _name(webhook_id: str) -> str:
    return f"webhook/{webhook_id}"
