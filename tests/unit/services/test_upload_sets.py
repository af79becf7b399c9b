"""Sets of files are sent by signed URLs, resumed, and put together, over fakes of registry, store and queue."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from maas.domain.catalog.versions import VersionState
from maas.domain.errors import InvalidInput, Rule, Unavailable, WrongState
from maas.domain.uploads import sessions
from maas.domain.uploads.files import DeclaredFile
from maas.domain.uploads.sessions import PART_MIN, Upload, UploadFile, UploadStart, UploadState
from maas.services.upload_parts import PartRequest, SignedPart
from maas.services.upload_sets import NewSet
from tests.fakes.registry import FakeRegistry
from tests.support.upload_services import upload_service
from tests.support.upload_world import ADA, EVE, UploadWorld, make_world

FILES = {"model.onnx": b"a model", "README.md": b"# Iris", "empty.csv": b"", "weights/big.bin": b"w" * (PART_MIN + 9)}


@pytest.fixture
async def world(monkeypatch: pytest.MonkeyPatch) -> UploadWorld:
    """A world in which files of more than 1 MiB are sent in parts of 5 MiB."""
    monkeypatch.setattr(sessions, "SINGLE_MAX", 2**20)
    monkeypatch.setattr(sessions, "PART_DEFAULT", PART_MIN)
    monkeypatch.setattr("maas.domain.uploads.files.SINGLE_MAX", 2**20)
    return await make_world()


def new_set(contents: Mapping[str, bytes] = FILES, *, replace: bool = False) -> NewSet:
    main = next(iter(contents))
    files = [
        DeclaredFile(path=path, size=len(found), sha256=hashlib.sha256(found).hexdigest(), main=path == main)
        for path, found in contents.items()
    ]
    return NewSet(version="1.0.0", files=tuple(files), replace=replace)


async def start(world: UploadWorld, **changes: Any) -> tuple[Upload, list[SignedPart]]:
    started = await world.service.start(ADA, world.model_id, new_set(**changes))
    return started.upload, started.urls


def put(world: UploadWorld, urls: Sequence[SignedPart], contents: Mapping[str, bytes] = FILES) -> None:
    for part in urls:
        begin = (part.number - 1) * PART_MIN
        content = contents[part.path][begin : begin + part.length]
        assert world.objects.put(part.url, content, part.headers) == 200


async def states(world: UploadWorld, upload: Upload) -> dict[str, tuple[bool, tuple[int, ...]]]:
    found = await world.service.progress(ADA, upload.id)
    assert not found.dropped
    return {each.file.path: (each.is_stored, each.missing) for each in found.files}


async def test_a_set_is_sent_and_put_together(world: UploadWorld) -> None:
    upload, urls = await start(world)
    assert [(part.path, part.number, part.length) for part in urls] == [
        ("README.md", 1, 6),
        ("empty.csv", 1, 0),
        ("model.onnx", 1, 7),
        ("weights/big.bin", 1, PART_MIN),
        ("weights/big.bin", 2, 9),
    ]
    put(world, urls)
    assert (await world.service.complete(ADA, upload.id)).state is UploadState.COMPLETED
    assert await world.state() is VersionState.VALIDATING
    files = (await world.registry.get_upload(ADA, upload.id)).files
    assert {file.path: world.objects.objects[file.storage_key] for file in files} == FILES
    assert not any(path in key for key in world.objects.objects for path in FILES)
    assert [message[0] for message in world.queue.sent] == [upload.id]


async def test_the_progress_tells_each_file(world: UploadWorld) -> None:
    upload, urls = await start(world)
    assert await states(world, upload) == {
        "README.md": (False, (1,)),
        "empty.csv": (False, (1,)),
        "model.onnx": (False, (1,)),
        "weights/big.bin": (False, (1, 2)),
    }
    put(world, [urls[0], urls[4]])
    assert await states(world, upload) == {
        "README.md": (True, ()),
        "empty.csv": (False, (1,)),
        "model.onnx": (False, (1,)),
        "weights/big.bin": (False, (1,)),
    }
    put(world, urls)
    await world.service.complete(ADA, upload.id)
    assert {stored for stored, _ in (await states(world, upload)).values()} == {True}


@pytest.mark.parametrize("lacking", range(5))
async def test_a_set_with_a_part_missing_is_not_completed(world: UploadWorld, lacking: int) -> None:
    upload, urls = await start(world)
    put(world, urls[:lacking] + urls[lacking + 1 :])
    with pytest.raises(InvalidInput, match=urls[lacking].path) as caught:
        await world.service.complete(ADA, upload.id)
    assert [(found.field, found.rule) for found in caught.value.fields] == [("files", Rule.MISSING)]
    assert await world.state() is VersionState.UPLOADING
    put(world, [urls[lacking]])
    await world.service.complete(ADA, upload.id)
    assert await world.state() is VersionState.VALIDATING


async def test_other_bytes_than_the_declared_ones_are_refused(world: UploadWorld) -> None:
    _, urls = await start(world)
    assert world.objects.put(urls[0].url, b"# Evil", urls[0].headers) == 400
    assert world.objects.put(urls[0].url, b"# Iris!", urls[0].headers) == 403
    assert urls[0].headers["x-amz-checksum-sha256"] == base64.b64encode(hashlib.sha256(b"# Iris").digest()).decode()


async def test_more_parts_are_signed_by_path(world: UploadWorld) -> None:
    upload, _ = await start(world)
    wanted = [PartRequest(2, path="weights/big.bin"), PartRequest(1, path="README.md"), PartRequest(1)]
    signed = await world.service.sign(ADA, upload.id, wanted)
    assert [(part.path, part.number) for part in signed] == [
        ("weights/big.bin", 2),
        ("README.md", 1),
        ("model.onnx", 1),
    ]
    put(world, signed)


DIGEST = base64.b64encode(b"x" * 32).decode()


@pytest.mark.parametrize(
    ("parts", "field", "rule"),
    [
        ([], "parts", Rule.MIN_ITEMS),
        ([PartRequest(1)] * 1001, "parts", Rule.MAX_ITEMS),
        ([PartRequest(1, path="absent")], "parts[0].path", Rule.EXISTS),
        ([PartRequest(1, path="../x")], "parts[0].path", Rule.EXISTS),
        ([PartRequest(1), PartRequest(2)], "parts[1].part_number", Rule.RANGE),
        ([PartRequest(1), PartRequest(1, path="model.onnx")], "parts[1].part_number", Rule.REPEATED),
        ([PartRequest(3, path="weights/big.bin")], "parts[0].part_number", Rule.RANGE),
        ([PartRequest(0, path="weights/big.bin")], "parts[0].part_number", Rule.RANGE),
        ([PartRequest(1, md5="x")], "parts[0].md5", Rule.BASE64),
        ([PartRequest(1, sha256=DIGEST)], "parts[0].sha256", Rule.DECLARED),
        ([PartRequest(1, sha256=DIGEST, path="weights/big.bin")], "parts[0].sha256", Rule.ALL_OR_NONE),
    ],
)
async def test_a_part_at_fault_is_named(world: UploadWorld, parts: list[PartRequest], field: str, rule: Rule) -> None:
    upload, _ = await start(world)
    with pytest.raises(InvalidInput) as caught:
        await world.service.sign(ADA, upload.id, parts)
    assert [(found.field, found.rule) for found in caught.value.fields] == [(field, rule)]


async def test_an_upload_of_one_file_has_no_paths(world: UploadWorld) -> None:
    upload, _ = await world.start()
    with pytest.raises(InvalidInput, match="this is one file"):
        await world.service.sign(ADA, upload.id, [PartRequest(1, path="m.onnx")])


async def test_a_lost_race_leaves_no_upload_in_the_store(world: UploadWorld) -> None:
    """Two calls begin the same file at once: both sign parts of one upload, and the other one is aborted."""
    contents = (
        {"m.onnx": b"m"} | {f"f{i:02d}": b"" for i in range(sessions.START_SIGN_MAX)} | {"z": FILES["weights/big.bin"]}
    )
    upload, _ = await start(world, contents=contents)
    rival = upload_service(world.registry, world.objects, world.queue, 100)

    class Slow(FakeRegistry):
        async def begin_file(self, by: Any, upload_id: str, begun: Any) -> UploadFile:
            await rival.sign(by, upload_id, [PartRequest(1, path="z")])
            return await super().begin_file(by, upload_id, begun)

    slow = upload_service(Slow(world.registry._repository), world.objects, world.queue, 100)
    signed = await slow.sign(ADA, upload.id, [PartRequest(2, path="z")])
    assert len(world.objects.open) == 1
    put(world, signed, contents)
    assert (await states(world, upload))["z"] == (False, (1,))


async def test_a_registry_that_fails_leaves_no_upload_in_the_store(world: UploadWorld) -> None:
    contents = (
        {"m.onnx": b"m"} | {f"f{i:02d}": b"" for i in range(sessions.START_SIGN_MAX)} | {"z": FILES["weights/big.bin"]}
    )
    upload, _ = await start(world, contents=contents)

    class Down(FakeRegistry):
        async def begin_file(self, by: Any, upload_id: str, begun: Any) -> UploadFile:
            raise Unavailable("down")

    service = upload_service(Down(world.registry._repository), world.objects, world.queue, 100)
    with pytest.raises(Unavailable):
        await service.sign(ADA, upload.id, [PartRequest(1, path="z")])
    assert world.objects.open == {}


async def test_a_start_whose_answer_was_lost_goes_on(world: UploadWorld) -> None:
    class Lost(FakeRegistry):
        async def start_upload(self, by: Any, start: UploadStart) -> Upload:
            await super().start_upload(by, start)
            raise Unavailable("the answer was lost")

    service = upload_service(Lost(world.registry._repository), world.objects, world.queue, 100)
    started = await service.start(ADA, world.model_id, new_set())
    upload, urls = started.upload, started.urls
    assert (upload.state, len(urls)) == (UploadState.OPEN, 5)


async def test_dropped_parts_end_a_set(world: UploadWorld) -> None:
    upload, urls = await start(world)
    put(world, urls)
    world.objects.open.clear()
    assert (await world.service.progress(ADA, upload.id)).dropped
    with pytest.raises(WrongState, match="start again"):
        await world.service.complete(ADA, upload.id)


@pytest.mark.parametrize("calls", range(1, 7))
async def test_a_killed_complete_is_finished_by_its_repeat(world: UploadWorld, calls: int) -> None:
    """The function ends at each of its calls of the store, and a repeated call goes on from there."""
    contents = FILES | {"weights/more.bin": b"m" * (PART_MIN + 1)}
    upload, urls = await start(world, contents=contents)
    put(world, urls, contents)
    left = calls

    def killed_after(call: Any) -> Any:
        def run(*args: Any) -> Any:
            nonlocal left
            left -= 1
            if left == 0:
                raise KeyboardInterrupt
            return call(*args)

        return run

    objects = world.objects
    names = ("sizes", "parts", "finish")
    for name in names:
        setattr(objects, name, killed_after(getattr(objects, name)))
    with pytest.raises(KeyboardInterrupt):
        await world.service.complete(ADA, upload.id)
    for name in names:
        delattr(objects, name)
    await world.service.complete(ADA, upload.id)
    assert await world.state() is VersionState.VALIDATING
    files = (await world.registry.get_upload(ADA, upload.id)).files
    assert {file.path: objects.objects[file.storage_key] for file in files} == contents
    assert objects.open == {}


async def test_an_ended_set_takes_no_parts(world: UploadWorld) -> None:
    upload, _ = await start(world)
    await world.service.abort(ADA, upload.id)
    with pytest.raises(WrongState):
        await world.service.sign(ADA, upload.id, [PartRequest(1)])
    found = await world.service.progress(ADA, upload.id)
    assert (found.upload.state, found.files) == (UploadState.ABORTED, ())
    with pytest.raises(Exception, match="upload not found"):
        await world.service.progress(EVE, upload.id)


@pytest.mark.parametrize(("size", "field"), [(101 * PART_MIN, "files[0].size"), (0, "files[0].size")])
async def test_a_main_file_out_of_range_is_refused(world: UploadWorld, size: int, field: str) -> None:
    new = NewSet(version="1.0.0", files=(DeclaredFile(path="m", size=size, sha256="0" * 64, main=True),))
    with pytest.raises(InvalidInput) as caught:
        await world.service.start(ADA, world.model_id, new)
    assert caught.value.fields[0].field == field
    assert await world.state() is VersionState.DRAFT
