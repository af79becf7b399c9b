"""Signatures of the Standard Webhooks specification (https://www.standardwebhooks.com), version 1."""

import base64
import hashlib
import hmac
import os
from collections.abc import Iterable
from dataclasses import dataclass, field

_PREFIX = "whsec_"
_BYTES = 32


@dataclass(frozen=True, slots=True)
class WebhookSecret:
    """A signing secret; its text is what receivers paste into a library of the specification."""

    text: str = field(repr=False)

    @classmethod
    def fresh(cls) -> "WebhookSecret":
        return cls(_PREFIX + base64.b64encode(os.urandom(_BYTES)).decode())

    def signature(self, message_id: str, timestamp: int, body: bytes) -> str:
        key = base64.b64decode(self.text.removeprefix(_PREFIX))
        signed = f"{message_id}.{timestamp}.".encode() + body
        return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def signed_headers(secrets: Iterable[WebhookSecret], message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The headers of a delivery; with several secrets there is a signature by each."""
    signatures = " ".join(secret.signature(message_id, timestamp, body) for secret in secrets)
    return {
        "content-type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signatures,
    }
