"""A completed upload on the fakes, and the validation service that checks it."""

import hashlib
from dataclasses import dataclass, field

from maas.domain.catalog.models import NewModel
from maas.domain.catalog.versions import Version
from maas.domain.uploads.sessions import Upload
from maas.services.uploads import NewUpload
from maas.services.validation import ValidationService
from tests.fakes.graph_summaries import FakeGraphStore
from tests.fakes.inspector import FakeInspector
from tests.fakes.object_store import FakeObjectStore
from tests.fakes.registry import FakeRegistry, fake_registry
from tests.fakes.validation_queue import FakeValidationQueue
from tests.support.http_gateway import person
from tests.support.upload_services import upload_service

ADA = person()
CONTENT = b"not opened here: the inspector is a fake"
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@dataclass
class World:
    model_id: str
    registry: FakeRegistry
    objects: FakeObjectStore = field(default_factory=FakeObjectStore)
    graphs: FakeGraphStore = field(default_factory=FakeGraphStore)
    inspector: FakeInspector = field(default_factory=FakeInspector)
    queue: FakeValidationQueue = field(default_factory=FakeValidationQueue)

    async def uploaded(self, content: bytes = CONTENT, sha256: str = SHA256) -> Upload:
        """Completes an upload to version 1.0.0."""
        uploads = upload_service(self.registry, self.objects, FakeValidationQueue(), 1000)
        new = NewUpload(version="1.0.0", filename="m.onnx", size=len(content), sha256=sha256)
        started = await uploads.start(ADA, self.model_id, new)
        upload, (part,) = started.upload, started.urls
        assert self.objects.put(part.url, content, part.headers) == 200
        return await uploads.complete(ADA, upload.id)

    async def check(self, upload: Upload, receives: int = 1) -> None:
        service = ValidationService(self.registry, self.objects, self.graphs, self.inspector, self.queue)
        await service.check(upload.id, upload.tenant_id, receives)

    async def version(self) -> Version:
        return await self.registry.get_version(ADA, self.model_id, "1.0.0")


async def validation_world() -> World:
    """Returns a world with a draft 1.0.0."""
    registry = fake_registry()
    model = await registry.create_model(ADA, NewModel(name="iris", framework="sklearn", version="1.0.0"))
    return World(model.id, registry)
