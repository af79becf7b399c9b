"""The calls of the registry that make versions and change them."""

from maas.adapters.registry.versions import VersionCalls
from maas.domain.catalog.version_changes import NewVersion, VersionChange
from maas.domain.catalog.versions import Version, parse
from maas.domain.identity.principals import Principal
from maas.domain.pages import Page
from maas.domain.uploads.sessions import Upload
from maas.rpc.registry.v1 import registry_pb2 as pb
from maas.wire.uploads import from_upload
from maas.wire.version_changes import to_create_version, to_update_version
from maas.wire.versions import from_version


class VersionChangeCalls(VersionCalls):
    """Implements maas.services.ports.version_registry.VersionRegistry."""

    async def create_version(
        self, by: Principal, model_id: str, new: NewVersion, expected_revision: int | None = None
    ) -> Version:
        answer = await self._call(by, "CreateVersion", to_create_version, model_id, new, expected_revision)
        return from_version(answer.version)

    async def list_versions(self, by: Principal, model_id: str, *, limit: int, cursor: str) -> Page[Version]:
        answer = await self._call(
            by, "ListVersions", pb.ListVersionsRequest, model_id=model_id, limit=limit, cursor=cursor
        )
        return Page(tuple(from_version(version) for version in answer.versions), answer.next_cursor)

    async def update_version(self, by: Principal, model_id: str, version: str, change: VersionChange) -> Version:
        parse(version)
        return from_version(
            (await self._call(by, "UpdateVersion", to_update_version, model_id, version, change)).version
        )

    async def delete_version(
        self, by: Principal, model_id: str, version: str, expected_revision: int | None = None
    ) -> Upload | None:
        named = {"model_id": model_id, "version": parse(version), "expected_revision": expected_revision}
        answer = await self._call(by, "DeleteVersion", pb.DeleteVersionRequest, **named)
        return from_upload(answer.upload) if answer.HasField("upload") else None
