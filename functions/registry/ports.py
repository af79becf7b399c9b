"""The port between the registry's services and its store. The DynamoDB repository implements it, and so do fakes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from functions.registry.content_ports import Contents
from functions.registry.name_ports import Names
from functions.registry.stored import Effect, Result, StoredModel, StoredVersion
from maas.domain.catalog.aliases import AliasMove
from maas.domain.catalog.models import ModelFilter, ModelSort
from maas.domain.catalog.references import Reference
from maas.domain.errors import AlreadyExists, WrongState
from maas.domain.identity.grants import GUEST_GRANTS_MAX, MODEL_GRANTS_MAX, SUBJECT_GRANTS_MAX, ModelGrant, SubjectKind
from maas.domain.identity.principals import Principal
from maas.domain.quotas import Usage
from maas.domain.uploads.sessions import Upload, UploadFile

Record = StoredModel | StoredVersion | Upload | AliasMove | ModelGrant


@dataclass(frozen=True, slots=True)
class Change:
    """The change of one record in a transaction.

    - `before` None: the record is created and must not exist yet.
    - `after` None: the record is deleted, and with a version its last upload and the list of its files.
    - `before` is `after`: the record is not changed, but must exist. A version must be in the same state, and no
      version of a model may have been deleted since the model was read.

    `effect` is stored with the change, and must not exist yet. `files` is the new list of the files of the upload, or
    of the upload that the version has; an empty one deletes the list, and None leaves it. A grant that its holder has
    left (`is_left`) counts on among those that its organization may give to this one.
    """

    before: Record | None
    after: Record | None
    effect: Effect | None = None
    is_left: bool = False
    files: tuple[UploadFile, ...] | None = None

    @property
    def upload_id(self) -> str:
        """The id of the upload whose files the change is about; empty if it is about none."""
        match self.after or self.before:
            case Upload(id=upload_id) | StoredVersion(upload_id=upload_id):
                return upload_id
        return ""


@dataclass(frozen=True, slots=True)
class ModelQuery:
    """The models of one tenant that match a filter; with `tenant_id` None those of all tenants, sorted by time only."""

    tenant_id: str | None
    narrowed: ModelFilter
    sort: ModelSort = ModelSort.NEWEST

    @property
    def has_counter(self) -> bool:
        """Returns whether a counter holds the total: at most one filter, and not a range of names or times."""
        want = self.narrowed
        ranges = (want.q, want.name, want.created_after, want.created_before)
        lists = (want.owner_id, want.framework, want.status, want.is_public is not None, *want.tags)
        return self.tenant_id is not None and not any(ranges) and sum(map(bool, lists)) <= 1


@dataclass(frozen=True, slots=True)
class Found:
    """Some models of a list, and the position of the last one; `last` is empty at the end of the list."""

    models: tuple[StoredModel, ...]
    last: str = ""


@dataclass(frozen=True, slots=True)
class Waiting:
    """The note that a version became validating at `since`, with the upload that its file comes from."""

    model_id: str
    version: str
    upload_id: str
    since: datetime


class LostRace(Exception):
    """The record was changed between read and commit. `Contention.settle` tries again, so no caller receives it."""

    def __init__(self) -> None:
        super().__init__("it has been changed since it was read")


class Repeated(Exception):
    """The effect of a change exists, so an earlier call has made the change. `Effects.once` answers with its result."""

    def __init__(self) -> None:
        super().__init__("an earlier call has had this effect")


class Repository(Names, Protocol):
    """Every method raises Unavailable when the store does not answer.

    The `visible` reads may return a cached record that is a few seconds old. A record that `sees` refuses looks absent:
    the read takes as long as that of a record that there is not.
    """

    @property
    def contents(self) -> Contents:
        """The contents of organizations, in the same store."""
        ...

    async def visible_model(self, model_id: str, sees: Callable[[StoredModel], bool]) -> StoredModel | None: ...

    async def version(self, model_id: str, number: str) -> StoredVersion | None:
        """The version with exactly this number, build metadata included."""
        ...

    async def visible_version(
        self, model_id: str, number: str, sees: Callable[[StoredVersion], bool]
    ) -> StoredVersion | None: ...

    async def upload(self, upload_id: str) -> Upload | None:
        """The upload, without the list of its files."""
        ...

    async def upload_files(self, upload_id: str) -> tuple[UploadFile, ...]:
        """The files of a set; empty if there is no list."""
        ...

    async def begin_file(self, upload_id: str, file: UploadFile) -> None:
        """Records the store's id for a file of an open upload, which may have none yet. Raises LostRace."""
        ...

    async def models(self, query: ModelQuery, *, limit: int, after: str = "", skip: int = 0) -> Found:
        """At most `limit` models after the position `after`, without the first `skip` of them.

        Models that change while the list is read may be left out.
        """
        ...

    async def models_of(self, ids: Sequence[str]) -> list[StoredModel]:
        """The models with these ids, without those that do not exist, in any order; eventually consistent."""
        ...

    async def public_models(self, query: ModelQuery, *, limit: int, after: str = "") -> Found:
        """At most `limit` public models of all tenants after the position `after`; `query` has no tenant.

        The cost is the same for any number of models: with a filter, a part of the list is read, and fewer models than
        `limit` may be in it although the list goes on.
        """
        ...

    async def count_models(self, query: ModelQuery) -> int: ...

    async def versions(self, model_id: str, *, limit: int, after: str = "") -> list[StoredVersion]:
        """At most `limit` versions of lower precedence than `after`, highest precedence first."""
        ...

    async def highest_published(self, model_id: str, reference: Reference, *, revision: int | None = None) -> str:
        """The number of the highest published version that a range matches; empty if there is none.

        The read is strongly consistent, and its cost does not grow with the number of versions. With a `revision`, the
        result may come from a cache and is the one at that revision of the model. Publishing and deprecating raise it.
        """
        ...

    async def alias_moves(
        self, model_id: str, alias: str, *, limit: int, until: datetime | None = None
    ) -> list[AliasMove]:
        """At most `limit` moves of an alias that may be deleted, newest first, none later than `until`.

        The read is strongly consistent.
        """
        ...

    async def grant(self, model_id: str, subject: str) -> ModelGrant | None: ...

    async def grants(self, model_id: str, *, limit: int, after: str = "") -> list[ModelGrant]:
        """At most `limit` grants on a model after the subject `after`, by subject. The read is strongly consistent."""
        ...

    async def held(self, holders: Sequence[str]) -> list[str]:
        """The models on which these holders have grants, in order of their ids. The read is strongly consistent."""
        ...

    async def grants_of(self, subject: str, model_ids: Sequence[str]) -> list[ModelGrant]:
        """The grants of one subject on these models, by model; those that are gone are left out."""
        ...

    async def waiting(self, *, until: datetime, limit: int) -> list[Waiting]:
        """At most `limit` notes of versions that became validating at `until` or before, oldest first.

        A commit that makes a version validating writes its note. The note stays when the version goes on.
        """
        ...

    async def rollouts(self, *, after: str, limit: int) -> list[tuple[str, str]]:
        """Model and alias of at most `limit` active rollouts that follow the place `after`, which joins both by #."""
        ...

    async def forget(self, waiting: Waiting) -> None:
        """Deletes the note; idempotent."""
        ...

    async def effect(self, by: Principal, effect_id: str) -> Result | None:
        """The result of the caller's effect with this id; None if no change with it was committed."""
        ...

    async def commit(self, *changes: Change, by: Principal) -> None:
        """Commits all changes or none, and with them their events, whose subject is `by`.

        Raises:
            Repeated: an effect exists already.
            AlreadyExists: a new model's name, a new version's number or a new upload's id is taken.
            QuotaExceeded: the organization would use more than it may.
            WrongState: the model or the subject of a new grant has as many grants as it may have.
            LostRace: a stored record is not the change's `before` any more.
        """
        ...

    async def purges(self, *, until: datetime, limit: int) -> list[str]:
        """Deleted models that are still to be purged, among the first `limit` that are; deleted at `until` or before.

        A commit that deletes a model notes it, and its purge deletes the note.
        """
        ...

    async def purge(self, model_id: str) -> None:
        """Deletes the versions of a deleted model, their uploads, the history of its aliases, and its grants."""
        ...

    async def usage(self, tenant_id: str) -> list[Usage]:
        """The use of each quota of the organization. The read is strongly consistent."""
        ...

    async def count_uses(self) -> None:
        """Counts what the models of earlier releases use; once for all. Commits count from a model's start on."""
        ...


