"""Bodies of the routes of invitations. The token is left out of every repr, so no log contains it."""

from datetime import datetime

from pydantic import Field

from maas.contracts.base import Answer, Body


class InviteBody(Body):
    email: str
    roles: list[str]


class InvitationAnswer(Answer):
    """An open invitation. `invited_by` is the id of the admin. If `mailed`, the token went to the address alone."""

    id: str
    email: str
    roles: list[str]
    invited_by: str
    created_at: datetime
    expires_at: datetime
    mailed: bool


class NewInvitationAnswer(InvitationAnswer):
    """The answer that has the token. No other one has it, and none at all if the token was mailed."""

    token: str | None = Field(repr=False)
