"""Invitations: an admin asks a person to join the organization, once and within three days."""

import hmac
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from maas.domain.errors import AlreadyExists, InvalidInput, Rule, WrongState
from maas.domain.identity.accounts import MEMBERSHIPS_MAX, User
from maas.domain.identity.digests import digest_of
from maas.domain.identity.principals import Role

INVITATION_LIFETIME = timedelta(hours=72)
# Open invitations of an organization.
INVITATIONS_MAX = 200
_TOKEN_MAX = 160


@dataclass(frozen=True, slots=True)
class InvitationToken:
    """The text that the invited person shows: the ids of organization and invitation, and 256 random bits."""

    tenant_id: str
    invitation_id: str
    secret: str = field(repr=False)

    @classmethod
    def fresh(cls, tenant_id: str, invitation_id: str) -> "InvitationToken":
        return cls(tenant_id, invitation_id, secrets.token_urlsafe(32))

    @classmethod
    def parse(cls, text: str) -> "InvitationToken":
        """Raises InvalidInput (invitation) if `text` does not have the form of a token."""
        parts = text.split(".")
        if len(text) > _TOKEN_MAX or not text.isascii() or len(parts) != 3 or not all(parts):
            raise not_open()
        return cls(*parts)

    @property
    def digest(self) -> str:
        return digest_of(self.secret)

    def __str__(self) -> str:
        return f"{self.tenant_id}.{self.invitation_id}.{self.secret}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """An invitation that was not used yet; a used or revoked one has no record.

    It is good as long as `invited_by` is an active admin: whoever lost that role can't come back by it. If it was
    `mailed`, nobody but the reader of that mail has its token, so the token proves the address.
    """

    id: str
    tenant_id: str
    email: str
    roles: frozenset[Role]
    digest: str = field(repr=False)
    invited_by: str
    created_at: datetime
    expires_at: datetime
    mailed: bool = False

    def is_open(self, inviter: User | None, now: datetime) -> bool:
        """Returns whether somebody can join by it: it is not too late, and `inviter` is an active admin."""
        return now < self.expires_at and inviter is not None and Role.ADMIN in inviter.roles and not inviter.disabled

    def accepts(self, shown: InvitationToken, now: datetime) -> bool:
        """Returns whether the token is this invitation's, in constant time, and not too late."""
        return hmac.compare_digest(shown.digest, self.digest) and now < self.expires_at


def not_open() -> InvalidInput:
    """The refusal of a token. It does not tell whether there ever was such an invitation."""
    message = "must be an invitation that is open: this one is unknown, used, revoked or expired"
    return InvalidInput.of("invitation", Rule.EXISTS, message)


def already_member() -> AlreadyExists:
    return AlreadyExists.of("email", "the organization has a member with this e-mail address")


def too_many_organizations() -> WrongState:
    return WrongState.of("email", f"the address belongs to {MEMBERSHIPS_MAX} organizations, which is the most")
