"""Downloads of model files, which go from the store to the client."""

from dataclasses import dataclass
from datetime import datetime

from maas.domain.catalog.formats import suffix
from maas.domain.catalog.versions import Artifact, Version
from maas.domain.errors import WrongState
from maas.domain.identity.principals import Principal
from maas.domain.uploads.filenames import download_name
from maas.services.ports.registry import Registry
from maas.services.ports.storage import ObjectStore
from maas.services.references import check
from maas.services.upload_parts import url_expiry


@dataclass(frozen=True, slots=True)
class Download:
    """A signed URL for the version's file, valid until `expires_at`. `filename` is a plain name to save it under."""

    url: str
    expires_at: datetime
    filename: str
    version: Version
    artifact: Artifact


class DownloadService:
    """The use case of downloading a version's file."""

    def __init__(self, registry: Registry, objects: ObjectStore) -> None:
        self._registry = registry
        self._objects = objects

    async def download(self, by: Principal, model_id: str, ref: str) -> Download:
        """Signs a URL. Raises InvalidInput (ref), NotFound, WrongState (the version has no file yet), Unavailable.

        Published files are open to all who may read the model. The registry shows other versions to insiders alone.
        """
        check({"ref": ref})
        model = await self._registry.get_model(by, model_id)
        version = await self._registry.get_version(by, model.id, ref)
        artifact = _file_of(version)
        filename = download_name(model.name, version.version, suffix(artifact.format))
        url = self._objects.sign_download(artifact.storage_key, artifact.object_version, filename)
        return Download(url, url_expiry(), filename, version, artifact)


def _file_of(version: Version) -> Artifact:
    if version.artifact is None:
        raise WrongState.of("state", f"version {version.version} is {version.state}: there is no file to download")
    return version.artifact
