"""The registry's own services over a store in memory, which tests use in place of the container."""

from functions.registry.catalog.aliases import AliasService
from functions.registry.catalog.model_lists import ModelListService
from functions.registry.catalog.models import ModelService
from functions.registry.catalog.uploads import UploadService
from functions.registry.catalog.versions import VersionService
from functions.registry.container import build_services
from functions.registry.ports import Repository
from tests.fakes.repository import MemoryRepository
from tests.support.registry_server import KEYS


class FakeRegistry(ModelService, ModelListService, VersionService, AliasService, UploadService):
    """Implements ModelRegistry, VersionRegistry, AliasRegistry and UploadRegistry with the container's services."""

    def __init__(self, repository: Repository) -> None:
        services = build_services(repository, KEYS)
        for service in (services.models, services.lists, services.versions, services.aliases, services.uploads):
            vars(self).update(vars(service))


def fake_registry() -> FakeRegistry:
    """Returns an empty registry."""
    return FakeRegistry(MemoryRepository())
