"""Models and versions with the fields that only the registry has: the table and the cache keep them, no wire does."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Self

from maas.domain.capturing.captures import Capture
from maas.domain.catalog.aliases import Alias
from maas.domain.catalog.model_names import ModelName
from maas.domain.catalog.models import Headline, Model
from maas.domain.catalog.versions import Version
from maas.domain.uploads.sessions import Upload


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredModel(Model):
    """A model as the registry stores it.

    `headline` is the version that the older contract shows: `latest`, or the newest draft while no release is
    published. `aliases` are by name. `deleted_revision` is the highest revision of any deleted version; a version
    created later starts above it. `capture` is what its owner wants to have stored of its predictions.
    """

    headline: Headline | None = None
    aliases: Mapping[str, Alias] = field(default_factory=dict)
    deleted_revision: int = 0
    capture: Capture | None = None

    @property
    def unique_name(self) -> ModelName:
        return ModelName.of(self.tenant_id, self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredVersion(Version):
    """A version as the registry stores it.

    `stored_bytes` is the size of its files, from the start of the upload on.
    """

    stored_bytes: int = 0

    def listed(self) -> Self:
        """The version without the texts that would make a page of a list too long."""
        artifact = self.artifact and replace(self.artifact, details={})
        return replace(self, model_card="", artifact=artifact)


Result = StoredModel | StoredVersion | Upload | Alias


@dataclass(frozen=True, slots=True)
class Effect:
    """The one effect that a call and its repeats have together, and its result, with which a repeat is answered.

    `id` is the caller's own, so it is unique with the caller's `tenant_id` and `subject` alone.
    """

    tenant_id: str
    subject: str
    id: str
    result: Result
    expires_at: datetime
