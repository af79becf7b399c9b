"""Validation of finished uploads: the version becomes ready, or fails with a reason."""

import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from maas.domain.catalog.formats import MODELS, Kind
from maas.domain.catalog.graphs import Inspection
from maas.domain.catalog.versions import Artifact, Version, VersionState
from maas.domain.errors import InvalidInput, NotFound, TooLarge, Unavailable, WrongState
from maas.domain.identity.principals import Principal, Scope, validator
from maas.domain.inference.model_warnings import warnings_of
from maas.domain.inference.sizes import unservable
from maas.domain.uploads.sessions import Upload, UploadState
from maas.domain.uploads.version_files import Finding
from maas.platform.observability import logger
from maas.services.companions import CHECK_SECONDS, GONE, Companions
from maas.services.ports.graphs import GraphStore
from maas.services.ports.inspection import ModelInspector
from maas.services.ports.messaging import ValidationQueue
from maas.services.ports.storage import ObjectStore
from maas.services.ports.upload_registry import UploadRegistry
from maas.services.ports.versions import VersionReader

# The queue delivers a message once more than this, so that the failure is recorded before it is a dead letter.
ATTEMPTS = 3
NO_RESULT = (
    f"the file could not be checked: {ATTEMPTS} attempts ended without a result, as they do when a file needs more "
    "memory or time than a check has"
)
# Seconds until a check that met an unavailable system is tried again.
POSTPONED = 60
# Seconds for the download. With the inspection's own limit they leave time to record the result.
FETCH_SECONDS = 200.0


class Registry(VersionReader, UploadRegistry, Protocol):
    """The parts of the registry that are asked."""


class GaveUp(Exception):
    """The failure is recorded, and the message belongs to the dead letters, where operators find it."""


class ValidationService:
    """The use case of the validator function. It is idempotent, also for concurrent checks of one upload."""

    def __init__(
        self,
        registry: Registry,
        objects: ObjectStore,
        graphs: GraphStore,
        inspector: ModelInspector,
        queue: ValidationQueue,
    ) -> None:
        self._registry = registry
        self._objects = objects
        self._graphs = graphs
        self._inspector = inspector
        self._queue = queue
        self._companions = Companions(objects, inspector)

    async def check(self, upload_id: str, tenant_id: str, receives: int = 1) -> None:
        """Validates the uploaded file and records the outcome in the registry.

        If a system does not answer, a new message is sent for later. So `receives`, the number of deliveries of this
        message, counts checks that ended without any answer: their process was killed, or ran out of memory or time.

        Raises:
            GaveUp: the deliveries before this one were ATTEMPTS or more; the version is failed now.
            Unavailable: a system did not answer, nor did the queue: SQS must deliver the message again. Or it did not
                answer when the version was given up: the message is a dead letter now, and the registry fails the
                version when its time is over, if it has not done so already.
        """
        try:
            await self._check(upload_id, tenant_id, receives)
        except Unavailable as error:
            if (
                receives > ATTEMPTS
            ):  # the failure may be recorded although the answer was lost: a copy would find no work
                raise
            logger.error("validation is postponed", upload_id=upload_id, reason=error.message)
            self._queue.send(upload_id, tenant_id, POSTPONED)

    async def _check(self, upload_id: str, tenant_id: str, receives: int) -> None:
        by = validator(tenant_id)
        try:
            upload = await self._registry.get_upload(by, upload_id)
            version = await self._registry.get_version(by, upload.model_id, upload.version, Scope.UPLOADS_WRITE)
        except NotFound:
            logger.warning("upload is not found; its model or version was deleted", upload_id=upload_id)
            return
        if _is_settled(upload, version):
            logger.info("nothing to check", upload_id=upload.id, state=version.state)
            return
        given_up = receives > ATTEMPTS
        outcome, findings = (NO_RESULT, []) if given_up else self._outcomes(upload)
        recorded = await self._record(by, upload, outcome, findings)
        if given_up and recorded:
            raise GaveUp(f"upload {upload.id}: {NO_RESULT}")

    async def _record(
        self, by: Principal, upload: Upload, outcome: Artifact | str, findings: Sequence[Finding]
    ) -> bool:
        """Records the outcome. Returns whether the version waited for it."""
        try:
            await self._registry.record_validation(by, upload.id, outcome, findings)
        except (WrongState, NotFound) as error:  # NotFound: the version or its model was deleted meanwhile
            logger.info("the version does not wait for this validation", upload_id=upload.id, reason=error.message)
            return False
        except (InvalidInput, TooLarge) as error:
            if isinstance(outcome, str):
                raise
            logger.error("the registry refuses the findings", upload_id=upload.id, reason=error.message)
            return await self._record(by, upload, f"what was found in the file can't be recorded: {error.message}", [])
        if isinstance(outcome, str):
            logger.info("file rejected", upload_id=upload.id, reason=outcome)
        return True

    def _outcomes(self, upload: Upload) -> tuple[Artifact | str, Sequence[Finding]]:
        """The outcome of the main file, and the findings in the others of a set; or the first reason for a failure."""
        end = time.monotonic() + CHECK_SECONDS
        outcome = self._outcome(upload)
        if isinstance(outcome, str):
            return outcome, []
        others = self._companions.check((file for file in upload.files if not file.main), end)
        return (others, []) if isinstance(others, str) else (outcome, others)

    def _outcome(self, upload: Upload) -> Artifact | str:
        """The artifact, or the reason for the failure."""
        with tempfile.TemporaryDirectory() as folder:
            path = str(Path(folder) / "model")
            try:
                sha256, size, object_version = self._objects.fetch(upload.file_key, path, seconds=FETCH_SECONDS)
            except NotFound:
                return GONE
            if size != upload.size:
                return f"the file has {size} bytes, not the {upload.size} declared"
            if sha256 != upload.sha256:
                return f"the file's SHA-256 is {sha256}, not the {upload.sha256} declared"
            inspection = self._inspector.inspect(path)
        if isinstance(inspection, str):
            return inspection
        if reason := _unusable(inspection):
            return reason
        # Written before the version becomes ready: later no process would write it.
        self._graphs.write(upload.file_key, inspection.graph)
        return Artifact(
            storage_key=upload.file_key,
            size=size,
            sha256=sha256,
            signature=inspection.signature,
            object_version=object_version,
            warnings=_warnings(inspection),
            format=inspection.format.name,
            details=inspection.details,
        )


def _unusable(inspection: Inspection) -> str | None:
    """The reason why a valid file can't be a version's, or None."""
    match inspection.format.kind:
        case Kind.SERVED:
            return unservable(inspection.signature)
        case Kind.KEPT:
            return None
        case Kind.COMPANION:
            return f"the file is {inspection.format.title}, and no model: a version needs one of {MODELS}"


def _warnings(inspection: Inspection) -> tuple[str, ...]:
    if inspection.format.kind is Kind.SERVED:
        return warnings_of(inspection.signature)
    return (f"the file is {inspection.format.title}: it is kept, and predictions do not run it",)


def _is_settled(upload: Upload, version: Version) -> bool:
    """Returns whether the upload needs no check: it is not completed, has passed already, or its version has failed."""
    checked = version.artifact is not None and version.artifact.storage_key == upload.file_key
    return checked or upload.state is not UploadState.COMPLETED or version.state is VersionState.FAILED
