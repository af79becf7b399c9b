"""Bodies of accounts and tokens. Passwords and tokens stay out of every repr, and so out of logs."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from maas.contracts.base import Answer, Body


class RegisterBody(Body):
    """`name` is the user's, `organization` that of the new tenant; both are the e-mail address when left out."""

    email: str
    password: str = Field(repr=False)
    name: str | None = None
    organization: str | None = None


class LoginBody(Body):
    """`scope` narrows the tokens: space-separated (RFC 6749, 3.3); all that the roles allow when left out."""

    email: str
    password: str = Field(repr=False)
    scope: str | None = None


class RefreshTokenBody(Body):
    """For refresh and logout."""

    refresh_token: str = Field(repr=False)


class UserAnswer(Answer):
    """A user, and the name of the organization whose id is `tenant_id`."""

    id: str
    email: str
    name: str
    tenant_id: str
    organization: str
    roles: list[str]
    created_at: datetime


class TokenAnswer(Answer):
    """As in RFC 6749, 5.1; lifetimes in seconds."""

    access_token: str = Field(repr=False)
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - the scheme of RFC 6750, no secret
    expires_in: int
    refresh_token: str = Field(repr=False)
    refresh_expires_in: int
    scope: str


class KeysAnswer(Answer):
    """A JWK Set (RFC 7517, 5)."""

    keys: list[dict[str, str]]


class HealthAnswer(Answer):
    """The function answers; it says nothing of what is behind it."""

    status: str = "ok"
