"""Bodies of the routes of a person's own account. Passwords are left out of every repr, so no log contains them."""

from datetime import datetime

from pydantic import Field

from maas.contracts.base import Answer, Body


class PatchMe(Body):
    """Absent fields stay as they are. A new `password` needs the current one."""

    name: str | None = None
    password: str | None = Field(default=None, repr=False)
    current_password: str | None = Field(default=None, repr=False)


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
