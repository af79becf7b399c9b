"""The registry's own services over a store in memory, which tests use in place of the container."""

from functions.registry.catalog.aliases import AliasService
from functions.registry.catalog.cursors import Cursors
from functions.registry.catalog.models import ModelService
from functions.registry.catalog.uploads import UploadService
from functions.registry.catalog.versions import VersionService
from functions.registry.ports import Repository
from tests.fakes.repository import MemoryRepository
from tests.support.registry_server import KEYS


class FakeRegistry(ModelService, VersionService, AliasService, UploadService):
    """Implements ModelRegistry, VersionRegistry, AliasRegistry and UploadRegistry."""

    def __init__(self, repository: Repository) -> None:
        super().__init__(repository, Cursors(KEYS))


def fake_registry() -> FakeRegistry:
    """Returns an empty registry."""
    return FakeRegistry(MemoryRepository())
