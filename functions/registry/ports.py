"""What the registry's services need of their store. The DynamoDB repository matches it; so does the tests' own."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from functions.registry.stored import StoredModel, StoredVersion
from maas.domain.catalog.aliases import AliasMove
from maas.domain.catalog.models import ModelFilter, ModelSort
from maas.domain.catalog.references import Reference
from maas.domain.errors import AlreadyExists
from maas.domain.identity.principals import Principal
from maas.domain.uploads.sessions import Upload

Record = StoredModel | StoredVersion | Upload | AliasMove


@dataclass(frozen=True, slots=True)
class Change:
    """One record's part in a transaction.

    `before` None: it must not exist yet. `after` None: it goes away, a version with its last upload.
    Both the same: it must exist, a version in the same state, a model none of whose versions was deleted since it was
    read, and stays.
    """

    before: Record | None
    after: Record | None


@dataclass(frozen=True, slots=True)
class ModelQuery:
    """Which models a list is about: those of one tenant, or with None those of all, which are sorted by time alone."""

    tenant_id: str | None
    narrowed: ModelFilter
    sort: ModelSort = ModelSort.NEWEST

    @property
    def has_counter(self) -> bool:
        """Whether its total is kept: no filter, or one alone, and that no range of names or times."""
        want = self.narrowed
        ranges = (want.q, want.name, want.created_after, want.created_before)
        lists = (want.owner_id, want.framework, want.status, want.is_public is not None, *want.tags)
        return self.tenant_id is not None and not any(ranges) and sum(map(bool, lists)) <= 1


@dataclass(frozen=True, slots=True)
class Found:
    """A part of a list, and the position after which it goes on; empty at its end."""

    models: tuple[StoredModel, ...]
    last: str = ""


class LostRace(Exception):
    """Another writer came between read and commit: `until_settled` reads again. No caller is told of it."""

    def __init__(self) -> None:
        super().__init__("it has been changed since it was read")


class Repository(Protocol):
    """Every method raises Unavailable when the store does not answer."""

    async def model(self, model_id: str, *, fresh: bool = True) -> StoredModel | None:
        """`fresh` False: a cache may answer, a few seconds old at most."""
        ...

    async def version(self, model_id: str, number: str, *, fresh: bool = True) -> StoredVersion | None:
        """The version of exactly this number, build metadata included; `fresh` as above."""
        ...

    async def upload(self, upload_id: str) -> Upload | None: ...

    async def models(self, query: ModelQuery, *, limit: int, after: str = "", skip: int = 0) -> Found:
        """At most `limit` after the position `after`, without the first `skip`; fewer where some change meanwhile."""
        ...

    async def count_models(self, query: ModelQuery) -> int: ...

    async def versions(self, model_id: str, *, limit: int, after: str = "") -> list[StoredVersion]:
        """At most `limit`, highest precedence first, those lower than the version `after`."""
        ...

    async def highest_published(self, model_id: str, reference: Reference, *, revision: int | None = None) -> str:
        """The number of the highest published version that a range matches; empty if there is none.

        Consistent, and of a cost that does not grow with the number of versions. With a `revision` of the model, a
        cache may answer what was true when the model had it: publishing and deprecating raise it.
        """
        ...

    async def alias_moves(
        self, model_id: str, alias: str, *, limit: int, until: datetime | None = None
    ) -> list[AliasMove]:
        """At most `limit`, newest first, none later than `until`; of a deleted alias too. Consistent."""
        ...

    async def commit(self, *changes: Change, by: Principal) -> None:
        """All of them or none, and with them their events, which name `by`.

        Raises:
            AlreadyExists: a new model's name, a new version's number or a new upload's id is taken.
            LostRace: a `before` is not what is stored any more.
        """
        ...

    async def purge(self, model_id: str) -> None:
        """Removes what a deleted model leaves behind: versions, their uploads, the history of aliases."""
        ...


def name_taken(name: str) -> AlreadyExists:
    """The same words from every store."""
    return AlreadyExists.of("name", f"a model named {name!r} exists already; add a version to it instead")


def version_taken(number: str) -> AlreadyExists:
    return AlreadyExists.of("version", f"version {number} exists already, or one that differs in build metadata only")


def upload_taken(upload_id: str) -> AlreadyExists:
    return AlreadyExists.of("upload_id", f"upload {upload_id} exists already")