class People(Protocol):
    """The members of organizations and their credentials, in the identity table. Raises Unavailable."""

    async def knows(self, tenant_id: str, subjects: Mapping[str, SubjectKind]) -> frozenset[str]:
        """Returns those of at most 100 users, service accounts and keys that the organization has."""
        ...

    async def usage(self, tenant_id: str) -> Sequence[Usage]:
        """The organization's use of the quotas of these."""
        ...


class KnownModels(Protocol):
    """Models that were read or changed within the last seconds, so that lists need not read them again."""

    def held(self, model_id: str) -> StoredModel | None:
        """The model, which may be a few seconds old; None if it must be read."""
        ...

    def offer(self, model: StoredModel) -> None:
        """Takes a model that a list has read, unless a newer revision is known."""
        ...


def name_taken(name: str, stored: str = "") -> AlreadyExists:
    """The error of every store for a name that another model of the tenant has, and spells as `stored`."""
    alike = "" if stored in ("", name) else f", which is the same as {name!r} when case and joiners are ignored"
    message = f"a model named {stored or name!r} exists already{alike}; add a version to it instead"
    return AlreadyExists.of("name", message)


def version_taken(number: str) -> AlreadyExists:
    return AlreadyExists.of("version", f"version {number} exists already, or one that differs in build metadata only")


def upload_taken(upload_id: str) -> AlreadyExists:
    return AlreadyExists.of("upload_id", f"upload {upload_id} exists already")


def model_is_full() -> WrongState:
    return WrongState.of("model_id", f"the model has {MODEL_GRANTS_MAX} grants; delete one first")


def guest_is_full() -> WrongState:
    message = f"the organization has given {GUEST_GRANTS_MAX} grants to this one; delete one first"
    return WrongState.of("subject", message)


def subject_is_full() -> WrongState:
    return WrongState.of("subject", f"the subject has grants on {SUBJECT_GRANTS_MAX} models; delete one first")
