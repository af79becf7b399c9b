"""The calls of the registry about contents."""

from collections.abc import Sequence

from maas.adapters.registry.calls import RegistryCalls
from maas.domain.identity.principals import Principal
from maas.domain.uploads.contents import Content, FileEntry, Repairs
from maas.domain.uploads.sessions import Upload
from maas.rpc.registry.v1 import registry_pb2 as pb
from maas.wire.contents import from_content, from_known_file, from_repairs
from maas.wire.uploads import from_upload


class ContentCalls(RegistryCalls):
    """Implements maas.services.ports.contents.ContentRegistry."""

    async def find_contents(self, by: Principal, model_id: str, digests: Sequence[str]) -> list[Content]:
        answer = await self._call(by, "FindContents", pb.FindContentsRequest, model_id=model_id, sha256=digests)
        return [from_content(content, by.tenant_id) for content in answer.contents]

    async def reuse_contents(self, by: Principal, upload_id: str, paths: Sequence[str]) -> Upload:
        answer = await self._call(by, "ReuseContents", pb.ReuseContentsRequest, upload_id=upload_id, paths=paths)
        return from_upload(answer.upload)

    async def known_files(self, by: Principal, prefix: str, *, limit: int, after: str = "") -> list[FileEntry]:
        fields = {"prefix": prefix, "after": after, "limit": limit}
        answer = await self._call(by, "ListKnownFiles", pb.ListKnownFilesRequest, **fields)
        return [from_known_file(file) for file in answer.files]

    async def condemn_files(self, by: Principal, keys: Sequence[str]) -> list[str]:
        return [*(await self._call(by, "CondemnFiles", pb.CondemnFilesRequest, keys=keys)).used]

    async def forget_files(self, by: Principal, keys: Sequence[str]) -> None:
        await self._call(by, "ForgetFiles", pb.ForgetFilesRequest, keys=keys)

    async def repair_uploads(self, by: Principal, *, after: str, limit: int) -> Repairs:
        return from_repairs(await self._call(by, "RepairUploads", pb.RepairUploadsRequest, after=after, limit=limit))
