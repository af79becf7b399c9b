"""An upload service over fakes of registry, object store and queue."""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from maas.domain.catalog.models import NewModel
from maas.domain.catalog.versions import Artifact, Signature, Tensor, VersionState
from maas.domain.errors import InvalidInput
from maas.domain.identity.principals import Principal, validator
from maas.domain.removals import Removal
from maas.domain.uploads.sessions import PART_MIN, Upload
from maas.services.downloads import DownloadService
from maas.services.removal import RemovalService
from maas.services.upload_parts import SignedPart
from maas.services.uploads import NewUpload, UploadService
from tests.fakes.graph_summaries import FakeGraphStore
from tests.fakes.inspector import GRAPH
from tests.fakes.monitoring import FakeModelTraces
from tests.fakes.object_store import FakeObjectStore
from tests.fakes.registry import FakeRegistry, fake_registry
from tests.fakes.removal_queue import FakeRemovalQueue
from tests.fakes.validation_queue import FakeValidationQueue
from tests.support.http_gateway import person
from tests.support.upload_services import upload_service

ADA = person()


EVE = person(subject="eve", tenant="elsewhere")


CONTENT = b"a" * PART_MIN + b"the last part is short"


SHA256 = hashlib.sha256(CONTENT).hexdigest()


MAX_BYTES = 100 * PART_MIN


@dataclass
class UploadWorld:
    """The systems that an upload uses, and a model of ADA's with a draft 1.0.0."""

    model_id: str
    registry: FakeRegistry
    objects: FakeObjectStore = field(default_factory=FakeObjectStore)
    graphs: FakeGraphStore = field(default_factory=FakeGraphStore)
    queue: FakeValidationQueue = field(default_factory=FakeValidationQueue)

    @property
    def service(self) -> UploadService:
        return upload_service(self.registry, self.objects, self.queue, MAX_BYTES)

    @property
    def downloads(self) -> DownloadService:
        return DownloadService(self.registry, self.objects)

    async def start(self, by: Principal = ADA, **changes: Any) -> tuple[Upload, list[SignedPart]]:
        started = await self.service.start(by, self.model_id, new_upload(**changes))
        return started.upload, started.urls

    async def started(self, **changes: Any) -> Upload:
        """Starts an upload and sends all its parts."""
        upload, urls = await self.start(**changes)
        self.put(urls)
        return upload

    def put(self, urls: Sequence[SignedPart], content: bytes = CONTENT) -> None:
        for part in urls:
            begin = (part.number - 1) * PART_MIN
            assert self.objects.put(part.url, content[begin : begin + part.length], part.headers) == 200

    async def state(self) -> VersionState:
        return (await self.registry.get_version(ADA, self.model_id, "1.0.0")).state

    async def remove_unused(self) -> None:
        """Looks through the version's files, as the remover does after the grace."""
        place = Removal(tenant_id=ADA.tenant_id, model_id=self.model_id, version="1.0.0", since=0)
        await asyncio.sleep(0.002)  # an upload of this very millisecond counts as under way
        await RemovalService(self.registry, self.objects, FakeRemovalQueue(), 0, FakeModelTraces()).remove(place)

    async def ready(self, **found: Any) -> Upload:
        """Uploads a file and records its successful validation, whose fields are `found`."""
        upload = await self.started()
        await self.service.complete(ADA, upload.id)
        self.graphs.write(upload.storage_key, GRAPH)
        await self.registry.record_validation(validator(ADA.tenant_id), upload.id, replace(artifact(upload), **found))
        return upload


def new_upload(**changes: Any) -> NewUpload:
    given: Mapping[str, Any] = {"version": "1.0.0", "filename": "m.onnx", "size": len(CONTENT), "sha256": SHA256}
    return NewUpload(**{**given, "part_size": PART_MIN, **changes})


def broken(error: InvalidInput) -> tuple[str, str]:
    """The only field that is named, and its rule."""
    (found,) = error.fields
    return found.field, found.rule


def artifact(upload: Upload) -> Artifact:
    signature = Signature((Tensor("x", "float", (-1, 4)),), (Tensor("y", "int64", (-1,)),))
    return Artifact(storage_key=upload.storage_key, size=upload.size, sha256=SHA256, signature=signature)


async def make_world() -> UploadWorld:
    registry = fake_registry()
    model = await registry.create_model(ADA, NewModel(name="iris", framework="onnx", version="1.0.0"))
    return UploadWorld(model.id, registry)
