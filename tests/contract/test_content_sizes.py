"""The sizes of contents on every implementation of the registry's store, also of contents that had none."""

import random
from dataclasses import replace

import pytest

from functions.registry.ports import Repository
from functions.registry.store.client import Table, query_of, values
from functions.registry.store.content_sizes import PAGE
from functions.registry.store.items import sized_key
from functions.registry.store.repository import DynamoRepository
from maas.domain.ids import new_id
from maas.domain.uploads.contents import Content
from tests.contract.test_contents import a_content, an_upload, reuse_of
from tests.support.registry_server import person


def some_contents(tenant_id: str, count: int) -> list[Content]:
    """Contents of the sizes 10, 11, ..."""
    return [replace(a_content(tenant_id, f"{n:064x}"), size=10 + n) for n in range(count)]


async def _items(table: Table, tenant_id: str) -> list[dict[str, str]]:
    found = []
    async for page in table.query(**query_of("pk = :pk", {":pk": sized_key(tenant_id)["pk"]})):
        found += [{"pk": item["pk"], "sk": item["sk"]} for item in values(page)]
    return found


async def without_sizes(store: Repository, tenant_id: str) -> None:
    """Takes away what an earlier release did not write."""
    if isinstance(store, DynamoRepository):
        await store._table.delete(await _items(store._table, tenant_id))


async def test_a_size_is_known_in_the_organization_of_its_content_alone(store: Repository) -> None:
    ours, theirs = new_id(), new_id()
    assert not await store.contents.may_have_size(ours, 100)
    await store.contents.add([replace(a_content(ours), size=100)])
    asked = [await store.contents.may_have_size(one, size) for one in (ours, theirs) for size in (1, 10, 100, 1000)]
    assert asked == [False, False, True, False] + [False] * 4


async def test_a_size_goes_with_the_last_content_that_has_it(store: Repository) -> None:
    ours = new_id()
    first, second = (replace(content, size=7) for content in some_contents(ours, 2))
    await store.contents.add([first, second])
    for content, left in ((first, True), (second, False)):
        await store.contents.condemn(content.storage_key)
        assert await store.contents.may_have_size(ours, 7)
        for _ in range(2):
            await store.contents.forget(content.storage_key)
        assert await store.contents.may_have_size(ours, 7) is left


@pytest.mark.parametrize("asked_before", [False, True])
async def test_contents_of_an_earlier_release_are_never_unknown(store: Repository, asked_before: bool) -> None:
    ours = new_id()
    contents = some_contents(ours, 2 * PAGE + 1)
    await store.contents.add(contents)
    await without_sizes(store, ours)
    if asked_before:
        assert await store.contents.may_have_size(ours, 1) is isinstance(store, DynamoRepository)
    new = replace(a_content(ours), size=5)
    await store.contents.add([new])
    for content in (contents[0], contents[-1], new):
        assert await store.contents.may_have_size(ours, content.size)
    assert [await store.contents.may_have_size(ours, 1) for _ in range(2)][-1] is False
    for content in contents:
        assert await store.contents.may_have_size(ours, content.size)


async def test_a_content_of_an_earlier_release_leaves_no_size_behind(store: Repository) -> None:
    ours = new_id()
    kept, gone = some_contents(ours, 2)
    await store.contents.add([kept, gone])
    await without_sizes(store, ours)
    await store.contents.forget(gone.storage_key)
    assert not await store.contents.may_have_size(ours, gone.size)
    await store.contents.forget(kept.storage_key)
    assert not await store.contents.may_have_size(ours, kept.size)
    if isinstance(store, DynamoRepository):
        assert await _items(store._table, ours) == [sized_key(ours)]


async def test_sizes_equal_the_contents_after_random_operations(store: Repository) -> None:
    by, chance = person(), random.Random(3)
    contents = [replace(content, size=10 + n // 2) for n, content in enumerate(some_contents(by.tenant_id, 6))]
    upload, held = await an_upload(store, by), dict[str, Content]()
    for _ in range(120):
        one = chance.choice(contents)
        match chance.randrange(4):
            case 0:
                await store.contents.add([one])
                held.setdefault(one.sha256, one)
            case 1 if one.sha256 in held:
                await store.contents.reuse(upload.id, reuse_of(one, upload))
            case 2:
                await store.contents.drop(reuse_of(one, upload))
            case _:
                if await store.contents.condemn(one.storage_key):
                    await store.contents.forget(one.storage_key)
                    held.pop(one.sha256, None)
        size = chance.choice(contents).size
        assert await store.contents.may_have_size(by.tenant_id, size) is any(c.size == size for c in held.values())
