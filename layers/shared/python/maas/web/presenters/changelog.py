"""A changelog from the domain to the contract."""

from collections.abc import Sequence

from maas.contracts.changelog import ChangelogAnswer, ChangelogEntry
from maas.domain.catalog.models import Model
from maas.domain.catalog.versions import Version


def changelog_answer(model: Model, versions: Sequence[Version], next_to: str) -> ChangelogAnswer:
    entries = [_entry(version) for version in versions]
    return ChangelogAnswer(model_id=model.id, name=model.name, items=entries, next_to=next_to or None)


def _entry(version: Version) -> ChangelogEntry:
    return ChangelogEntry(
        version=version.version,
        state=version.state,
        changelog=version.changelog,
        created_by=version.created_by or None,
        published_at=version.published_at,
        deprecated_at=version.deprecated_at,
        forced=version.forced or None,
    )
