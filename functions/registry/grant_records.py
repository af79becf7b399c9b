"""Grants on models as plain values, and back."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from maas.domain.identity.grants import ModelGrant, SubjectKind
from maas.domain.identity.principals import GRANT_ROLES, Role


def grant_values(grant: ModelGrant) -> dict[str, Any]:
    return {
        "model_id": grant.model_id,
        "tenant_id": grant.tenant_id,
        "subject": grant.subject,
        "kind": str(grant.kind),
        "role": str(grant.role),
        "granted_by": grant.granted_by,
        "granted_at": grant.granted_at.isoformat(),
    }


def grant_of(values: Mapping[str, Any]) -> ModelGrant:
    return ModelGrant(
        model_id=values["model_id"],
        tenant_id=values["tenant_id"],
        subject=values["subject"],
        kind=SubjectKind(values["kind"]),
        role=Role(values["role"]),
        granted_by=values["granted_by"],
        granted_at=datetime.fromisoformat(values["granted_at"]),
    )


def roles_in(granted: Iterable[Mapping[str, Any]]) -> Mapping[str, frozenset[Role]]:
    """The roles on each model, added up over the items of several holders."""
    found: dict[str, frozenset[Role]] = {}
    for item in granted:
        for model_id, role in item.items():
            if role in GRANT_ROLES:  # the other attributes are the key and the number of grants
                found[model_id] = found.get(model_id, frozenset()) | {Role(role)}
    return found
