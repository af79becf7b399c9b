"""Body of the changelog route."""

from datetime import datetime

from maas.contracts.base import Answer


class ChangelogEntry(Answer):
    version: str
    state: str
    changelog: str
    created_by: str | None
    published_at: datetime | None
    deprecated_at: datetime | None
    forced: str | None


class ChangelogAnswer(Answer):
    """Versions from the highest precedence down.

    `next_to` is the `to` of the query for the versions that follow; null at the end.
    """

    model_id: str
    name: str
    items: list[ChangelogEntry]
    next_to: str | None
