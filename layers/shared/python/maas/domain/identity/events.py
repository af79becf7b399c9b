"""The events of changes in the identity table, made by one pure function; docs/events.md shows each type.

Not an event are notes that change nothing for anybody: the last use of a key, counters of attempts, times of mails, the
refresh of a session, and a hash that is made again from the same password.
"""

from collections.abc import Iterator, Mapping
from dataclasses import fields
from datetime import datetime
from enum import StrEnum
from typing import Any

from maas.domain.identity.accounts import MemberKind, Organization, Session, User
from maas.domain.identity.actors import Actor
from maas.domain.identity.api_keys import ApiKey
from maas.domain.identity.credentials import ISSUER, KEY, SESSION, credential_of
from maas.domain.identity.identity_event import IdentityEvent, event_about
from maas.domain.identity.invitations import Invitation
from maas.domain.identity.trusted_issuers import TrustedIssuer

Record = Organization | User | Session | Invitation | ApiKey | TrustedIssuer


class IdentityEventType(StrEnum):
    """The `detail-type` on the bus."""

    ORGANIZATION_CREATED = "OrganizationCreated"
    USER_CREATED = "UserCreated"
    USER_UPDATED = "UserUpdated"
    USER_DELETED = "UserDeleted"
    PASSWORD_CHANGED = "PasswordChanged"  # noqa: S105 - the name of a type
    PASSWORD_RESET = "PasswordReset"  # noqa: S105 - the same
    EMAIL_VERIFIED = "EmailVerified"
    SIGNED_IN = "SignedIn"
    SESSION_ENDED = "SessionEnded"
    SESSIONS_ENDED = "SessionsEnded"
    REFRESH_TOKEN_REUSED = "RefreshTokenReused"  # noqa: S105 - the same
    INVITATION_CREATED = "InvitationCreated"
    INVITATION_RENEWED = "InvitationRenewed"
    INVITATION_REVOKED = "InvitationRevoked"
    INVITATION_ACCEPTED = "InvitationAccepted"
    KEY_CREATED = "KeyCreated"
    KEY_UPDATED = "KeyUpdated"
    KEY_ROTATED = "KeyRotated"
    KEY_REVOKED = "KeyRevoked"
    SERVICE_ACCOUNT_CREATED = "ServiceAccountCreated"
    SERVICE_ACCOUNT_UPDATED = "ServiceAccountUpdated"
    SERVICE_ACCOUNT_DELETED = "ServiceAccountDeleted"
    TRUSTED_ISSUER_CREATED = "TrustedIssuerCreated"
    TRUSTED_ISSUER_UPDATED = "TrustedIssuerUpdated"
    TRUSTED_ISSUER_DELETED = "TrustedIssuerDeleted"
    TOKEN_EXCHANGED = "TokenExchanged"  # noqa: S105 - the same


# What `changed` calls fields that are parts of something else; no event has their values.
_NAMES = {
    "password_id": "password",
    "sessions_after": "sessions",
    "digest": "secret",
    "previous_digest": "secret",
    "previous_until": "secret",
}
# Notes that no event is about.
_NOT_COMPARED = frozenset({"last_used_at", "last_used_from", "rotations", "family", "refreshed_at"})


def event_of(
    before: Record | None, after: Record | None, by: Actor, at: datetime, kind: IdentityEventType | None = None
) -> IdentityEvent:
    """The event of a record that is made (`before` is None), changed, or ended (`after` is None).

    The type follows from the two, unless `kind` is another reason for the same change.
    """
    record = after or before
    assert record is not None  # a change has a record
    what, changed = object_of(record), _changed(before, after) if before and after else ()
    return event_about(
        kind or _type_of(what.partition("/")[0], before, after, changed),
        tenant_of(record),
        what,
        by,
        at,
        changed=changed,
        before=_summary(before) if before else None,
        after=_summary(after) if after else None,
    )


def tenant_of(record: Record) -> str:
    """The id of the organization that a record belongs to, or is."""
    return record.id if isinstance(record, Organization) else record.tenant_id


def object_of(record: Record) -> str:
    """Kind and id of a record, as `object` names it."""
    match record:
        case Organization():
            return f"organization/{record.id}"
        case User():
            return f"{'user' if record.kind is MemberKind.PERSON else 'service_account'}/{record.id}"
        case Session():
            return credential_of(SESSION, record.id)
        case Invitation():
            return f"invitation/{record.id}"
        case ApiKey():
            return credential_of(KEY, record.id)
        case TrustedIssuer():
            return credential_of(ISSUER, record.id)


