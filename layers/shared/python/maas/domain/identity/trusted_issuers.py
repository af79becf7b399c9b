"""Trusted issuers: whose ID tokens (OpenID Connect) are exchanged for access tokens of a service account."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from maas.domain.identity.conditions import Conditions
from maas.domain.identity.credentials import ISSUER
from maas.domain.identity.principals import Scope

# The audience that names one organization of MaaS. No other organization may trust a token for it.
AUDIENCE_PREFIX = "maas:"
# Seconds for which an access token is valid, at most and if nothing is chosen, and at least.
LIFETIME_MAX, LIFETIME_MIN = 900, 60
_FINGERPRINT = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedIssuer:
    """A token of `issuer` for `audience` that meets all `conditions` stands for the service account.

    `scopes`, `models` and `networks` limit the access tokens as they limit an API key, for `lifetime` seconds.
    """

    id: str
    tenant_id: str
    name: str
    issuer: str
    audience: str
    conditions: Conditions = field(default_factory=dict)
    service_account_id: str
    scopes: frozenset[Scope]
    models: Mapping[str, str] | None = None
    networks: tuple[str, ...] = ()
    lifetime: int = LIFETIME_MAX
    disabled: bool = False
    created_by: str
    created_at: datetime

    @property
    def fingerprint(self) -> str:
        """A text that changes with whatever decides whose tokens are accepted."""
        text = json.dumps([self.issuer, self.audience, sorted(self.conditions.items()), self.service_account_id])
        return hashlib.sha256(text.encode()).hexdigest()[:_FINGERPRINT]

    @property
    def credential(self) -> str:
        """The text that names it in access tokens. Tokens from before a change of its conditions end."""
        return f"{ISSUER}/{self.id}.{self.fingerprint}"

    @property
    def user_id(self) -> str:
        """The member that its access tokens act for."""
        return self.service_account_id

    def has_ended(self, _now: datetime) -> bool:
        """Returns whether it is disabled. A deleted one has no record."""
        return self.disabled


def default_audience(tenant_id: str) -> str:
    """The audience that only this organization accepts."""
    return f"{AUDIENCE_PREFIX}{tenant_id}"
