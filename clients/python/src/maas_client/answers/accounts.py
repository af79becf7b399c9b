"""Answers about accounts, keys and members. Secrets are left out of every repr."""

from typing import Literal

from pydantic import Field

from maas_client.answers.base import Answer, Moment, Seconds


class User(Answer):
    """A user, and the name of the organization whose id is `tenant_id`."""

    id: str
    email: str
    email_verified: bool
    name: str
    tenant_id: str
    organization: str
    roles: list[str]
    created_at: Moment


class Tokens(Answer):
    """An access token and a refresh token; lifetimes in seconds."""

    access_token: str = Field(repr=False)
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - a scheme, not a secret
    expires_in: Seconds
    refresh_token: str = Field(repr=False)
    refresh_expires_in: Seconds
    scope: str


class Membership(Answer):
    """One of the caller's organizations, and the member that the caller is there."""

    id: str
    name: str
    user_id: str
    roles: list[str]
    state: str
    current: bool


class Memberships(Answer):
    items: list[Membership]


class LoginSession(Answer):
    """A session from login to logout. `current` is the one of this request."""

    id: str
    created_at: Moment
    refreshed_at: Moment | None
    expires_at: Moment
    address: str | None
    user_agent: str | None
    scope: str
    current: bool


class Member(Answer):
    """A member of the organization. `state` is active or disabled."""

    id: str
    email: str
    email_verified: bool
    name: str
    roles: list[str]
    state: str
    created_at: Moment


class Invitation(Answer):
    """An open invitation. `invited_by` is the id of the admin. If `mailed`, the token went to the address alone."""

    id: str
    email: str
    roles: list[str]
    invited_by: str
    created_at: Moment
    expires_at: Moment
    mailed: bool


class NewInvitation(Invitation):
    """The one answer that has the token. It is None if it was mailed."""

    token: str | None = Field(repr=False)


class ServiceAccount(Answer):
    """A member for programs. Its keys have its id as `owner_id`."""

    id: str
    name: str
    roles: list[str]
    disabled: bool
    created_at: Moment


class ApiKey(Answer):
    """A key without its text. `previous_until` ends the secret before."""

    id: str
    name: str
    owner_id: str
    scopes: list[str]
    models: dict[str, str] | None
    networks: list[str]
    created_by: str
    created_at: Moment
    expires_at: Moment | None
    previous_until: Moment | None
    last_used_at: Moment | None
    last_used_from: str | None


class NewApiKey(ApiKey):
    """The one answer that has the key's text."""

    key: str = Field(repr=False)
