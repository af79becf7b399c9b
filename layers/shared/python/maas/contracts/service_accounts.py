"""Bodies of the service account routes."""

from datetime import datetime

from maas.contracts.base import Answer, Body


class CreateServiceAccount(Body):
    """A new member for programs."""

    name: str
    roles: list[str]


class PatchServiceAccount(Body):
    """A partial change; a field that is left out keeps its value."""

    name: str | None = None
    roles: list[str] | None = None
    disabled: bool | None = None


class ServiceAccountAnswer(Answer):
    """A service account. Its keys have its id as `owner_id`."""

    id: str
    name: str
    roles: list[str]
    disabled: bool
    created_at: datetime
