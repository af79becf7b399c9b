"""An admin's choices for a trusted issuer, as they were written, and the rules of each value."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from maas.domain import value_rules
from maas.domain.errors import InvalidInput, Rule
from maas.domain.identity.conditions import conditions
from maas.domain.identity.key_terms import models, scopes
from maas.domain.identity.networks import networks
from maas.domain.identity.trusted_issuers import (
    AUDIENCE_PREFIX,
    LIFETIME_MAX,
    LIFETIME_MIN,
    TrustedIssuer,
    default_audience,
)
from maas.domain.outbound.urls import outbound_url

ISSUERS_MAX = 50
AUDIENCE_MAX = 256
# The path of an issuer's description, below its URL (OpenID Connect Discovery 1.0, 4).
DISCOVERY = "/.well-known/openid-configuration"


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuerTerms:
    """The chosen values. In a change, None keeps a value as it is."""

    name: str | None = None
    issuer: str | None = None
    audience: str | None = None
    conditions: Mapping[str, Sequence[str]] | None = None
    scopes: Sequence[str] | None = None
    models: Mapping[str, str] | None = None
    networks: Sequence[str] | None = None
    lifetime: int | None = None
    disabled: bool | None = None

    def applied(self, before: TrustedIssuer, *, loopback: bool) -> TrustedIssuer:
        """The trusted issuer with these values in stored form; `loopback` allows issuers on this machine.

        Raises:
            InvalidInput
        """
        return replace(
            before,
            name=before.name if self.name is None else value_rules.name(self.name),
            issuer=before.issuer if self.issuer is None else _issuer(self.issuer, loopback=loopback),
            audience=before.audience if self.audience is None else _audience(self.audience, before.tenant_id),
            conditions=before.conditions if self.conditions is None else conditions(self.conditions),
            scopes=before.scopes if self.scopes is None else scopes(self.scopes),
            models=before.models if self.models is None else models(self.models),
            networks=before.networks if self.networks is None else networks(self.networks),
            lifetime=before.lifetime if self.lifetime is None else _lifetime(self.lifetime),
            disabled=before.disabled if self.disabled is None else self.disabled,
        )


def _issuer(text: str, *, loopback: bool) -> str:
    """The text as it is: the `iss` of a token must be equal to it."""
    outbound_url(text + DISCOVERY, "issuer", loopback=loopback)
    if "?" in text:
        raise InvalidInput.of("issuer", Rule.URL, "must have no query (OpenID Connect Discovery 1.0, 3)")
    return text


def _audience(text: str, tenant_id: str) -> str:
    audience, own = value_rules.label("audience", text, minimum=1, maximum=AUDIENCE_MAX), default_audience(tenant_id)
    if audience.startswith(AUDIENCE_PREFIX) and audience != own:
        raise InvalidInput.of("audience", Rule.RESERVED, f"must be {own} if it begins with {AUDIENCE_PREFIX}")
    return audience


def _lifetime(seconds: int) -> int:
    if not LIFETIME_MIN <= seconds <= LIFETIME_MAX:
        raise InvalidInput.of("lifetime_seconds", Rule.RANGE, f"must be from {LIFETIME_MIN} to {LIFETIME_MAX}")
    return seconds