_TYPES: Mapping[str, tuple[IdentityEventType, IdentityEventType, IdentityEventType]] = {
    "organization": (IdentityEventType.ORGANIZATION_CREATED,) * 3,  # it is never changed or deleted
    "user": (IdentityEventType.USER_CREATED, IdentityEventType.USER_UPDATED, IdentityEventType.USER_DELETED),
    "service_account": (
        IdentityEventType.SERVICE_ACCOUNT_CREATED,
        IdentityEventType.SERVICE_ACCOUNT_UPDATED,
        IdentityEventType.SERVICE_ACCOUNT_DELETED,
    ),
    "session": (IdentityEventType.SIGNED_IN, IdentityEventType.SIGNED_IN, IdentityEventType.SESSION_ENDED),
    "invitation": (
        IdentityEventType.INVITATION_CREATED,
        IdentityEventType.INVITATION_RENEWED,
        IdentityEventType.INVITATION_REVOKED,
    ),
    "key": (IdentityEventType.KEY_CREATED, IdentityEventType.KEY_UPDATED, IdentityEventType.KEY_REVOKED),
    "issuer": (
        IdentityEventType.TRUSTED_ISSUER_CREATED,
        IdentityEventType.TRUSTED_ISSUER_UPDATED,
        IdentityEventType.TRUSTED_ISSUER_DELETED,
    ),
}
# Changes that have a type of their own.
_PARTS: Mapping[tuple[str, tuple[str, ...]], IdentityEventType] = {
    ("key", ("secret",)): IdentityEventType.KEY_ROTATED,
}


def _type_of(kind: str, before: Record | None, after: Record | None, changed: tuple[str, ...]) -> IdentityEventType:
    created, updated, ended = _TYPES[kind]
    if before is None:
        return created
    return ended if after is None else _PARTS.get((kind, changed), updated)


def _changed(before: Record, after: Record) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_differing(before, after)))


def _differing(before: Record, after: Record) -> Iterator[str]:
    for field in fields(before):
        if field.name not in _NOT_COMPARED and getattr(before, field.name) != getattr(after, field.name):
            yield _NAMES.get(field.name, field.name)


def _summary(record: Record) -> dict[str, Any]:
    """The fields of a record that no secret follows from."""
    match record:
        case Organization():
            return {"name": record.name}
        case User():
            return _member_summary(record)
        case Session():
            return {
                "user_id": record.user_id,
                "scopes": sorted(record.scopes),
                "agent": record.client.agent or None,
                "expires_at": record.expires_at.isoformat(),
            }
        case Invitation():
            return {
                "email": record.email,
                "roles": sorted(record.roles),
                "invited_by": record.invited_by,
                "expires_at": record.expires_at.isoformat(),
                "mailed": record.mailed,
            }
        case ApiKey():
            return _key_summary(record)
        case TrustedIssuer():
            return _issuer_summary(record)


def _member_summary(member: User) -> dict[str, Any]:
    address: dict[str, Any] = {"email": member.email, "email_verified": member.email_verified}
    address = address if member.kind is MemberKind.PERSON else {}
    return {**address, "name": member.name, "roles": sorted(member.roles), "disabled": member.disabled}


def _key_summary(key: ApiKey) -> dict[str, Any]:
    return {
        "user_id": key.user_id,
        "name": key.name,
        "scopes": sorted(key.scopes),
        "models": None if key.models is None else dict(key.models),
        "networks": list(key.networks),
        "expires_at": key.expires_at.isoformat() if key.expires_at else None,
        "created_by": key.created_by,
    }


def _issuer_summary(trusted: TrustedIssuer) -> dict[str, Any]:
    return {
        "name": trusted.name,
        "issuer": trusted.issuer,
        "audience": trusted.audience,
        "conditions": {claim: list(values) for claim, values in trusted.conditions.items()},
        "service_account_id": trusted.service_account_id,
        "scopes": sorted(trusted.scopes),
        "models": None if trusted.models is None else dict(trusted.models),
        "networks": list(trusted.networks),
        "lifetime_seconds": trusted.lifetime,
        "disabled": trusted.disabled,
    }
