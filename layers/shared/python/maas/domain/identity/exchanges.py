"""Exchanges of ID tokens for access tokens, as events. No event has a token."""

from collections.abc import Collection
from datetime import datetime

from maas.domain.identity.actors import Actor
from maas.domain.identity.conditions import claim_text
from maas.domain.identity.credentials import ISSUER, credential_of
from maas.domain.identity.events import IdentityEventType
from maas.domain.identity.id_tokens import IdToken
from maas.domain.identity.identity_event import IdentityEvent, event_about
from maas.domain.identity.principals import Scope
from maas.domain.identity.trusted_issuers import TrustedIssuer

# Characters of one claim in an event.
_CLAIM_SHOWN = 512


def token_exchanged(
    trusted: TrustedIssuer, token: IdToken, scopes: Collection[Scope], by: Actor, at: datetime
) -> IdentityEvent:
    """A token was exchanged: whose it is, by its subject and the claims that have met a condition, and for what."""
    met = sorted({"sub", *trusted.conditions})
    claims = {claim: (claim_text(token.claims[claim]) or "")[:_CLAIM_SHOWN] for claim in met}
    after = {
        "issuer": token.issuer,
        "audience": token.audience,
        "claims": claims,
        "service_account_id": trusted.service_account_id,
        "scopes": sorted(scopes),
        "lifetime_seconds": trusted.lifetime,
    }
    what = credential_of(ISSUER, trusted.id)
    return event_about(IdentityEventType.TOKEN_EXCHANGED, trusted.tenant_id, what, by, at, after=after)
