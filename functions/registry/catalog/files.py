"""The files of versions."""

from functions.registry.catalog.file_lists import files_of
from functions.registry.catalog.upload_files import with_list
from functions.registry.catalog.version_reading import VersionReadingService
from functions.registry.ports import Repository
from maas.domain.catalog.versions import Version
from maas.domain.errors import NotFound, WrongState
from maas.domain.identity.principals import Principal
from maas.domain.uploads.sessions import Upload
from maas.domain.uploads.version_files import VersionFiles


class FileService:
    """Implements maas.services.ports.upload_registry.FileRegistry."""

    def __init__(self, repository: Repository, versions: VersionReadingService) -> None:
        self._repository = repository
        self._versions = versions

    async def list_files(self, by: Principal, model_id: str, ref: str) -> VersionFiles:
        """The files of a version that have passed validation, in the order of their paths' bytes."""
        version = await self._versions.get_version(by, model_id, ref)
        if version.artifact is None:
            raise WrongState.of("state", f"version {version.version} is {version.state}: its files are not checked")
        upload = await self._upload(version)
        if upload is None:  # the version was deleted after it was read
            raise NotFound.of("ref", "version", ref)
        return VersionFiles(version, version.digest, files_of(upload, version.artifact))

    async def _upload(self, version: Version) -> Upload | None:
        """The upload of a version, whose id other tenants do not see."""
        stored = await self._repository.visible_version(version.model_id, version.version, lambda _: True)
        upload = await self._repository.upload(stored.upload_id) if stored else None
        return await with_list(self._repository, upload) if upload else None
