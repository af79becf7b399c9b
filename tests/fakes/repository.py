"""The registry's store in memory, with the same guarantees as the DynamoDB repository."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from functions.registry.catalog.granted_models import matches
from functions.registry.ports import (
    Change,
    Found,
    LostRace,
    ModelQuery,
    Record,
    Repeated,
    Waiting,
    guest_is_full,
    model_is_full,
    name_taken,
    subject_is_full,
    upload_taken,
    version_taken,
)
from functions.registry.stored import Result, StoredModel, StoredVersion
from functions.registry.uses import COUNTED, difference, is_limited, use_of
from maas.domain.catalog.aliases import AliasMove
from maas.domain.catalog.references import Reference
from maas.domain.catalog.versions import VersionState, sort_key
from maas.domain.clock import now
from maas.domain.errors import MaasError
from maas.domain.identity.grants import GUEST_GRANTS_MAX, MODEL_GRANTS_MAX, SUBJECT_GRANTS_MAX, ModelGrant
from maas.domain.identity.principals import Principal, Role
from maas.domain.quotas import Quota, Usage, exceeded
from maas.domain.uploads.sessions import Upload, UploadFile, UploadState
from maas.domain.value_rules import fold
from tests.fakes.contents import MemoryContents
from tests.fakes.model_names import MemoryNames

Key = tuple[str, ...]


class MemoryRepository(MemoryNames):
    """Keeps records by key. `commits` counts the successful transactions. `limits` are the quotas."""

    def __init__(self, limits: Mapping[Quota, int] = MappingProxyType({})) -> None:
        self._limits = dict(limits)
        self._purges: dict[str, datetime] = {}
        self._records: dict[Key, Record] = {}
        self._effects: dict[Key, Result] = {}
        self._waiting: list[Waiting] = []
        self._files: dict[str, tuple[UploadFile, ...]] = {}
        self._left: list[tuple[str, str]] = []  # holder and giver of grants that were left
        self.commits = 0
        self.contents = MemoryContents(self.upload)

    async def model(self, model_id: str) -> StoredModel | None:
        found = self._records.get(("model", model_id))
        return found if isinstance(found, StoredModel) else None

    async def version(self, model_id: str, number: str) -> StoredVersion | None:
        found = self._records.get(("version", model_id, sort_key(number)))
        return found if isinstance(found, StoredVersion) and found.version == number else None

    async def visible_version(
        self, model_id: str, number: str, sees: Callable[[StoredVersion], bool]
    ) -> StoredVersion | None:
        found = await self.version(model_id, number)
        return found if found and sees(found) else None

    async def upload(self, upload_id: str) -> Upload | None:
        found = self._records.get(("upload", upload_id))
        return found if isinstance(found, Upload) else None

    async def upload_files(self, upload_id: str) -> tuple[UploadFile, ...]:
        return self._files.get(upload_id, ())

    async def begin_file(self, upload_id: str, file: UploadFile) -> None:
        upload, files = await self.upload(upload_id), self._files.get(upload_id, ())
        if upload is None or upload.state is not UploadState.OPEN:
            raise LostRace
        if any(each.path == file.path and each.storage_upload_id for each in files):
            raise LostRace
        self._files[upload_id] = tuple(file if each.path == file.path else each for each in files)

    async def models(self, query: ModelQuery, *, limit: int, after: str = "", skip: int = 0) -> Found:
        down = query.sort.descending

        def place(model: StoredModel) -> str:
            return fold(model.name) if query.sort.by_name else model.id

        left = [m for m in self._matching(query) if not after or (place(m) < after if down else place(m) > after)]
        left = sorted(left, key=place, reverse=down)[skip:]
        return Found(tuple(left[:limit]), place(left[limit - 1]) if len(left) > limit else "")

    async def models_of(self, ids: Sequence[str]) -> list[StoredModel]:
        assert len(set(ids)) == len(ids), "the table refuses a read that has a key twice"
        return [model for model in self._models() if model.id in ids]

    async def public_models(self, query: ModelQuery, *, limit: int, after: str = "") -> Found:
        down, by_name = query.sort.descending, query.sort.by_name

        def place(model: StoredModel) -> str:
            return f"{fold(model.name)}\n{model.id}" if by_name else model.id

        public = sorted((m for m in self._matching(query) if m.is_public), key=place, reverse=down)
        left = [m for m in public if not after or (place(m) < after if down else place(m) > after)]
        return Found(tuple(left[:limit]), place(left[limit - 1]) if len(left) > limit else "")

    async def count_models(self, query: ModelQuery) -> int:
        return len(self._matching(query))

    async def versions(self, model_id: str, *, limit: int, after: str = "") -> list[StoredVersion]:
        found = [v for v in self._records.values() if isinstance(v, StoredVersion) and v.model_id == model_id]
        found.sort(key=lambda version: sort_key(version.version), reverse=True)
        return [v for v in found if not after or sort_key(v.version) < sort_key(after)][:limit]

    async def highest_published(self, model_id: str, reference: Reference, *, revision: int | None = None) -> str:
        versions = await self.versions(model_id, limit=len(self._records))
        published = (v.version for v in versions if v.state is VersionState.PUBLISHED)
        return next((number for number in published if reference.matches(number)), "")

    async def alias_moves(
        self, model_id: str, alias: str, *, limit: int, until: datetime | None = None
    ) -> list[AliasMove]:
        moves = [record for record in self._records.values() if isinstance(record, AliasMove)]
        found = [move for move in moves if (move.model_id, move.alias) == (model_id, alias)]
        found.sort(key=lambda move: move.at, reverse=True)
        return [move for move in found if until is None or move.at <= until][:limit]

    async def grant(self, model_id: str, subject: str) -> ModelGrant | None:
        found = self._records.get(("grant", model_id, subject))
        return found if isinstance(found, ModelGrant) else None

    async def grants(self, model_id: str, *, limit: int, after: str = "") -> list[ModelGrant]:
        found = [grant for grant in self._grants() if grant.model_id == model_id and grant.subject > after]
        return sorted(found, key=lambda grant: grant.subject)[:limit]

    async def granted(self, holders: Collection[str]) -> Mapping[str, frozenset[Role]]:
        """The roles on each model, added up over the holders, as the registry looks them up with a caller."""
        found: dict[str, frozenset[Role]] = {}
        for grant in self._grants():
            if grant.holder in holders:
                found[grant.model_id] = found.get(grant.model_id, frozenset()) | {grant.role}
        return found

    async def held(self, holders: Sequence[str]) -> list[str]:
        return sorted({grant.model_id for grant in self._grants() if grant.holder in holders})

    async def grants_of(self, subject: str, model_ids: Sequence[str]) -> list[ModelGrant]:
        found = [grant for grant in self._grants() if grant.subject == subject and grant.model_id in model_ids]
        return sorted(found, key=lambda grant: grant.model_id)

    async def waiting(self, *, until: datetime, limit: int) -> list[Waiting]:
        return sorted((note for note in self._waiting if note.since <= until), key=lambda note: note.since)[:limit]

    async def forget(self, waiting: Waiting) -> None:
        self._waiting = [note for note in self._waiting if note != waiting]

    async def effect(self, by: Principal, effect_id: str) -> Result | None:
        return self._effects.get((by.tenant_id, by.subject, effect_id))

    async def commit(self, *changes: Change, by: Principal) -> None:
        effects: dict[Key, Result] = {
            (c.effect.tenant_id, c.effect.subject, c.effect.id): c.effect.result for c in changes if c.effect
        }
        if effects.keys() & self._effects.keys():
            raise Repeated
        for change in changes:
            self._check(change)
        self._check_quotas(changes)
        self._effects |= effects
        for change in changes:
            self._replace(change)
            if isinstance(change.before, StoredModel) and change.after is None:
                self._purges[change.before.id] = now()
            if _becomes_validating(change):
                assert isinstance(change.after, StoredVersion)
                found = change.after
                self._waiting.append(Waiting(found.model_id, found.version, found.upload_id, found.updated_at))
        self.commits += 1

    def _replace(self, change: Change) -> None:
        if change.before is not None:
            self._records.pop(_key(change.before), None)
        if isinstance(change.before, ModelGrant) and change.is_left:
            self._left.append((change.before.holder, change.before.tenant_id))
        if isinstance(change.before, StoredVersion) and change.after is None:
            self._records.pop(("upload", change.before.upload_id), None)
            self._files.pop(change.before.upload_id, None)
        if change.after is not None:
            self._records[_key(change.after)] = change.after
        if change.files is not None:
            self._files[change.upload_id] = change.files

    async def purges(self, *, until: datetime, limit: int) -> list[str]:
        return [model_id for model_id, at in list(self._purges.items())[:limit] if at <= until]

    async def usage(self, tenant_id: str) -> list[Usage]:
        return [Usage(quota, self._limits.get(quota, 0), use) for quota, use in self._use(tenant_id).items()]

    async def count_uses(self) -> None:
        """Does nothing: each use is counted when it is read."""

    def _use(self, tenant_id: str) -> dict[Quota, int]:
        models = {model.id for model in self._models() if model.tenant_id == tenant_id}
        total = dict.fromkeys(COUNTED, 0)
        for record in self._records.values():
            if (record.id if isinstance(record, StoredModel) else record.model_id) in models:
                for quota, by in use_of(record).items():
                    total[quota] += by
        return total

    def _check_quotas(self, changes: Sequence[Change]) -> None:
        if not is_limited(changes) or not changes[0].after:
            return
        use = self._use(changes[0].after.tenant_id)
        for quota, by in difference(changes).items():
            if (limit := self._limits.get(quota, 0)) and by > 0 and use[quota] + by > limit:
                raise exceeded(Usage(quota, limit, use[quota]), by)

    async def purge(self, model_id: str) -> None:
        self._purges.pop(model_id, None)
        self._records = {
            key: record
            for key, record in self._records.items()
            if isinstance(record, StoredModel) or record.model_id != model_id
        }
        self._files = {upload_id: f for upload_id, f in self._files.items() if ("upload", upload_id) in self._records}

    def _check(self, change: Change) -> None:
        if change.before is None and change.after is not None and _key(change.after) in self._records:
            raise _taken(change.after)
        if change.before is not None and not self._holds(change.before, exists_only=change.before is change.after):
            raise LostRace
        if change.before is None and isinstance(change.after, ModelGrant):
            self._check_room(change.after)
        if isinstance(change.after, StoredModel) and (stored := self._name_beside(change.after)):
            raise name_taken(change.after.name, stored)

    def _check_room(self, new: ModelGrant) -> None:
        if sum(grant.model_id == new.model_id for grant in self._grants()) >= MODEL_GRANTS_MAX:
            raise model_is_full()
        if sum(grant.holder == new.holder for grant in self._grants()) >= SUBJECT_GRANTS_MAX:
            raise subject_is_full()
        same = (grant for grant in self._grants() if (grant.holder, grant.tenant_id) == (new.holder, new.tenant_id))
        counted = sum(1 for _ in same) + self._left.count((new.holder, new.tenant_id))
        if new.is_guest and counted >= GUEST_GRANTS_MAX:
            raise guest_is_full()

    def _grants(self) -> list[ModelGrant]:
        return [record for record in self._records.values() if isinstance(record, ModelGrant)]

    def _holds(self, before: Record, *, exists_only: bool) -> bool:
        stored = self._records.get(_key(before))
        if exists_only and isinstance(before, StoredVersion):
            return isinstance(stored, StoredVersion) and stored.state is before.state
        if exists_only and isinstance(before, StoredModel):
            return isinstance(stored, StoredModel) and stored.deleted_revision == before.deleted_revision
        return stored is not None and (exists_only or stored == before)

    def _name_beside(self, model: StoredModel) -> str:
        """The name of another model of the tenant with the same unique form; empty if there is none."""
        others = (m for m in self._models() if m.unique_name == model.unique_name and m.id != model.id)
        return next((other.name for other in others), "")

    def _models(self) -> list[StoredModel]:
        return [record for record in self._records.values() if isinstance(record, StoredModel)]

    def _matching(self, query: ModelQuery) -> list[StoredModel]:
        return [model for model in self._models() if _matches(query, model)]


def _becomes_validating(change: Change) -> bool:
    states = [record.state if isinstance(record, StoredVersion) else None for record in (change.before, change.after)]
    return states[1] is VersionState.VALIDATING and states[0] is not VersionState.VALIDATING


def _key(record: Record) -> Key:
    if isinstance(record, StoredModel):
        return ("model", record.id)
    if isinstance(record, StoredVersion):
        return ("version", record.model_id, sort_key(record.version))
    if isinstance(record, AliasMove):
        return ("move", record.model_id, record.alias, record.at.isoformat())
    if isinstance(record, ModelGrant):
        return ("grant", record.model_id, record.subject)
    return ("upload", record.id)


def _taken(record: Record) -> MaasError | LostRace:
    if isinstance(record, AliasMove | ModelGrant):
        return LostRace()
    if isinstance(record, StoredVersion):
        return version_taken(record.version)
    return name_taken(record.name) if isinstance(record, StoredModel) else upload_taken(record.id)


def _matches(query: ModelQuery, model: StoredModel) -> bool:
    return query.tenant_id in (None, model.tenant_id) and matches(query.narrowed, model)
