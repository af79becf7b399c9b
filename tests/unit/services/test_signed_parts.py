"""Parts that are signed after the start of an upload, one or many at once."""

import pytest

from maas.domain.errors import InvalidInput
from maas.domain.uploads.sessions import PART_MIN
from maas.services.upload_parts import PartRequest
from tests.fakes.object_store import base64_digest
from tests.support.upload_services import upload_service
from tests.support.upload_world import ADA, CONTENT, UploadWorld, broken, make_world, new_upload


@pytest.fixture
async def world() -> UploadWorld:
    return await make_world()


async def test_more_parts_are_signed_later(world: UploadWorld) -> None:
    upload, _ = await world.start(size=20 * PART_MIN)
    urls = await world.service.sign(ADA, upload.id, [PartRequest(17), PartRequest(20)])
    assert [part.number for part in urls] == [17, 20]


async def test_a_thousand_parts_are_signed_in_one_call(world: UploadWorld) -> None:
    service = upload_service(world.registry, world.objects, world.queue, 2000 * PART_MIN)
    upload = (await service.start(ADA, world.model_id, new_upload(size=2000 * PART_MIN))).upload
    wanted = [PartRequest(number) for number in range(1001, 2001)]
    assert [part.number for part in await service.sign(ADA, upload.id, wanted)] == list(range(1001, 2001))
    with pytest.raises(InvalidInput) as caught:
        await service.sign(ADA, upload.id, [PartRequest(1), *wanted])
    assert broken(caught.value) == ("parts", "max_items")


async def test_either_all_parts_have_checksums_or_none(world: UploadWorld) -> None:
    sha256 = base64_digest(CONTENT[:PART_MIN], "sha256")
    upload, _ = await world.start(parts=(PartRequest(1, sha256=sha256),))
    with pytest.raises(InvalidInput) as caught:
        await world.service.sign(ADA, upload.id, [PartRequest(2)])
    assert broken(caught.value) == ("parts[0].sha256", "all_or_none")
