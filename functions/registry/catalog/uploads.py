"""Upload sessions. Each change of state changes the version's state in the same transaction."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, TypeVar

from functions.registry.catalog.access import Access
from functions.registry.catalog.effects import Effects, effect_of
from functions.registry.catalog.file_lists import check_keys
from functions.registry.catalog.headlines import with_file
from functions.registry.catalog.lookup import stored_version
from functions.registry.catalog.narrowing import check_version, is_for_version
from functions.registry.catalog.new_uploads import new_upload
from functions.registry.catalog.revisions import revised
from functions.registry.catalog.upload_files import contents_of, require_unknown, with_files, with_list
from functions.registry.contention import Contention
from functions.registry.ports import Change, LostRace, Repository
from functions.registry.stored import StoredModel, StoredVersion
from maas.domain import value_rules
from maas.domain.catalog.versions import REPLACEABLE, Artifact, VersionState, check_move, check_startable
from maas.domain.errors import InvalidInput, NotFound, PermissionDenied, Rule, WrongState
from maas.domain.identity.principals import VALIDATOR, Principal, Scope
from maas.domain.identity.rights import inside_rights, require_right
from maas.domain.ids import known_id
from maas.domain.uploads.begun_files import BegunFile
from maas.domain.uploads.manifest import digest_of
from maas.domain.uploads.sessions import Upload, UploadFile, UploadStart, UploadState, storage_key
from maas.domain.uploads.validation import checked_outcome
from maas.domain.uploads.version_files import Finding, with_findings

T = TypeVar("T")

# The fields of a version whose files have not been checked.
_NO_FILES: Mapping[str, Any] = {"digest": "", "file_count": 0, "total_size": 0}


class UploadService:
    """Implements maas.services.ports.upload_registry.UploadRegistry."""

    def __init__(self, repository: Repository, access: Access, contention: Contention) -> None:
        self._repository = repository
        self._access = access
        self._contention = contention
        self._effects = Effects(repository, access, contention)

    async def start_upload(self, by: Principal, start: UploadStart) -> Upload:
        """Starts an upload for a version, which becomes uploading; aborts the upload that it replaces."""
        by.require(Scope.UPLOADS_WRITE)
        new = new_upload(by, start)

        async def attempt() -> Upload:
            return await self._start(by, new, start)

        started = await self._effects.settle(by, Scope.UPLOADS_WRITE, new.model_id, Upload, attempt)
        return await with_list(self._repository, started)

    async def get_upload(self, by: Principal, upload_id: str) -> Upload:
        """An upload of the caller's tenant with its files, unless its model is deleted."""
        by.require(Scope.UPLOADS_WRITE)
        upload, _ = await self._found(by, upload_id)
        return await with_files(self._repository, upload)

    async def begin_file(self, by: Principal, upload_id: str, begun: BegunFile) -> UploadFile:
        """Records the store's id for a file that is sent in parts; of several calls the first one wins."""
        by.require(Scope.UPLOADS_WRITE)
        upload = await self.get_upload(by, upload_id)
        file = begun.checked(upload)
        if not file.storage_upload_id:
            with suppress(LostRace):  # another call was first, or the upload has ended
                await self._repository.begin_file(upload.id, begun.of(file))
            upload = await self.get_upload(by, upload_id)
            file = begun.checked(upload)
        return file

    async def complete_upload(self, by: Principal, upload_id: str, sha256: str) -> Upload:
        """Completes an upload, whose version becomes validating; idempotent."""
        by.require(Scope.UPLOADS_WRITE)
        digest = value_rules.sha256(sha256)

        async def attempt(before: Upload, version: StoredVersion, model: StoredModel) -> Upload:
            before.check_digest(digest)
            after = replace(before, state=UploadState.COMPLETED, sha256=digest)
            if before.state is UploadState.COMPLETED:
                _check_current(before, version)
            return await self._commit_state(by, model, version, before, after, VersionState.VALIDATING)

        return await with_files(self._repository, await self._settle(by, upload_id, attempt))

    async def abort_upload(self, by: Principal, upload_id: str) -> Upload:
        """Aborts an upload, whose version becomes a draft; idempotent."""
        by.require(Scope.UPLOADS_WRITE)

        async def attempt(before: Upload, version: StoredVersion, model: StoredModel) -> Upload:
            after = replace(before, state=UploadState.ABORTED)
            return await self._commit_state(by, model, version, before, after, VersionState.DRAFT)

        return await self._settle(by, upload_id, attempt)

    async def record_validation(
        self, by: Principal, upload_id: str, outcome: Artifact | str, findings: Sequence[Finding] = ()
    ) -> StoredVersion:
        """Makes a version ready with its artifact, or failed with a reason; idempotent."""
        if by.tenant_id and by.subject != VALIDATOR:
            raise PermissionDenied("only the validator may record a validation")

        async def attempt(stored: Upload, before: StoredVersion, model: StoredModel) -> StoredVersion:
            upload = await with_files(self._repository, stored)
            _check_current(upload, before)
            found = checked_outcome(outcome, upload)
            if _same_outcome(before, found):
                return before
            files = _files_after(upload, found, findings)
            after = _validated(before, found, upload)
            if after.artifact:  # before the version has them, so that they are never missed
                await self._repository.contents.add(contents_of(upload))
            change = Change(before, after, files=files)
            await self._repository.commit(change, Change(model, with_file(model, after)), by=by)
            return after

        return await self._settle(by, upload_id, attempt)

    async def _start(self, by: Principal, new: Upload, start: UploadStart) -> Upload:
        model = await self._access.changeable(by, new.model_id, Scope.UPLOADS_WRITE)
        check_version(by, model.id, new.version)
        before = await stored_version(self._repository, model, new.version)
        # A file under any other key may be another organization's, which the validator would make this caller's.
        key = storage_key(model.tenant_id, model.id, new.version, new.id)
        check_keys(key, new.files)
        if not new.is_set and new.storage_key != key:
            raise InvalidInput.of("storage_key", Rule.INVALID, "must be the key of this upload's file")
        check_startable(before.version, before.state, before.upload_id, replace=start.replace)
        after = revised(
            before,
            state=VersionState.UPLOADING,
            failure="",
            artifact=None,
            upload_id=new.id,
            stored_bytes=new.total_size,
            **_NO_FILES,
        )
        upload = replace(new, model_id=model.id, tenant_id=model.tenant_id, files=())
        if start.unless_known:
            await require_unknown(self._repository, by, upload)
        old = await self._repository.upload(before.upload_id) if before.state in REPLACEABLE else None
        changes = []
        if old:
            upload = replace(upload, replaces=old.id)
            aborted = replace(old, state=UploadState.ABORTED, replaced_by=upload.id)
            changes.append(Change(old, aborted, files=() if old.is_set else None))
        changes += [
            Change(None, upload, effect_of(by, upload), files=new.files or None),
            Change(before, after),
            Change(model, with_file(model, after)),
        ]
        await self._repository.commit(*changes, by=by)
        return upload

    async def _found(self, by: Principal, upload_id: str) -> tuple[Upload, StoredModel]:
        """The upload and its model, as they are stored now. Raises NotFound, also if the model is deleted."""
        upload = await self._stored(by, upload_id)
        model = await self._repository.model(upload.model_id)
        if model is None:
            raise NotFound.of("upload_id", "upload", upload_id)
        return upload, model

    async def _stored(self, by: Principal, upload_id: str) -> Upload:
        upload = await self._repository.upload(known_id("upload_id", "upload", upload_id))
        rights = inside_rights(by, upload.model_id, upload.tenant_id) if upload else frozenset()
        if upload is None or not rights or not is_for_version(by, upload.model_id, upload.version):
            raise NotFound.of("upload_id", "upload", upload_id)
        require_right(rights, Scope.UPLOADS_WRITE)
        return upload

    async def _settle(
        self, by: Principal, upload_id: str, attempt: Callable[[Upload, StoredVersion, StoredModel], Awaitable[T]]
    ) -> T:
        """Settles a change of an upload. It is read before to find the model to lock, and again under the lock.

        Under the lock, the version is read before the upload: another process may commit between the two reads. An
        upload never opens again, so an open one proves that the version read before was still waiting for it.
        """
        first = await self._stored(by, upload_id)

        async def read_and_attempt() -> T:
            version = await self._repository.version(first.model_id, first.version)
            upload, model = await self._found(by, upload_id)
            if version is None:
                raise NotFound.of("version", "version", first.version)
            return await attempt(upload, version, model)

        return await self._contention.settle(first.model_id, read_and_attempt)

    async def _commit_state(
        self,
        by: Principal,
        model: StoredModel,
        version: StoredVersion,
        before: Upload,
        after: Upload,
        target: VersionState,
    ) -> Upload:
        if before.state is after.state:
            return before
        if before.state is not UploadState.OPEN:
            raise WrongState.of("state", f"{before.fate}; it can't become {after.state}", before.replaced_by)
        check_move(version.version, version.state, target)
        size = version.stored_bytes if target is VersionState.VALIDATING else 0
        version_change = Change(version, revised(version, state=target, stored_bytes=size))
        files = () if before.is_set and after.state is UploadState.ABORTED else None
        await self._repository.commit(Change(before, after, files=files), version_change, Change(model, model), by=by)
        return after


