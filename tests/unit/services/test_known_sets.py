"""Files of sets that the organization has are proved and not sent, main file and companions alike."""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from maas.domain.catalog.models import NewModel
from maas.domain.catalog.version_changes import NewVersion
from maas.domain.errors import InvalidInput, Unavailable
from maas.domain.identity.principals import Principal, validator
from maas.domain.removals import Removal
from maas.domain.uploads import files, sessions
from maas.domain.uploads.contents import Content
from maas.domain.uploads.files import FILES_MAX, DeclaredFile
from maas.domain.uploads.possession import PROOFS_MAX, WHOLE_MAX
from maas.domain.uploads.sessions import Upload
from maas.domain.uploads.version_files import Finding
from maas.services.possession import KnownFile, Proof
from maas.services.removal import RemovalService
from maas.services.upload_parts import PartRequest
from maas.services.upload_sets import NewSet
from maas.services.uploads import Started
from maas.web.presenters.uploads import started_upload_answer, upload_answer
from tests.fakes.monitoring import FakeModelTraces
from tests.fakes.removal_queue import FakeRemovalQueue
from tests.support.upload_world import ADA, EVE, UploadWorld, artifact, make_world
from tests.unit.services.test_possession import answer

CONTENTS = {
    "model.onnx": b"the model",
    "a.txt": b"some text",
    "b/copy.txt": b"some text",
    "c.csv": b"a,b",
    "empty": b"",
}
SENT = ["a.txt", "b/copy.txt", "c.csv", "model.onnx"]


class World(UploadWorld):
    async def begin(
        self, contents: Mapping[str, bytes] = CONTENTS, by: Principal = ADA, model_id: str = "", number: str = "1.0.0"
    ) -> Started:
        declared = [
            DeclaredFile(path=path, size=len(c), sha256=hashlib.sha256(c).hexdigest(), main=path == "model.onnx")
            for path, c in contents.items()
        ]
        new = NewSet(version=number, files=tuple(declared))
        return await self.service.start(by, model_id or self.model_id, new)

    async def other_model(self, by: Principal = ADA) -> str:
        model = await self.registry.create_model(by, NewModel(name="other", framework="onnx", version="1.0.0"))
        return model.id

    async def checked(self, upload: Upload, contents: Mapping[str, bytes] = CONTENTS) -> None:
        """Sends what is missing, completes the upload, and records its successful validation."""
        progress = await self.service.progress(ADA, upload.id)
        missing = [PartRequest(1, path=each.file.path) for each in progress.files if not each.is_stored]
        for part in await self.service.sign(ADA, upload.id, missing) if missing else ():
            assert self.objects.put(part.url, contents[part.path], part.headers) == 200
        await self.service.complete(ADA, upload.id)
        current = await self.registry.get_upload(ADA, upload.id)
        found = replace(artifact(current), storage_key=current.file_key, sha256=current.sha256)
        findings = [Finding(file.path, "text", {}) for file in current.files if not file.main]
        await self.registry.record_validation(validator(ADA.tenant_id), upload.id, found, findings)

    async def prove(self, started: Started, known: Sequence[KnownFile] | None = None) -> Upload:
        proofs = [answer(file, CONTENTS[file.path]) for file in (started.known if known is None else known)]
        return await self.service.prove(ADA, started.upload.id, proofs)

    async def downloaded(self, model_id: str) -> dict[str, bytes]:
        found = await self.downloads.downloads(ADA, model_id, "1.0.0")
        return {f.path: self.objects.get(url) for f, url in zip(found.found.files, found.urls, strict=True)}

    async def removed(self, model_id: str) -> None:
        """Removes what has no use at the places of a deleted model, and wherever that leads to."""
        queue = FakeRemovalQueue()
        waiting = [Removal(tenant_id=ADA.tenant_id, model_id=model_id, since=0)]
        await asyncio.sleep(0.002)
        while waiting:
            await RemovalService(self.registry, self.objects, queue, 0, FakeModelTraces()).remove(
                replace(waiting.pop(), since=0)
            )
            waiting += queue.sent
            queue.sent.clear()


@pytest.fixture
async def world() -> World:
    """A world whose version 1.0.0 is ready with CONTENTS."""
    base = await make_world()
    found = World(base.model_id, base.registry)
    await found.checked((await found.begin()).upload)
    return found


async def test_nothing_of_a_known_set_is_sent_again(world: World) -> None:
    before, other = dict(world.objects.objects), await world.other_model()
    started = await world.begin(model_id=other)
    assert [file.path for file in started.known] == SENT
    assert [part.path for part in started.urls] == ["empty"]
    upload = await world.prove(started)
    assert started_upload_answer(replace(started, upload=upload)).reused == SENT
    progress = await world.service.progress(ADA, upload.id)
    assert [each.file.path for each in progress.files if not each.is_stored] == ["empty"]
    assert progress.known == ()
    await world.checked(upload)
    assert [len(content) for key, content in world.objects.objects.items() if key not in before] == [0]
    assert await world.downloaded(other) == CONTENTS


