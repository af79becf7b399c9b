"""Contents by digest on every implementation of the registry's store: uses, condemning, and races between them."""

import asyncio
from dataclasses import replace

import pytest

from functions.registry.ports import Repository
from maas.domain.identity.principals import Principal
from maas.domain.ids import new_id
from maas.domain.uploads.contents import Content, FileEntry
from maas.domain.uploads.sessions import Upload
from tests.fakes.registry import FakeRegistry
from tests.support.registry_server import SHA256, make_draft, make_model, make_upload, person


def a_content(tenant_id: str, sha256: str = SHA256) -> Content:
    key = f"models/{tenant_id}/{new_id()}/1.0.0/{new_id()}"
    return Content(tenant_id=tenant_id, sha256=sha256, size=7, storage_key=key)


def reuse_of(content: Content, upload: Upload) -> FileEntry:
    return FileEntry(
        tenant_id=content.tenant_id, key=upload.storage_key, sha256=content.sha256, storage_key=content.storage_key
    )


async def an_upload(store: Repository, by: Principal, number: str = "1.0.0") -> Upload:
    registry = FakeRegistry(store)
    model = await make_model(registry, by, name=f"m {new_id()}")
    await make_draft(registry, by, model, number)
    return await make_upload(registry, by, model, number)


async def known(store: Repository, content: Content) -> bool:
    return await store.contents.contents(content.tenant_id, [content.sha256]) == [content]


async def test_a_content_is_found_by_its_digest_in_its_organization(store: Repository) -> None:
    ours, theirs = a_content(new_id()), a_content(new_id())
    for content in (ours, theirs, ours):
        await store.contents.add([content])
    assert await store.contents.contents(ours.tenant_id, [SHA256, "cd" * 32, SHA256]) == [ours]
    assert await store.contents.contents(theirs.tenant_id, [SHA256]) == [theirs]
    assert await store.contents.contents(new_id(), [SHA256]) == []
    assert await store.contents.contents(ours.tenant_id, []) == []


async def test_the_first_file_of_a_digest_stays_the_one_in_use(store: Repository) -> None:
    ours = new_id()
    first, second = a_content(ours), a_content(ours)
    await store.contents.add([first])
    await store.contents.add([second])
    assert await known(store, first)
    assert [entry.key for entry in await store.contents.entries(f"models/{ours}/", limit=9)] == [first.storage_key]


async def test_contents_that_were_added_in_part_are_completed(store: Repository) -> None:
    ours = new_id()
    several = [a_content(ours, f"{n:064x}") for n in range(60)]
    await store.contents.add(several[10:40])
    other = replace(several[20], storage_key=several[20].storage_key + "0")
    await store.contents.add([*several[:20], other, *several[21:]])
    found = await store.contents.contents(ours, [content.sha256 for content in several])
    assert sorted(found, key=lambda content: content.sha256) == several
    entries = await store.contents.entries(f"models/{ours}/", limit=99)
    assert {entry.key for entry in entries} == {content.storage_key for content in several}


async def test_a_use_keeps_a_content_until_it_is_dropped(store: Repository) -> None:
    by = person()
    content, upload = a_content(by.tenant_id), await an_upload(store, by)
    entry = reuse_of(content, upload)
    await store.contents.add([content])
    assert [await store.contents.reuse(upload.id, entry) for _ in range(2)] == [True, True]
    assert not await store.contents.condemn(content.storage_key)
    assert await known(store, content)
    for _ in range(2):
        await store.contents.drop(entry)
    assert await store.contents.condemn(content.storage_key)
    assert not await known(store, content)


async def test_a_condemned_content_is_not_used_again(store: Repository) -> None:
    by = person()
    content, upload = a_content(by.tenant_id), await an_upload(store, by)
    await store.contents.add([content])
    assert [await store.contents.condemn(content.storage_key) for _ in range(2)] == [True, True]
    assert not await store.contents.reuse(upload.id, reuse_of(content, upload))
    await store.contents.add([replace(content, storage_key=content.storage_key + "0")])
    assert not await known(store, content)
    assert await store.contents.entries(upload.storage_key, limit=9) == []


async def test_a_forgotten_content_makes_room_for_another_file(store: Repository) -> None:
    ours = new_id()
    first, second = a_content(ours), a_content(ours)
    await store.contents.add([first])
    for _ in range(2):
        await store.contents.forget(first.storage_key)
    assert await store.contents.entries(f"models/{ours}/", limit=9) == []
    await store.contents.add([second])
    await store.contents.forget(first.storage_key)
    assert await known(store, second)


async def test_a_late_drop_leaves_the_next_file_of_a_digest_alone(store: Repository) -> None:
    by = person()
    first, second, upload = a_content(by.tenant_id), a_content(by.tenant_id), await an_upload(store, by)
    await store.contents.add([first])
    await store.contents.reuse(upload.id, reuse_of(first, upload))
    await store.contents.forget(first.storage_key)
    await store.contents.add([second])
    other = await an_upload(store, by)
    assert await store.contents.reuse(other.id, reuse_of(second, other))
    await store.contents.drop(reuse_of(first, upload))
    assert not await store.contents.condemn(second.storage_key)
    assert await store.contents.entries(upload.storage_key, limit=9) == []


async def test_an_upload_that_has_ended_uses_nothing(store: Repository) -> None:
    by = person()
    content, upload = a_content(by.tenant_id), await an_upload(store, by)
    await store.contents.add([content])
    await FakeRegistry(store).abort_upload(by, upload.id)
    assert not await store.contents.reuse(upload.id, reuse_of(content, upload))
    assert not await store.contents.reuse(new_id(), reuse_of(content, upload))
    assert await store.contents.condemn(content.storage_key)


async def test_a_key_without_a_content_may_go(store: Repository) -> None:
    by = person()
    content, upload = a_content(by.tenant_id), await an_upload(store, by)
    assert await store.contents.condemn(content.storage_key)
    await store.contents.add([content])
    await store.contents.reuse(upload.id, reuse_of(content, upload))
    assert await store.contents.condemn(upload.storage_key)
    await store.contents.forget(upload.storage_key)
    assert not await store.contents.condemn(content.storage_key)


async def test_entries_come_in_order_and_in_pages(store: Repository) -> None:
    ours = new_id()
    contents = [a_content(ours, f"{number:064x}") for number in range(5)]
    for content in contents:
        await store.contents.add([content])
    keys = sorted(content.storage_key for content in contents)
    first = await store.contents.entries(f"models/{ours}/", limit=3)
    rest = await store.contents.entries(f"models/{ours}/", limit=3, after=first[-1].key)
    assert [entry.key for entry in (*first, *rest)] == keys
    assert [entry.key for entry in await store.contents.entries(keys[2], limit=3)] == [keys[2]]
    assert all(not entry.is_reuse for entry in first)


@pytest.mark.parametrize("round_", range(3))
async def test_a_use_and_a_condemnation_at_once_have_one_winner(store: Repository, round_: int) -> None:
    by = person()
    content, upload = a_content(by.tenant_id), await an_upload(store, by, f"1.{round_}.0")
    await store.contents.add([content])
    used, condemned = await asyncio.gather(
        store.contents.reuse(upload.id, reuse_of(content, upload)),
        store.contents.condemn(content.storage_key),
    )
    assert used is not condemned
