"""The registry's own services over a store in memory, which tests use in place of the container."""

from dataclasses import fields

from functions.registry.catalog.aliases import AliasService
from functions.registry.catalog.captures import CaptureSettingService
from functions.registry.catalog.contents import ContentService
from functions.registry.catalog.files import FileService
from functions.registry.catalog.grants import GrantService
from functions.registry.catalog.held_grants import HeldGrantService
from functions.registry.catalog.model_lists import ModelListService
from functions.registry.catalog.models import ModelService
from functions.registry.catalog.repairs import RepairService
from functions.registry.catalog.rollouts import RolloutService
from functions.registry.catalog.uploads import UploadService
from functions.registry.catalog.usage import UsageService
from functions.registry.catalog.version_reading import VersionReadingService
from functions.registry.catalog.versions import VersionService
from functions.registry.container import build_services
from functions.registry.ports import People, Repository
from tests.fakes.repository import MemoryRepository
from tests.support.registry_server import KEYS, PEOPLE


class FakeRegistry(
    ModelService,
    ModelListService,
    VersionReadingService,
    VersionService,
    AliasService,
    RolloutService,
    CaptureSettingService,
    GrantService,
    HeldGrantService,
    UploadService,
    ContentService,
    RepairService,
    FileService,
    UsageService,
):
    """Implements the Registry port with the container's services."""

    def __init__(self, repository: Repository, people: People = PEOPLE) -> None:
        services = build_services(repository, KEYS, people)
        for service in fields(services):
            vars(self).update(vars(getattr(services, service.name)))


def fake_registry() -> FakeRegistry:
    """Returns an empty registry."""
    return FakeRegistry(MemoryRepository())
