"""Organizations, users, addresses and sessions as items of the identity table, for every process that reads it.

- `TENANT#<tenant>`, `ORGANIZATION`: name, created_at, admins (how many are active; one if it is missing)
- `TENANT#<tenant>`, `USER#<user>`: email, name, roles, created_at, disabled, kind (a person if it is missing),
  sessions_after, password_id, email_verified
- `EMAIL#<key>`, `CREDENTIALS`: tenant_id, user_id, password_hash, password_id, verified, memberships (one if it is
  missing). The key makes an address unique. Tenant and user are the first membership.
- `EMAIL#<key>`, `MAIL#<kind>`: mailed_at (Unix seconds), expires. When the address, with or without an account, has got
  its last mail of a kind.
- `EMAIL#<key>`, `MEMBER#<tenant>`: user_id. A further membership of the same person.
- `SESSION#<id>`, `SESSION`: tenant_id, user_id, scopes, digest, token_family, started_at, refreshed_at, address, agent,
  password_id, expires (Unix seconds, also the table's TTL)
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from maas.domain.identity.accounts import Client, Credentials, MemberKind, Organization, Session, User
from maas.domain.identity.addresses import email_key
from maas.domain.identity.principals import Role, Scope

Item = Mapping[str, Any]


# The attributes of the organization's item that count what it has.
SERVICE_ACCOUNT_COUNTER = "service_account_count"
TRUSTED_ISSUER_COUNTER = "trusted_issuer_count"
WEBHOOK_COUNTER = "webhook_count"


def organization_key(tenant_id: str) -> dict[str, str]:
    return {"pk": f"TENANT#{tenant_id}", "sk": "ORGANIZATION"}


def user_key(tenant_id: str, user_id: str) -> dict[str, str]:
    return {"pk": f"TENANT#{tenant_id}", "sk": f"USER#{user_id}"}


def credentials_key(email: str) -> dict[str, str]:
    return {"pk": f"EMAIL#{email_key(email)}", "sk": "CREDENTIALS"}


def membership_key(email: str, tenant_id: str) -> dict[str, str]:
    return {**credentials_key(email), "sk": f"MEMBER#{tenant_id}"}


def mail_key(email: str, kind: str) -> dict[str, str]:
    return {**credentials_key(email), "sk": f"MAIL#{kind}"}


def session_key(session_id: str) -> dict[str, str]:
    return {"pk": f"SESSION#{session_id}", "sk": "SESSION"}


def organization_item(organization: Organization) -> dict[str, Any]:
    values = {"name": organization.name, "created_at": organization.created_at.isoformat()}
    return {**organization_key(organization.id), **values}


def organization_of(tenant_id: str, item: Item) -> Organization:
    return Organization(id=tenant_id, name=item["name"], created_at=datetime.fromisoformat(item["created_at"]))


def user_item(user: User) -> dict[str, Any]:
    return {
        **user_key(user.tenant_id, user.id),
        "email": user.email,
        "name": user.name,
        "roles": sorted(user.roles),
        "created_at": user.created_at.isoformat(),
        **({"disabled": True} if user.disabled else {}),
        **({"kind": user.kind} if user.kind is not MemberKind.PERSON else {}),
        **({"sessions_after": user.sessions_after.isoformat()} if user.sessions_after else {}),
        **({"password_id": user.password_id} if user.password_id else {}),
        **({"email_verified": True} if user.email_verified else {}),
    }


def user_of(tenant_id: str, user_id: str, item: Item) -> User:
    return User(
        id=user_id,
        tenant_id=tenant_id,
        email=item["email"],
        name=item["name"],
        roles=frozenset(Role(role) for role in item["roles"]),
        created_at=datetime.fromisoformat(item["created_at"]),
        disabled=item.get("disabled", False),
        kind=MemberKind(item.get("kind", MemberKind.PERSON)),
        sessions_after=moment_in(item, "sessions_after"),
        password_id=item.get("password_id", ""),
        email_verified=item.get("email_verified", False),
    )


def credentials_item(user: User, password_hash: str) -> dict[str, Any]:
    values = {"tenant_id": user.tenant_id, "user_id": user.id, "password_hash": password_hash}
    verified = {"verified": True} if user.email_verified else {}
    return {**credentials_key(user.email), **values, **verified}


def credentials_of(item: Item) -> Credentials:
    return Credentials(
        tenant_id=item["tenant_id"],
        user_id=item["user_id"],
        password_hash=item["password_hash"],
        memberships=int(item.get("memberships", 1)),
        password_id=item.get("password_id", ""),
        verified=item.get("verified", False),
    )


def membership_item(user: User) -> dict[str, Any]:
    return {**membership_key(user.email, user.tenant_id), "user_id": user.id}


def session_item(session: Session) -> dict[str, Any]:
    return {
        **session_key(session.id),
        "tenant_id": session.tenant_id,
        "user_id": session.user_id,
        "scopes": sorted(session.scopes),
        "digest": session.digest,
        "expires": int(session.expires_at.timestamp()),
        **{name: value for name, value in _optional(session).items() if value},
    }


def _optional(session: Session) -> dict[str, str]:
    return {
        "token_family": session.family,
        "started_at": session.started_at.isoformat() if session.started_at else "",
        "refreshed_at": session.refreshed_at.isoformat() if session.refreshed_at else "",
        "address": session.client.address,
        "agent": session.client.agent,
        "password_id": session.password_id,
    }


def session_of(session_id: str, item: Item) -> Session:
    return Session(
        id=session_id,
        tenant_id=item["tenant_id"],
        user_id=item["user_id"],
        scopes=scopes_in(item),
        expires_at=datetime.fromtimestamp(int(item["expires"]), UTC),
        digest=item["digest"],
        family=item.get("token_family", ""),
        started_at=moment_in(item, "started_at"),
        refreshed_at=moment_in(item, "refreshed_at"),
        client=Client(item.get("address", ""), item.get("agent", "")),
        password_id=item.get("password_id", ""),
    )


def scopes_in(item: Item) -> frozenset[Scope]:
    return frozenset(Scope(scope) for scope in item["scopes"])


def moment_in(item: Item, name: str) -> datetime | None:
    return datetime.fromisoformat(item[name]) if name in item else None
