"""Upload sessions. Each change of state changes the version's state in the same transaction."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import TypeVar

from functions.registry.catalog.access import Access, may_change
from functions.registry.catalog.headlines import with_file
from functions.registry.catalog.lookup import stored_version
from functions.registry.catalog.revisions import revised
from functions.registry.contention import Contention
from functions.registry.ports import Change, Repository
from functions.registry.stored import StoredModel, StoredVersion
from maas.domain import value_rules
from maas.domain.catalog.versions import Artifact, VersionState, check_move, parse
from maas.domain.clock import now
from maas.domain.errors import InvalidInput, NotFound, PermissionDenied, Rule, WrongState
from maas.domain.identity.principals import VALIDATOR, Principal, Scope
from maas.domain.ids import known_id
from maas.domain.uploads.sessions import PART_MAX, PARTS_MAX, Upload, UploadStart, UploadState, plan
from maas.domain.uploads.validation import checked_outcome

T = TypeVar("T")

# The bucket's lifecycle rule aborts unfinished multipart uploads after the same time.
LIFETIME = timedelta(days=7)
KEY_MAX = 1024


class UploadService:
    """Implements maas.services.ports.registry.UploadRegistry."""

    def __init__(self, repository: Repository, access: Access, contention: Contention) -> None:
        self._repository = repository
        self._access = access
        self._contention = contention

    async def start_upload(self, by: Principal, start: UploadStart) -> Upload:
        """Starts an upload for a draft or failed version, which becomes uploading."""
        by.require(Scope.UPLOADS_WRITE)
        plan(start.size, start.part_size, PART_MAX * PARTS_MAX)
        at = now()
        new = Upload(
            id=_new_upload_id(start.upload_id),
            model_id=start.model_id,
            tenant_id=by.tenant_id,
            version=parse(start.version),
            filename=value_rules.filename(start.filename),
            size=start.size,
            sha256=start.sha256 and value_rules.sha256(start.sha256),
            part_size=start.part_size,
            storage_key=value_rules.text("storage_key", start.storage_key, minimum=1, maximum=KEY_MAX),
            storage_upload_id=value_rules.text(
                "storage_upload_id", start.storage_upload_id, minimum=1, maximum=KEY_MAX
            ),
            checksums=start.checksums,
            state=UploadState.OPEN,
            created_by=by.subject,
            created_at=at,
            expires_at=at + LIFETIME,
        )
        return await self._contention.settle(new.model_id, lambda: self._start(by, new))

    async def get_upload(self, by: Principal, upload_id: str) -> Upload:
        """An upload of the caller's tenant, unless its model is deleted."""
        by.require(Scope.UPLOADS_WRITE)
        upload, _ = await self._found(by, upload_id)
        return upload

    async def complete_upload(self, by: Principal, upload_id: str, sha256: str) -> Upload:
        """Completes an upload, whose version becomes validating; idempotent."""
        by.require(Scope.UPLOADS_WRITE)
        digest = value_rules.sha256(sha256)

        async def attempt(before: Upload, model: StoredModel) -> Upload:
            before.check_digest(digest)
            after = replace(before, state=UploadState.COMPLETED, sha256=digest)
            return await self._commit_state(by, model, before, after, VersionState.VALIDATING)

        return await self._settle(by, upload_id, attempt)

    async def abort_upload(self, by: Principal, upload_id: str) -> Upload:
        """Aborts an upload, whose version becomes a draft; idempotent."""
        by.require(Scope.UPLOADS_WRITE)

        async def attempt(before: Upload, model: StoredModel) -> Upload:
            after = replace(before, state=UploadState.ABORTED)
            return await self._commit_state(by, model, before, after, VersionState.DRAFT)

        return await self._settle(by, upload_id, attempt)

    async def record_validation(self, by: Principal, upload_id: str, outcome: Artifact | str) -> StoredVersion:
        """Makes a version ready with its artifact, or failed with a reason; idempotent."""
        if by.tenant_id and by.subject != VALIDATOR:
            raise PermissionDenied("only the validator may record a validation")

        async def attempt(upload: Upload, model: StoredModel) -> StoredVersion:
            before = await stored_version(self._repository, model, upload.version)
            if before.upload_id != upload.id:
                raise WrongState.of("upload_id", f"version {before.version} has gone on to another upload")
            found = checked_outcome(outcome, upload)
            if _same_outcome(before, found):
                return before
            after = _validated(before, found)
            await self._repository.commit(Change(before, after), Change(model, with_file(model, after)), by=by)
            return after

        return await self._settle(by, upload_id, attempt)

    async def _start(self, by: Principal, new: Upload) -> Upload:
        model = await self._access.changeable(by, new.model_id)
        before = await stored_version(self._repository, model, new.version)
        _check_startable(before)
        after = revised(before, state=VersionState.UPLOADING, upload_id=new.id, failure="")
        upload = replace(new, model_id=model.id, tenant_id=model.tenant_id)
        await self._repository.commit(Change(None, upload), Change(before, after), Change(model, model), by=by)
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
        if upload is None or not may_change(by, upload.tenant_id):
            raise NotFound.of("upload_id", "upload", upload_id)
        return upload

    async def _settle(self, by: Principal, upload_id: str, attempt: Callable[[Upload, StoredModel], Awaitable[T]]) -> T:
        """Settles a change of an upload. It is read before to find the model to lock, and again under the lock."""
        model_id = (await self._stored(by, upload_id)).model_id

        async def read_and_attempt() -> T:
            return await attempt(*await self._found(by, upload_id))

        return await self._contention.settle(model_id, read_and_attempt)

    async def _commit_state(
        self, by: Principal, model: StoredModel, before: Upload, after: Upload, target: VersionState
    ) -> Upload:
        if before == after:
            return before
        if before.state is not UploadState.OPEN:
            raise WrongState.of("state", f"the upload is {before.state} and can't become {after.state}")
        version = await stored_version(self._repository, model, before.version)
        check_move(version.version, version.state, target)
        version_change = Change(version, revised(version, state=target))
        await self._repository.commit(Change(before, after), version_change, Change(model, model), by=by)
        return after


def _new_upload_id(value: str) -> str:
    try:
        return known_id("upload_id", "upload", value)
    except NotFound:
        raise InvalidInput.of("upload_id", Rule.UUID, "must be a UUID") from None


def _same_outcome(version: StoredVersion, outcome: Artifact | str) -> bool:
    if isinstance(outcome, str):
        return version.state is VersionState.FAILED
    return version.artifact == outcome


def _validated(version: StoredVersion, outcome: Artifact | str) -> StoredVersion:
    if isinstance(outcome, str):
        check_move(version.version, version.state, VersionState.FAILED)
        return revised(version, state=VersionState.FAILED, failure=outcome)
    check_move(version.version, version.state, VersionState.READY)
    return revised(version, state=VersionState.READY, artifact=outcome)


def _check_startable(version: StoredVersion) -> None:
    """Raises WrongState, with the id of an unfinished upload: the response that had it may have been lost."""
    try:
        check_move(version.version, version.state, VersionState.UPLOADING)
    except WrongState as error:
        if version.state not in (VersionState.UPLOADING, VersionState.VALIDATING):
            raise
        raise WrongState.of("state", f"{error.message}; its upload is {version.upload_id}") from None
