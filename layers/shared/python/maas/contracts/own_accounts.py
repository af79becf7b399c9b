"""Bodies of the routes of a person's own account. Passwords are left out of every repr, so no log contains them."""

from datetime import datetime

from pydantic import Field

from maas.contracts.base import Answer, Body


class PatchMe(Body):
    """Absent fields stay as they are. A new `password` needs the current one."""

    name: str | None = None
    password: str | None = Field(default=None, repr=False)
    current_password: str | None = Field(default=None, repr=False)


class JoinBody(Body):
    """`invitation` is the token of an invitation to the caller's address."""

    invitation: str = Field(repr=False)


class MembershipAnswer(Answer):
    """One of the caller's organizations, and the member that the caller is in it. `current` is that of the request."""

    id: str
    name: str
    user_id: str
    roles: list[str]
    state: str
    current: bool


class MembershipsAnswer(Answer):
    """All organizations of the caller, at most 50."""

    items: list[MembershipAnswer]


class SessionAnswer(Answer):
    """A session from login to logout. `current` is the one of this request.

    `address` and `user_agent` are those of the login; null if they are not known. `refreshed_at` is null before the
    first refresh.
    """

    id: str
    created_at: datetime
    refreshed_at: datetime | None
    expires_at: datetime
    address: str | None
    user_agent: str | None
    scope: str
    current: bool
