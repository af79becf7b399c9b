"""The registry's own services over a store in memory: what functions meet in tests instead of the container."""

from functions.registry.aliases import AliasService
from functions.registry.cursors import Cursors
from functions.registry.models import ModelService
from functions.registry.ports import Repository
from functions.registry.uploads import UploadService
from functions.registry.versions import VersionService
from tests.fakes.repository import MemoryRepository
from tests.registry import KEYS


class FakeRegistry(ModelService, VersionService, AliasService, UploadService):
    """ModelRegistry, VersionRegistry, AliasRegistry and UploadRegistry in one."""

    def __init__(self, repository: Repository) -> None:
        super().__init__(repository, Cursors(KEYS))


def fake_registry() -> FakeRegistry:
    """An empty one."""
    return FakeRegistry(MemoryRepository())
