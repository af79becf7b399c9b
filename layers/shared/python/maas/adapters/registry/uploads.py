"""The calls of the registry about uploads and the files of versions."""

from collections.abc import Sequence

from maas.adapters.registry.calls import RegistryCalls
from maas.domain.catalog.references import parse_reference
from maas.domain.catalog.versions import Artifact, Version
from maas.domain.identity.principals import Principal
from maas.domain.uploads.begun_files import BegunFile
from maas.domain.uploads.sessions import Upload, UploadFile, UploadStart
from maas.domain.uploads.version_files import Finding, VersionFiles
from maas.rpc.registry.v1 import registry_pb2 as pb
from maas.wire.files import from_file, from_files, to_finding
from maas.wire.uploads import from_upload, to_start
from maas.wire.versions import from_version, to_artifact


class UploadCalls(RegistryCalls):
    """Implements UploadRegistry and FileRegistry of maas.services.ports.upload_registry."""

    async def start_upload(self, by: Principal, start: UploadStart) -> Upload:
        return from_upload((await self._call(by, "StartUpload", to_start, start)).upload)

    async def get_upload(self, by: Principal, upload_id: str) -> Upload:
        return from_upload((await self._call(by, "GetUpload", pb.GetUploadRequest, id=upload_id)).upload)

    async def begin_file(self, by: Principal, upload_id: str, begun: BegunFile) -> UploadFile:
        fields = {"path": begun.path, "storage_upload_id": begun.storage_upload_id, "checksums": begun.checksums}
        return from_file((await self._call(by, "BeginFile", pb.BeginFileRequest, upload_id=upload_id, **fields)).file)

    async def list_files(self, by: Principal, model_id: str, ref: str) -> VersionFiles:
        if ref:
            parse_reference(ref)
        return from_files(await self._call(by, "ListFiles", pb.ListFilesRequest, model_id=model_id, ref=ref))

    async def complete_upload(self, by: Principal, upload_id: str, sha256: str) -> Upload:
        answer = await self._call(by, "CompleteUpload", pb.CompleteUploadRequest, id=upload_id, sha256=sha256)
        return from_upload(answer.upload)

    async def abort_upload(self, by: Principal, upload_id: str) -> Upload:
        return from_upload((await self._call(by, "AbortUpload", pb.AbortUploadRequest, id=upload_id)).upload)

    async def record_validation(
        self, by: Principal, upload_id: str, outcome: Artifact | str, findings: Sequence[Finding] = ()
    ) -> Version:
        return from_version((await self._call(by, "RecordValidation", _outcome, upload_id, outcome, findings)).version)


def _outcome(upload_id: str, outcome: Artifact | str, findings: Sequence[Finding]) -> pb.RecordValidationRequest:
    if isinstance(outcome, str):
        return pb.RecordValidationRequest(upload_id=upload_id, failure=pb.ValidationFailure(reason=outcome))
    found = [to_finding(finding) for finding in findings]
    return pb.RecordValidationRequest(upload_id=upload_id, artifact=to_artifact(outcome), findings=found)
