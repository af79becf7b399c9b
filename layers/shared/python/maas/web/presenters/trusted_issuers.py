"""Trusted issuers between the domain and the contract."""

from maas.contracts.trusted_issuers import CreateTrustedIssuer, PatchTrustedIssuer, TrustedIssuerAnswer
from maas.domain.identity.issuer_terms import IssuerTerms
from maas.domain.identity.trusted_issuers import TrustedIssuer


def issuer_terms(body: CreateTrustedIssuer | PatchTrustedIssuer) -> IssuerTerms:
    return IssuerTerms(
        name=body.name,
        issuer=body.issuer,
        audience=body.audience,
        conditions=body.conditions,
        scopes=body.scopes,
        models=body.models,
        networks=body.networks,
        lifetime=body.lifetime_seconds,
        disabled=body.disabled if isinstance(body, PatchTrustedIssuer) else None,
    )


def trusted_issuer_answer(trusted: TrustedIssuer) -> TrustedIssuerAnswer:
    return TrustedIssuerAnswer(
        id=trusted.id,
        name=trusted.name,
        issuer=trusted.issuer,
        audience=trusted.audience,
        conditions={claim: list(values) for claim, values in trusted.conditions.items()},
        service_account_id=trusted.service_account_id,
        scopes=sorted(trusted.scopes),
        models=None if trusted.models is None else dict(trusted.models),
        networks=list(trusted.networks),
        lifetime_seconds=trusted.lifetime,
        disabled=trusted.disabled,
        created_by=trusted.created_by,
        created_at=trusted.created_at,
    )
