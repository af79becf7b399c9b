"""Answer of the changelog's route."""

from collections.abc import Sequence
from datetime import datetime

from maas.contracts.base import Answer
from maas.domain.catalog.models import Model
from maas.domain.catalog.versions import Version


class ChangelogEntry(Answer):
    version: str
    state: str
    changelog: str
    created_by: str | None
    published_at: datetime | None
    deprecated_at: datetime | None
    forced: str | None

    @classmethod
    def of(cls, version: Version) -> "ChangelogEntry":
        return cls(
            version=version.version,
            state=version.state,
            changelog=version.changelog,
            created_by=version.created_by or None,
            published_at=version.published_at,
            deprecated_at=version.deprecated_at,
            forced=version.forced or None,
        )


class ChangelogAnswer(Answer):
    """Highest precedence first. `next_to` goes into the query as `to` for what comes after; null at the end."""

    model_id: str
    name: str
    items: list[ChangelogEntry]
    next_to: str | None

    @classmethod
    def of(cls, model: Model, versions: Sequence[Version], next_to: str) -> "ChangelogAnswer":
        items = [ChangelogEntry.of(version) for version in versions]
        return cls(model_id=model.id, name=model.name, items=items, next_to=next_to or None)
