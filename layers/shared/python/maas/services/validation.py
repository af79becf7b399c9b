"""Validation of finished uploads: the version becomes ready, or fails with a reason and loses its file."""

import tempfile
from pathlib import Path

from maas.domain.catalog.versions import Artifact
from maas.domain.errors import NotFound, WrongState
from maas.domain.identity.principals import validator
from maas.domain.inference.model_warnings import warnings_of
from maas.domain.inference.sizes import unservable
from maas.domain.uploads.sessions import Upload, UploadState
from maas.platform.observability import logger
from maas.services.ports.inference import ModelInspector
from maas.services.ports.registry import Registry
from maas.services.ports.storage import GraphStore, ObjectStore

GONE = "the uploaded file is not in the store any more"


class ValidationService:
    """The use case of the validator function. It is idempotent, also for concurrent checks of one upload."""

    def __init__(self, registry: Registry, objects: ObjectStore, graphs: GraphStore, inspector: ModelInspector) -> None:
        self._registry = registry
        self._objects = objects
        self._graphs = graphs
        self._inspector = inspector

    async def check(self, upload_id: str, tenant_id: str) -> None:
        """Validates the uploaded file and records the outcome in the registry.

        Raises:
            Unavailable: a system did not answer; SQS must deliver the message again.
        """
        by = validator(tenant_id)
        try:
            upload = await self._registry.get_upload(by, upload_id)
        except NotFound:
            logger.warning("upload is not found; its model was deleted", upload_id=upload_id)
            return
        version = await self._registry.get_version(by, upload.model_id, upload.version)
        checked = version.artifact is not None and version.artifact.storage_key == upload.storage_key
        if checked or upload.state is not UploadState.COMPLETED:
            logger.info("nothing to check", upload_id=upload.id, state=version.state)
            return
        outcome = self._outcome(upload)
        try:
            await self._registry.record_validation(by, upload.id, outcome)
        except (WrongState, NotFound) as error:  # NotFound: the version or its model was deleted meanwhile
            logger.info("the version does not wait for this validation", upload_id=upload.id, reason=error.message)
            if isinstance(error, WrongState) and not _superseded(error):
                return
            outcome = error.message
        # Recorded first: if this process ends here, SQS delivers the message again and the file is removed then.
        if isinstance(outcome, str):
            logger.info("file rejected", upload_id=upload.id, reason=outcome)
            self._objects.remove(upload.storage_key)
            self._graphs.remove(upload.storage_key)

    def _outcome(self, upload: Upload) -> Artifact | str:
        """The artifact, or the reason for the failure."""
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
            inspection = self._inspector.inspect(path)
        if isinstance(inspection, str):
            return inspection
        if reason := unservable(inspection.signature):
            return reason
        # Written before the version becomes ready: later no process would write it.
        self._graphs.write(upload.storage_key, inspection.graph)
        return Artifact(
            storage_key=upload.storage_key,
            size=size,
            sha256=sha256,
            signature=inspection.signature,
            object_version=object_version,
            warnings=warnings_of(inspection.signature),
        )


def _superseded(error: WrongState) -> bool:
    """Returns whether the version now belongs to another upload, so that this upload's file is unused."""
    return any(field.field == "upload_id" for field in error.fields)
