"""Trusted issuers as items of the identity table: `TENANT#<tenant>`, `ISSUER#<id>`."""

from datetime import datetime
from typing import Any

from maas.domain.identity.trusted_issuers import LIFETIME_MAX, TrustedIssuer
from maas.wire.identity.accounts import Item, scopes_in

PREFIX = "ISSUER#"
# Attributes that an item may lack.
OPTIONAL = ("models", "networks", "disabled")


def issuer_key(tenant_id: str, issuer_id: str) -> dict[str, str]:
    return {"pk": f"TENANT#{tenant_id}", "sk": f"{PREFIX}{issuer_id}"}


def issuer_item(trusted: TrustedIssuer) -> dict[str, Any]:
    """The item of a trusted issuer. Absent values are left out."""
    values = {
        **issuer_key(trusted.tenant_id, trusted.id),
        "name": trusted.name,
        "issuer": trusted.issuer,
        "audience": trusted.audience,
        "conditions": {claim: list(values) for claim, values in trusted.conditions.items()},
        "service_account_id": trusted.service_account_id,
        "scopes": sorted(trusted.scopes),
        "models": None if trusted.models is None else dict(trusted.models),
        "networks": list(trusted.networks) or None,
        "lifetime": trusted.lifetime,
        "disabled": trusted.disabled or None,
        "created_by": trusted.created_by,
        "created_at": trusted.created_at.isoformat(),
    }
    return {name: value for name, value in values.items() if value is not None}


def issuer_of(tenant_id: str, issuer_id: str, item: Item) -> TrustedIssuer:
    return TrustedIssuer(
        id=issuer_id,
        tenant_id=tenant_id,
        name=item["name"],
        issuer=item["issuer"],
        audience=item["audience"],
        conditions={claim: tuple(values) for claim, values in item["conditions"].items()},
        service_account_id=item["service_account_id"],
        scopes=scopes_in(item),
        models=item.get("models"),
        networks=tuple(item.get("networks", ())),
        lifetime=int(item.get("lifetime", LIFETIME_MAX)),
        disabled=item.get("disabled", False),
        created_by=item["created_by"],
        created_at=datetime.fromisoformat(item["created_at"]),
    )
