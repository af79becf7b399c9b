"""Grants on models between the domain and the contract."""

from maas.contracts.grants import GrantAnswer, HeldGrantAnswer, SetGrant
from maas.domain.identity.grants import ModelGrant, WantedGrant


def wanted_grant(body: SetGrant, subject: str) -> WantedGrant:
    return WantedGrant(subject, body.kind, body.role)


def grant_answer(grant: ModelGrant) -> GrantAnswer:
    return GrantAnswer(
        subject=grant.subject,
        kind=grant.kind,
        role=grant.role,
        granted_by=grant.granted_by,
        granted_at=grant.granted_at,
    )


def held_grant_answer(grant: ModelGrant) -> HeldGrantAnswer:
    return HeldGrantAnswer(
        model_id=grant.model_id,
        tenant_id=grant.tenant_id,
        kind=grant.kind,
        role=grant.role,
        granted_by=grant.granted_by,
        granted_at=grant.granted_at,
    )