def _check_current(upload: Upload, version: StoredVersion) -> None:
    """Raises WrongState if the version does not wait for this upload, nor has its file, any more."""
    if version.upload_id != upload.id:
        message = f"{upload.fate}; version {version.version} has gone on to another upload, {version.upload_id}"
        raise WrongState.of("upload_id", message, version.upload_id)


def _files_after(upload: Upload, outcome: Artifact | str, findings: Sequence[Finding]) -> tuple[UploadFile, ...] | None:
    """The list of the upload's files after its validation. That of refused files is not needed any more."""
    if not upload.is_set:
        return None
    return () if isinstance(outcome, str) else with_findings(upload.files, findings)


def _same_outcome(version: StoredVersion, outcome: Artifact | str) -> bool:
    if isinstance(outcome, str):
        return version.state is VersionState.FAILED
    return version.artifact == outcome


def _validated(version: StoredVersion, outcome: Artifact | str, upload: Upload) -> StoredVersion:
    if isinstance(outcome, str):
        check_move(version.version, version.state, VersionState.FAILED)
        return revised(version, state=VersionState.FAILED, failure=outcome, stored_bytes=0)
    check_move(version.version, version.state, VersionState.READY)
    return revised(
        version,
        state=VersionState.READY,
        artifact=outcome,
        stored_bytes=upload.total_size,
        digest=digest_of(upload, outcome),
        file_count=upload.file_count,
        total_size=upload.total_size,
    )
