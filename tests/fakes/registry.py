"""The registry's own services over a store in memory: what functions meet in tests instead of the container."""

from functions.registry.models import ModelService
from functions.registry.uploads import UploadService
from functions.registry.versions import VersionService
from tests.fakes.repository import MemoryRepository


class FakeRegistry(ModelService, VersionService, UploadService):
    """ModelRegistry, VersionRegistry and UploadRegistry in one."""


def fake_registry() -> FakeRegistry:
    """An empty one."""
    return FakeRegistry(MemoryRepository())
