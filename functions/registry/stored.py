"""Models and versions with the fields that only the registry has: the table and the cache keep them, no wire does."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from maas.domain.catalog.aliases import Alias
from maas.domain.catalog.models import Headline, Model
from maas.domain.catalog.versions import Version


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredModel(Model):
    """A model as the registry stores it.

    `headline` is the version that the older contract shows: `latest`, or the newest draft while no release is
    published. `aliases` are by name. `deleted_revision` is the highest revision of any deleted version; a version
    created later starts above it.
    """

    headline: Headline | None = None
    aliases: Mapping[str, Alias] = field(default_factory=dict)
    deleted_revision: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredVersion(Version):
    """A version as the registry stores it.

    `upload_id` is the upload that its file comes from, so that a late result of an earlier upload is recognised.
    """

    upload_id: str = ""
