"""The events of `maas.identity` on the bus, one pydantic model per type, as in event_schemas.py."""

from typing import Literal

from pydantic import Field

from maas.contracts.base import Answer
from maas.domain.identity.principals import Role, Scope
from tools.event_fields import IdentityBody, Time
from tools.issuer_event_schemas import (
    TokenExchanged,
    TrustedIssuerCreated,
    TrustedIssuerDeleted,
    TrustedIssuerUpdated,
)
from tools.webhook_event_schemas import (
    WebhookCreated,
    WebhookDeleted,
    WebhookDisabled,
    WebhookSecretRotated,
    WebhookUpdated,
)


class OrganizationSummary(Answer):
    """An organization."""

    name: str


class UserSummary(Answer):
    """A person as a member of the organization."""

    email: str
    email_verified: bool
    name: str
    roles: list[Role]
    disabled: bool


class ServiceAccountSummary(Answer):
    """A service account."""

    name: str
    roles: list[Role]
    disabled: bool


class SessionSummary(Answer):
    """A session."""

    user_id: str
    scopes: list[Scope]
    agent: str | None = Field(description="What the client says it is (User-Agent).")
    expires_at: Time


class InvitationSummary(Answer):
    """An invitation."""

    email: str
    roles: list[Role]
    invited_by: str
    expires_at: Time
    mailed: bool = Field(description="Whether its token went to the address by mail, and to nobody else.")


class KeySummary(Answer):
    """An API key."""

    user_id: str = Field(description="The user or service account that it acts for.")
    name: str
    scopes: list[Scope]
    models: dict[str, str] | None = Field(description="Ranges of versions by models; null for all models.")
    networks: list[str]
    expires_at: Time | None
    created_by: str


class OrganizationCreated(IdentityBody):
    """An organization was registered."""

    type: Literal["OrganizationCreated"]
    before: None
    after: OrganizationSummary


class UserCreated(IdentityBody):
    """A person became a member: as the founder, or by an invitation."""

    type: Literal["UserCreated"]
    before: None
    after: UserSummary


class UserUpdated(IdentityBody):
    """Roles, state or name of a member changed. `sessions` in `changed` says that its sessions have ended too."""

    type: Literal["UserUpdated"]
    before: UserSummary
    after: UserSummary


class UserDeleted(IdentityBody):
    """A member was deleted. KeyRevoked follows for each of its keys; its sessions end without events of their own."""

    type: Literal["UserDeleted"]
    before: UserSummary
    after: None


class PasswordChanged(IdentityBody):
    """A person changed its password, and showed the one before. All its other sessions have ended.

    Each organization of the person has an event.
    """

    type: Literal["PasswordChanged"]
    before: None
    after: None


class PasswordReset(IdentityBody):
    """A password was replaced with the token of a mail. All sessions of the person have ended.

    Each organization of the person has an event.
    """

    type: Literal["PasswordReset"]
    before: None
    after: None


class EmailVerified(IdentityBody):
    """A person has shown to read the mail of its address: by a token, a new password, or joining by mail.

    Each organization of the person has an event. A member that joins verified has none.
    """

    type: Literal["EmailVerified"]
    before: None
    after: None


class SignedIn(IdentityBody):
    """A session began."""

    type: Literal["SignedIn"]
    before: None
    after: SessionSummary


class SessionEnded(IdentityBody):
    """A session was ended by its user. Sessions that expire have no event."""

    type: Literal["SessionEnded"]
    before: SessionSummary
    after: None


class SessionsEnded(IdentityBody):
    """A user ended all of its sessions."""

    type: Literal["SessionsEnded"]
    before: None
    after: None


class RefreshTokenReused(IdentityBody):
    """A refresh token was shown twice, so somebody may have stolen it. Its session was ended."""

    type: Literal["RefreshTokenReused"]
    before: SessionSummary
    after: None


class InvitationCreated(IdentityBody):
    """A person was invited."""

    type: Literal["InvitationCreated"]
    before: None
    after: InvitationSummary


class InvitationRenewed(IdentityBody):
    """A repeated request made its invitation again, with another token."""

    type: Literal["InvitationRenewed"]
    before: InvitationSummary
    after: InvitationSummary


class InvitationRevoked(IdentityBody):
    """An invitation was deleted before it was used."""

    type: Literal["InvitationRevoked"]
    before: InvitationSummary
    after: None


class InvitationAccepted(IdentityBody):
    """An invitation was used up. UserCreated is of the same transaction; `subject` is the new member."""

    type: Literal["InvitationAccepted"]
    before: InvitationSummary
    after: None


class KeyCreated(IdentityBody):
    """An API key was made."""

    type: Literal["KeyCreated"]
    before: None
    after: KeySummary


class KeyUpdated(IdentityBody):
    """Name, scopes, models, networks or expiry of an API key changed."""

    type: Literal["KeyUpdated"]
    before: KeySummary
    after: KeySummary


class KeyRotated(IdentityBody):
    """An API key got a new secret."""

    type: Literal["KeyRotated"]
    before: KeySummary
    after: KeySummary


class KeyRevoked(IdentityBody):
    """An API key was deleted, by itself or with its owner."""

    type: Literal["KeyRevoked"]
    before: KeySummary
    after: None


class ServiceAccountCreated(IdentityBody):
    """A service account was made."""

    type: Literal["ServiceAccountCreated"]
    before: None
    after: ServiceAccountSummary


class ServiceAccountUpdated(IdentityBody):
    """Name, roles or state of a service account changed."""

    type: Literal["ServiceAccountUpdated"]
    before: ServiceAccountSummary
    after: ServiceAccountSummary


class ServiceAccountDeleted(IdentityBody):
    """A service account was deleted."""

    type: Literal["ServiceAccountDeleted"]
    before: ServiceAccountSummary
    after: None


AnyIdentityEvent = (
    OrganizationCreated
    | UserCreated
    | UserUpdated
    | UserDeleted
    | PasswordChanged
    | PasswordReset
    | EmailVerified
    | SignedIn
    | SessionEnded
    | SessionsEnded
    | RefreshTokenReused
    | InvitationCreated
    | InvitationRenewed
    | InvitationRevoked
    | InvitationAccepted
    | KeyCreated
    | KeyUpdated
    | KeyRotated
    | KeyRevoked
    | ServiceAccountCreated
    | ServiceAccountUpdated
    | ServiceAccountDeleted
    | TrustedIssuerCreated
    | TrustedIssuerUpdated
    | TrustedIssuerDeleted
    | TokenExchanged
    | WebhookCreated
    | WebhookUpdated
    | WebhookSecretRotated
    | WebhookDisabled
    | WebhookDeleted
)
