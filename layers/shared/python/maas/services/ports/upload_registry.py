"""The registry's upload sessions and the files of versions, like maas.services.ports.registry."""

from collections.abc import Sequence
from typing import Protocol

from maas.domain.catalog.versions import Artifact, Version
from maas.domain.identity.principals import Principal
from maas.domain.uploads.begun_files import BegunFile
from maas.domain.uploads.sessions import Upload, UploadFile, UploadStart
from maas.domain.uploads.version_files import Finding, VersionFiles


class UploadRegistry(Protocol):
    """Upload sessions; each state change also moves the version's state, in one transaction."""

    async def start_upload(self, by: Principal, start: UploadStart) -> Upload:
        """Moves the version from draft or failed to uploading; with `start.replace`, from every state before published.

        The upload that it replaces is aborted in the same transaction; its file is removed later.
        Raises InvalidInput, NotFound, AlreadyExists (upload_id), WrongState.
        """
        ...

    async def get_upload(self, by: Principal, upload_id: str) -> Upload:
        """The upload with its files. Raises NotFound."""
        ...

    async def begin_file(self, by: Principal, upload_id: str, begun: BegunFile) -> UploadFile:
        """Records the store's id for a file of a set that is sent in parts; idempotent.

        Of several calls the first one wins: the result has its id. Raises InvalidInput (path), NotFound, WrongState.
        """
        ...

    async def complete_upload(self, by: Principal, upload_id: str, sha256: str) -> Upload:
        """Moves the version from uploading to validating; idempotent, also after the validation.

        Raises:
            InvalidInput (sha256), NotFound
            WrongState: the upload is aborted, or its version has gone on to another upload.
        """
        ...

    async def abort_upload(self, by: Principal, upload_id: str) -> Upload:
        """Moves the version from uploading to draft; idempotent. Raises NotFound, WrongState."""
        ...

    async def record_validation(
        self, by: Principal, upload_id: str, outcome: Artifact | str, findings: Sequence[Finding] = ()
    ) -> Version:
        """Moves the version from validating to ready with the artifact, or to failed with the reason; idempotent.

        With an artifact, `findings` are of all files of a set but the main one.

        Raises:
            PermissionDenied: the caller is not the validator.
            InvalidInput: the artifact is not the upload's file, or breaks a rule.
            NotFound
            WrongState: also if the version belongs to another upload by now.
        """
        ...


class FileRegistry(Protocol):
    """The files of versions."""

    async def list_files(self, by: Principal, model_id: str, ref: str) -> VersionFiles:
        """The files of a version, in the order of their paths' bytes; `ref` is as in get_version.

        Raises InvalidInput (ref), NotFound (model_id, ref), WrongState (no file has passed validation).
        """
        ...
