"""What becomes of a finished upload: ready, or failed with the reason and the file removed."""

import tempfile
from pathlib import Path

from maas.domain.catalog.versions import Artifact
from maas.domain.errors import NotFound, WrongState
from maas.domain.identity.principals import validator
from maas.domain.uploads.sessions import Upload, UploadState
from maas.platform.observability import logger
from maas.services.ports.inference import ModelInspector
from maas.services.ports.registry import Registry
from maas.services.ports.storage import GraphStore, ObjectStore

GONE = "the uploaded file is not in the store any more"


class ValidationService:
    """The use case of the validator function. Checking one upload any number of times, even at once, is harmless."""

    def __init__(self, registry: Registry, objects: ObjectStore, graphs: GraphStore, inspector: ModelInspector) -> None:
        self._registry = registry
        self._objects = objects
        self._graphs = graphs
        self._inspector = inspector

    async def check(self, upload_id: str, tenant_id: str) -> None:
        """Records what is found in the file.

        Raises:
            Unavailable: something did not answer; the message has to come back.
        """
        by = validator(tenant_id)
        try:
            upload = await self._registry.get_upload(by, upload_id)
        except NotFound:
            logger.warning("upload is gone, and its model with it", upload_id=upload_id)
            return
        version = await self._registry.get_version(by, upload.model_id, upload.version)
        checked = version.artifact is not None and version.artifact.storage_key == upload.storage_key
        if checked or upload.state is not UploadState.COMPLETED:
            logger.info("nothing to check", upload_id=upload.id, state=version.state)
            return
        outcome = self._outcome(upload)
        try:
            await self._registry.record_validation(by, upload.id, outcome)
        except WrongState as error:
            logger.info("the version did not wait for this", upload_id=upload.id, reason=error.message)
            if not _superseded(error):
                return
            outcome = error.message
        # Recorded first: if this process dies here, the message comes back and removes the file then.
        if isinstance(outcome, str):
            logger.info("file refused", upload_id=upload.id, reason=outcome)
            self._objects.remove(upload.storage_key)
            self._graphs.remove(upload.storage_key)

    def _outcome(self, upload: Upload) -> Artifact | str:
        """The artifact, or why there is none."""
        with tempfile.TemporaryDirectory() as folder:
            path = str(Path(folder) / "model")
            try:
                sha256, size, object_version = self._objects.fetch(upload.storage_key, path)
            except NotFound:
                return GONE
            if size != upload.size:
                return f"the file has {size} bytes, not the {upload.size} declared"
            if sha256 != upload.sha256:
                return f"the file's SHA-256 is {sha256}, not the {upload.sha256} declared"
            found = self._inspector.inspect(path)
        if isinstance(found, str):
            return found
        # Written first: once a version is ready nobody comes back to do it.
        self._graphs.write(upload.storage_key, found.graph)
        return Artifact(
            storage_key=upload.storage_key,
            size=size,
            sha256=sha256,
            signature=found.signature,
            object_version=object_version,
        )


def _superseded(error: WrongState) -> bool:
    """Whether the version has gone on to another upload, so that this one's file is nobody's."""
    return any(field.field == "upload_id" for field in error.fields)
