"""Grants on models between the domain and the contract."""

from maas.contracts.grants import GrantAnswer, SetGrant
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
