"""The registry's own services over a store in memory, which tests use in place of the container."""

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from functions.registry.catalog.aliases import AliasService
from functions.registry.catalog.captures import CaptureSettingService
from functions.registry.catalog.contents import ContentService
from functions.registry.catalog.files import FileService
from functions.registry.catalog.grants import GrantService
from functions.registry.catalog.held_grants import HeldGrantService
from functions.registry.catalog.lookup import stored_version
from functions.registry.catalog.model_lists import ModelListService
from functions.registry.catalog.models import ModelService
from functions.registry.catalog.repairs import RepairService
from functions.registry.catalog.rollouts import RolloutService
from functions.registry.catalog.uploads import UploadService
from functions.registry.catalog.usage import UsageService
from functions.registry.catalog.version_reading import VersionReadingService
from functions.registry.catalog.versions import VersionService
from functions.registry.container import build_services
from functions.registry.ports import Change, People, Repository
from maas.domain.identity.principals import Principal, Scope
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

    async def store_metadata(self, by: Principal, model_id: str, metadata: Mapping[str, Any]) -> None:
        """Stores metadata of version 1.0.0 as it is, as an earlier release with fewer rules did."""
        model = await self._access.changeable(by, model_id, Scope.MODELS_WRITE)
        before = await stored_version(self._repository, model, "1.0.0")
        after = replace(before, metadata=metadata, revision=before.revision + 1)
        await self._repository.commit(Change(before, after), by=by)


def fake_registry() -> FakeRegistry:
    """Returns an empty registry."""
    return FakeRegistry(MemoryRepository())
