"""Bodies of the routes of an organization's members."""

from datetime import datetime

from maas.contracts.base import Answer, Body


class PatchMember(Body):
    """Absent fields stay as they are."""

    roles: list[str] | None = None
    disabled: bool | None = None


class MemberAnswer(Answer):
    """A member. `state` is active or disabled."""

    id: str
    email: str
    email_verified: bool
    name: str
    roles: list[str]
    state: str
    created_at: datetime
