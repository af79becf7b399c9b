"""Downloads of checked files, over fakes of registry and object store."""

from dataclasses import replace

import pytest

from maas.domain.catalog.models import ModelChange
from maas.domain.errors import NotFound, PermissionDenied, WrongState
from maas.domain.identity.principals import Role
from tests.support.upload_world import ADA, CONTENT, EVE, SHA256, UploadWorld, make_world


@pytest.fixture
async def world() -> UploadWorld:
    return await make_world()


async def test_the_owner_downloads_a_validated_file(world: UploadWorld) -> None:
    await world.ready()
    found = await world.downloads.download(ADA, world.model_id, "1.0.0")
    assert world.objects.get(found.url) == CONTENT
    assert (found.filename, found.sha256) == ("iris-1.0.0.onnx", SHA256)


async def test_a_download_has_the_suffix_of_its_format(world: UploadWorld) -> None:
    await world.ready(format="xgboost_ubj")
    assert (await world.downloads.download(ADA, world.model_id, "1.0.0")).filename == "iris-1.0.0.ubj"


async def test_a_hostile_model_name_is_no_path_for_other_tenants(world: UploadWorld) -> None:
    hostile = ModelChange(name="../../.config/autostart/x", is_public=True)
    await world.registry.update_model(ADA, world.model_id, hostile)
    await world.ready()
    await world.registry.publish_version(ADA, world.model_id, "1.0.0")
    found = await world.downloads.download(EVE, world.model_id, "latest")
    assert found.filename == "config_autostart_x-1.0.0.onnx"


async def test_a_draft_has_no_file_to_download(world: UploadWorld) -> None:
    with pytest.raises(WrongState, match="draft"):
        await world.downloads.download(ADA, world.model_id, "1.0.0")


async def test_other_tenants_download_published_files_of_public_models(world: UploadWorld) -> None:
    await world.registry.update_model(ADA, world.model_id, ModelChange(is_public=True))
    await world.ready()
    await world.registry.publish_version(ADA, world.model_id, "1.0.0")
    found = await world.downloads.download(EVE, world.model_id, "latest")
    assert world.objects.get(found.url) == CONTENT


@pytest.mark.parametrize("role", [Role.VIEWER, Role.DEVELOPER])
async def test_a_grantee_downloads_unpublished_files_too(world: UploadWorld, role: Role) -> None:
    await world.ready()
    grantee = replace(EVE, grants={world.model_id: frozenset({role})})
    found = await world.downloads.download(grantee, world.model_id, "1.0.0")
    assert world.objects.get(found.url) == CONTENT


async def test_an_invoker_downloads_nothing(world: UploadWorld) -> None:
    await world.ready()
    grantee = replace(EVE, grants={world.model_id: frozenset({Role.INVOKER})})
    with pytest.raises(PermissionDenied):
        await world.downloads.download(grantee, world.model_id, "1.0.0")


async def test_other_tenants_do_not_find_unpublished_files(world: UploadWorld) -> None:
    await world.registry.update_model(ADA, world.model_id, ModelChange(is_public=True))
    await world.ready()
    with pytest.raises(NotFound):
        await world.downloads.download(EVE, world.model_id, "1.0.0")
