"""Upload sessions: each move takes its version with it in one transaction."""

from dataclasses import replace
from datetime import timedelta

from functions.registry.catalog.base import Service, may_change, revised, until_settled
from functions.registry.catalog.versions import headline
from functions.registry.ports import Change
from functions.registry.stored import StoredModel, StoredVersion
from maas.domain import value_rules
from maas.domain.catalog.versions import Artifact, VersionState, check_move, parse
from maas.domain.clock import now
from maas.domain.errors import InvalidInput, NotFound, PermissionDenied, WrongState
from maas.domain.identity.principals import VALIDATOR, Principal, Scope
from maas.domain.ids import known_id
from maas.domain.uploads.sessions import PART_MAX, PARTS_MAX, Upload, UploadStart, UploadState, plan
from maas.domain.uploads.validation import checked_outcome

# The bucket's lifecycle rule gives up unfinished multipart uploads after as long.
LIFETIME = timedelta(days=7)
KEY_MAX = 1024


class UploadService(Service):
    """Implements maas.services.ports.registry.UploadRegistry."""

    async def start_upload(self, by: Principal, start: UploadStart) -> Upload:
        """draft or failed -> uploading. Raises InvalidInput, NotFound, AlreadyExists (upload_id), WrongState."""
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
            state=UploadState.OPEN,
            created_by=by.subject,
            created_at=at,
            expires_at=at + LIFETIME,
        )

        return await until_settled(lambda: self._start(by, new))

    async def get_upload(self, by: Principal, upload_id: str) -> Upload:
        """Raises NotFound."""
        by.require(Scope.UPLOADS_WRITE)
        upload, _ = await self._found(by, upload_id)
        return upload

    async def complete_upload(self, by: Principal, upload_id: str, sha256: str) -> Upload:
        """uploading -> validating; repeating it answers the same. Raises NotFound, WrongState, InvalidInput."""
        by.require(Scope.UPLOADS_WRITE)
        digest = value_rules.sha256(sha256)

        async def attempt() -> Upload:
            before, model = await self._found(by, upload_id)
            if before.sha256 not in ("", digest):
                raise InvalidInput.of("sha256", "declared", "is not the one declared before")
            after = replace(before, state=UploadState.COMPLETED, sha256=digest)
            return await self._moved(by, model, before, after, VersionState.VALIDATING)

        return await until_settled(attempt)

    async def abort_upload(self, by: Principal, upload_id: str) -> Upload:
        """uploading -> draft; repeating it answers the same. Raises NotFound, WrongState."""
        by.require(Scope.UPLOADS_WRITE)

        async def attempt() -> Upload:
            before, model = await self._found(by, upload_id)
            return await self._moved(by, model, before, replace(before, state=UploadState.ABORTED), VersionState.DRAFT)

        return await until_settled(attempt)

    async def record_validation(self, by: Principal, upload_id: str, outcome: Artifact | str) -> StoredVersion:
        """validating -> ready with the artifact, or -> failed with the reason; repeating it answers the same.

        Raises:
            PermissionDenied: the caller is not the validator.
            InvalidInput: the artifact is not the upload's file, or breaks a rule.
            NotFound
            WrongState: also where the version has gone on to another upload.
        """
        if by.tenant_id and by.subject != VALIDATOR:
            raise PermissionDenied("only the validator may record a validation")

        async def attempt() -> StoredVersion:
            upload, model = await self._found(by, upload_id)
            before = await self._version(model, upload.version)
            if before.upload_id != upload.id:
                raise WrongState.of("upload_id", f"version {before.version} has gone on to another upload")
            found = checked_outcome(outcome, upload)
            if _same_outcome(before, found):
                return before
            after = _validated(before, found)
            await self._repository.commit(Change(before, after), Change(model, _with_file(model, after)), by=by)
            return after

        return await until_settled(attempt)

    async def _start(self, by: Principal, new: Upload) -> Upload:
        model = await self._changeable(by, new.model_id)
        before = await self._version(model, new.version)
        _check_startable(before)
        after = revised(before, state=VersionState.UPLOADING, upload_id=new.id, failure="")
        upload = replace(new, model_id=model.id, tenant_id=model.tenant_id)
        await self._repository.commit(Change(None, upload), Change(before, after), Change(model, model), by=by)
        return upload

    async def _found(self, by: Principal, upload_id: str) -> tuple[Upload, StoredModel]:
        """The upload and its model: with the model gone, so is the upload."""
        upload = await self._repository.upload(known_id("upload_id", "upload", upload_id))
        model = None if upload is None else await self._repository.model(upload.model_id)
        if upload is None or model is None or not may_change(by, upload.tenant_id):
            raise NotFound.of("upload_id", "upload", upload_id)
        return upload, model

    async def _moved(
        self, by: Principal, model: StoredModel, before: Upload, after: Upload, target: VersionState
    ) -> Upload:
        if before == after:
            return before
        if before.state is not UploadState.OPEN:
            raise WrongState.of("state", f"the upload is {before.state} and can't become {after.state}")
        version = await self._version(model, before.version)
        check_move(version.version, version.state, target)
        moved = Change(version, revised(version, state=target))
        await self._repository.commit(Change(before, after), moved, Change(model, model), by=by)
        return after


def _new_upload_id(value: str) -> str:
    try:
        return known_id("upload_id", "upload", value)
    except NotFound:
        raise InvalidInput.of("upload_id", "uuid", "must be a UUID") from None


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


def _with_file(model: StoredModel, version: StoredVersion) -> StoredModel:
    """The model once `version` has its file: the older contract shows it if this is the version it shows."""
    if version.artifact is None or model.headline is None or model.headline.version != version.version:
        return model
    return revised(model, headline=headline(version))


def _check_startable(version: StoredVersion) -> None:
    """Raises WrongState; it tells the upload under way, the answer with whose id may have been lost."""
    try:
        check_move(version.version, version.state, VersionState.UPLOADING)
    except WrongState as error:
        if version.state not in (VersionState.UPLOADING, VersionState.VALIDATING):
            raise
        raise WrongState.of("state", f"{error.message}; its upload is {version.upload_id}") from None