async def test_some_files_are_proved_and_others_sent(world: World) -> None:
    contents = {**CONTENTS, "c.csv": b"other rows"}
    other = await world.other_model()
    started = await world.begin(contents, model_id=other)
    assert [file.path for file in started.known] == ["a.txt", "b/copy.txt", "model.onnx"]
    await world.prove(started, started.known[:1])
    await world.checked(started.upload, contents)
    assert await world.downloaded(other) == contents
    found = await world.registry.find_contents(ADA, other, [hashlib.sha256(b"other rows").hexdigest()])
    assert len(found) == 1


async def test_files_stay_until_the_last_set_that_uses_them_goes(world: World) -> None:
    other = await world.other_model()
    started = await world.begin(model_id=other)
    await world.checked(await world.prove(started))
    await world.registry.delete_model(ADA, world.model_id)
    await world.removed(world.model_id)
    assert await world.downloaded(other) == CONTENTS
    await world.registry.delete_model(ADA, other)
    await world.removed(other)
    assert world.objects.objects == {}
    assert await world.registry._repository.contents.entries("models/", limit=9) == []


async def test_all_wrong_proofs_are_named_and_none_counts(world: World) -> None:
    started = await world.begin(model_id=await world.other_model())
    right, *wrong = [answer(file, CONTENTS[file.path]) for file in started.known]
    proofs = [right, *(Proof(each.path, "0" * 64) for each in wrong)]
    with pytest.raises(InvalidInput) as caught:
        await world.service.prove(ADA, started.upload.id, proofs)
    named = [(each.field, each.rule) for each in caught.value.fields]
    assert named == [(f"proofs[{n}].proof", "proof") for n in (1, 2, 3)]
    assert (await world.service.progress(ADA, started.upload.id)).known == started.known


async def test_a_proved_file_is_not_signed(world: World) -> None:
    started = await world.begin(model_id=await world.other_model())
    await world.prove(started)
    with pytest.raises(InvalidInput) as caught:
        await world.service.sign(ADA, started.upload.id, [PartRequest(1, path="a.txt")])
    assert (caught.value.fields[0].field, caught.value.fields[0].rule) == ("parts[0].path", "invalid")


async def test_another_organization_is_told_of_nothing(world: World) -> None:
    started = await world.begin(by=EVE, model_id=await world.other_model(EVE))
    assert started.known == ()
    assert len(started.urls) == len(CONTENTS)
    with pytest.raises(InvalidInput) as caught:
        await world.service.prove(EVE, started.upload.id, [Proof("a.txt", "0" * 64)])
    assert (caught.value.fields[0].field, caught.value.fields[0].rule) == ("proofs[0].path", "exists")


async def test_files_are_sent_while_contents_cannot_be_read(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def down(*_: object) -> list[Content]:
        raise Unavailable("the table does not answer")

    other = await world.other_model()
    monkeypatch.setattr(world.registry, "find_contents", down)
    started = await world.begin(model_id=other)
    assert (started.known, len(started.urls)) == ((), len(CONTENTS))
    await world.checked(started.upload)
    assert await world.downloaded(other) == CONTENTS


async def test_the_parts_of_a_proved_file_are_ended(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody has signed them before."""
    for module in (files, sessions):
        monkeypatch.setattr(module, "SINGLE_MAX", 8)
    started = await world.begin(model_id=await world.other_model())
    assert world.objects.open == {}
    await world.service.sign(ADA, started.upload.id, [PartRequest(1, path="a.txt")])
    assert len(world.objects.open) == 1
    await world.prove(started)
    assert world.objects.open == {}


async def test_a_start_of_very_many_known_files_stays_small(world: World) -> None:
    """The largest files that are asked about have sixteen ranges each."""
    digests = [hashlib.sha256(f"{n}".encode()).hexdigest() for n in range(FILES_MAX)]
    keys = [f"models/{ADA.tenant_id}/{world.model_id}/9.0.0/{n}" for n in range(FILES_MAX)]
    size = WHOLE_MAX + 12345
    contents = [
        Content(tenant_id=ADA.tenant_id, sha256=digest, size=size, storage_key=key)
        for digest, key in zip(digests, keys, strict=True)
    ]
    await world.registry._repository.contents.add(contents)
    await world.registry.create_version(ADA, world.model_id, NewVersion(version="2.0.0"))
    declared = [
        DeclaredFile(path=f"{n:0130d}", size=size, sha256=digest, main=n == 0) for n, digest in enumerate(digests)
    ]
    started = await world.service.start(ADA, world.model_id, NewSet(version="2.0.0", files=tuple(declared)))
    assert (len(started.known), started.urls) == (FILES_MAX, [])
    for shown in (
        started_upload_answer(started),
        upload_answer(await world.service.progress(ADA, started.upload.id)),
    ):
        assert len(shown.model_dump_json()) < 1_500_000


async def test_a_call_takes_a_bounded_number_of_proofs(world: World) -> None:
    started = await world.begin(model_id=await world.other_model())
    with pytest.raises(InvalidInput) as caught:
        await world.service.prove(ADA, started.upload.id, [Proof(f"{n}", "0") for n in range(PROOFS_MAX + 1)])
    assert (caught.value.fields[0].field, caught.value.fields[0].rule) == ("proofs", "max_items")
