"""What a caller may still do: its credential, as it was issued, against the records as they are now.

Roles that were cut, a disabled or deleted member, an ended session, a revoked key and an issuer that is not trusted any
more take effect here. See
docs/decisions/0046-access-ends-at-the-records.md.
"""

from dataclasses import replace
from datetime import datetime

from maas.domain.errors import Unauthenticated
from maas.domain.identity.accounts import Session, User
from maas.domain.identity.api_keys import ApiKey
from maas.domain.identity.credentials import KEY, parsed_credential
from maas.domain.identity.grants import SubjectKind, guest, holder
from maas.domain.identity.principals import Principal
from maas.domain.identity.trusted_issuers import TrustedIssuer

Credential = Session | ApiKey | TrustedIssuer


def holders_of(by: Principal) -> frozenset[str]:
    """The holders whose grants count for a caller: itself, its key, and its organization at home and as a guest."""
    kind, credential_id = parsed_credential(by.credential)
    subjects = {SubjectKind.USER: by.subject, SubjectKind.ORGANIZATION: by.tenant_id}
    if kind == KEY:
        subjects[SubjectKind.KEY] = credential_id
    own = (holder(of, subject, by.tenant_id) for of, subject in subjects.items())
    return frozenset({*own, guest(by.tenant_id)})


def standing(by: Principal, member: User | None, credential: Credential | None, now: datetime) -> Principal:
    """The caller with the rights that it has now, but for its grants.

    A caller without a credential, from a token of an earlier release, is checked by its member's record alone.

    Raises:
        Unauthenticated: the member or the credential is gone, disabled or expired.
    """
    if member is None or member.disabled:
        raise Unauthenticated("the account does not exist any more, or is disabled")
    if not by.credential:
        return replace(by, roles=member.roles)
    if credential is None or not _is_shown(credential, by, now) or credential.has_ended(now):
        raise session_ended()
    if isinstance(credential, Session) and member.has_ended(credential):
        raise session_ended()
    now_able = replace(by, roles=member.roles, scopes=by.scopes & credential.scopes)
    if isinstance(credential, ApiKey | TrustedIssuer):
        return replace(now_able, narrowed=credential.models, networks=credential.networks)
    return now_able


def session_ended() -> Unauthenticated:
    return Unauthenticated(
        "the session has ended, the key is revoked or expired, or the issuer is not trusted now; get a new credential"
    )


def _is_shown(credential: Credential, by: Principal, now: datetime) -> bool:
    """Returns whether it is the caller's, and what the caller has shown is still enough for it."""
    fingerprint = by.credential.partition(".")[2]
    if fingerprint and isinstance(credential, ApiKey) and not credential.still_accepts(fingerprint, now):
        return False
    if isinstance(credential, TrustedIssuer) and fingerprint != credential.fingerprint:
        return False
    return (credential.tenant_id, credential.user_id) == (by.tenant_id, by.subject)
