"""Downloads of model files, which go from the store to the client."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from maas.domain.catalog.formats import suffix
from maas.domain.catalog.versions import Artifact, Version
from maas.domain.errors import NotFound, WrongState
from maas.domain.identity.principals import Principal
from maas.domain.uploads.filenames import download_name, plain_name
from maas.domain.uploads.sessions import UploadFile
from maas.domain.uploads.version_files import VersionFiles
from maas.services.ports.models import ModelReader
from maas.services.ports.storage import ObjectStore
from maas.services.ports.upload_registry import FileRegistry
from maas.services.ports.versions import VersionReader
from maas.services.references import check
from maas.services.upload_parts import url_expiry


class Registry(ModelReader, VersionReader, FileRegistry, Protocol):
    """The parts of the registry that are asked."""


@dataclass(frozen=True, slots=True)
class Download:
    """A signed URL for a file of a version, valid until `expires_at`. `filename` is a plain name to save it under."""

    url: str
    expires_at: datetime
    filename: str
    version: Version
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Downloads:
    """The files of a version, and a signed URL for each, valid until `expires_at`."""

    found: VersionFiles
    urls: tuple[str, ...]
    expires_at: datetime


class DownloadService:
    """The use cases of downloading a version's files."""

    def __init__(self, registry: Registry, objects: ObjectStore) -> None:
        self._registry = registry
        self._objects = objects

    async def files(self, by: Principal, model_id: str, ref: str) -> VersionFiles:
        """The files of a version. Raises InvalidInput (ref), NotFound, WrongState (they are not checked yet)."""
        check({"ref": ref})
        return await self._registry.list_files(by, model_id, ref)

    async def downloads(self, by: Principal, model_id: str, ref: str) -> Downloads:
        """Signs a URL for each file. Raises as `files` does."""
        found, expires_at = await self.files(by, model_id, ref), url_expiry()
        urls = (self._signed(file, plain_name(file.path)) for file in found.files)
        return Downloads(found, tuple(urls), expires_at)

    async def download(self, by: Principal, model_id: str, ref: str, path: str = "") -> Download:
        """Signs a URL for the main file, or the one at `path`.

        Raises InvalidInput (ref), NotFound (also path), WrongState (the version has no file yet), Unavailable.

        Published files are open to all who may read the model. The registry shows other versions to insiders alone.
        """
        if path:
            return await self._at(by, model_id, ref, path)
        check({"ref": ref})
        model = await self._registry.get_model(by, model_id)
        version = await self._registry.get_version(by, model.id, ref)
        artifact = _file_of(version)
        filename = download_name(model.name, version.version, suffix(artifact.format))
        url = self._objects.sign_download(artifact.storage_key, artifact.object_version, filename)
        return Download(url, url_expiry(), filename, version, artifact.size, artifact.sha256)

    async def _at(self, by: Principal, model_id: str, ref: str, path: str) -> Download:
        found = await self.files(by, model_id, ref)
        file = next((file for file in found.files if file.path == path), None)
        if file is None:
            raise NotFound.of("path", "file", path)
        filename = plain_name(path)
        url = self._signed(file, filename)
        return Download(url, url_expiry(), filename, found.version, file.size, file.sha256)

    def _signed(self, file: UploadFile, filename: str) -> str:
        return self._objects.sign_download(file.file_key, file.object_version, filename)


def _file_of(version: Version) -> Artifact:
    if version.artifact is None:
        raise WrongState.of("state", f"version {version.version} is {version.state}: there is no file to download")
    return version.artifact
