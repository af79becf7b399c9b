"""Bodies of the account and token routes. Passwords and tokens are left out of every repr, so no log contains them."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from maas.contracts.base import Answer, Body


class RegisterBody(Body):
    """A new user, and the name of the user's new organization (tenant). Both names default to the e-mail address.

    With an `invitation`, its token, the user joins the organization that has invited it. `verification` is the token of
    a mail to the address.
    """

    email: str
    password: str = Field(repr=False)
    name: str | None = None
    organization: str | None = None
    invitation: str | None = Field(default=None, repr=False)
    verification: str | None = Field(default=None, repr=False)


class LoginBody(Body):
    """`scope` limits the tokens to these scopes, separated by spaces (RFC 6749, 3.3).

    Without it, the tokens have every scope that the user's roles allow. `organization` is the id of the organization
    that they are for, if the account belongs to several.
    """

    email: str
    password: str = Field(repr=False)
    scope: str | None = None
    organization: str | None = None


class RefreshTokenBody(Body):
    """The body of refresh and of logout."""

    refresh_token: str = Field(repr=False)


class UserAnswer(Answer):
    """A user, and the name of the organization whose id is `tenant_id`."""

    id: str
    email: str
    email_verified: bool
    name: str
    tenant_id: str
    organization: str
    roles: list[str]
    created_at: datetime


class AcceptedAnswer(Answer):
    """The same for every address, with and without an account."""

    status: str = "accepted"


class TokenAnswer(Answer):
    """An access token and a refresh token (RFC 6749, 5.1); lifetimes in seconds."""

    access_token: str = Field(repr=False)
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - the scheme of RFC 6750, not a secret
    expires_in: int
    refresh_token: str = Field(repr=False)
    refresh_expires_in: int
    scope: str


class KeysAnswer(Answer):
    """A JWK Set (RFC 7517, 5)."""

    keys: list[dict[str, str]]


class HealthAnswer(Answer):
    """The function runs. Services that it depends on are not checked."""

    status: str = "ok"
