"""Bodies of the routes of invitations. The token is left out of every repr, so no log contains it."""

from datetime import datetime

from pydantic import Field

from maas.contracts.base import Answer, Body


class InviteBody(Body):
    email: str
    roles: list[str]


class InvitationAnswer(Answer):
    """An open invitation. `invited_by` is the id of the admin."""

    id: str
    email: str
    roles: list[str]
    invited_by: str
    created_at: datetime
    expires_at: datetime


class NewInvitationAnswer(InvitationAnswer):
    """The answer that has the token. No other one has it."""

    token: str = Field(repr=False)
