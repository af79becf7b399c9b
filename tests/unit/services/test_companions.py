"""All files of a set are checked, and the version fails with the path of the first one that is refused."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from threading import Barrier

import pytest

from maas.domain.catalog.formats import FORMATS
from maas.domain.catalog.graphs import Inspection
from maas.domain.catalog.versions import VersionState
from maas.domain.uploads.files import DeclaredFile
from maas.domain.uploads.sessions import Upload
from maas.domain.uploads.version_files import DETAILS_MAX_BYTES
from maas.services import companions, validation
from maas.services.upload_sets import NewSet
from tests.fakes.inspector import FOUND, FakeInspector
from tests.fakes.object_store import FakeObjectStore
from tests.fakes.validation_queue import FakeValidationQueue
from tests.support.upload_services import upload_service
from tests.support.validation_world import ADA, World, validation_world

CONTENTS = {"model.onnx": b"not opened here", "a.safetensors": b"weights", "b/empty": b"", "c.txt": b"text"}


class ByContent(FakeInspector):
    """Finds in each file what the test says of its content."""

    def __init__(self, found: Mapping[bytes, Inspection | str]) -> None:
        super().__init__()
        self.found = found
        self.seen: list[bytes] = []

    def inspect(self, path: str) -> Inspection | str:
        self.seen.append(Path(path).read_bytes())
        assert len([*Path(path).parent.iterdir()]) <= companions.BATCH_FILES
        return self.found.get(self.seen[-1], FOUND)


@pytest.fixture
async def world() -> World:
    return await validation_world()


async def completed(world: World, contents: Mapping[str, bytes] = CONTENTS) -> Upload:
    uploads = upload_service(world.registry, world.objects, FakeValidationQueue(), 1000)
    files = [
        DeclaredFile(path=path, size=len(c), sha256=hashlib.sha256(c).hexdigest(), main=path == "model.onnx")
        for path, c in contents.items()
    ]
    started = await uploads.start(ADA, world.model_id, NewSet(version="1.0.0", files=tuple(files)))
    upload, urls = started.upload, started.urls
    for part in urls:
        assert world.objects.put(part.url, contents[part.path], part.headers) == 200
    await uploads.complete(ADA, upload.id)
    return upload


async def test_each_file_has_its_findings(world: World) -> None:
    kept = replace(FOUND, format=FORMATS["safetensors"], details={"tensors": 2})
    world.inspector = inspector = ByContent({b"weights": kept})
    await world.check(await completed(world))
    found = await world.registry.list_files(ADA, world.model_id, "1.0.0")
    assert [(file.path, file.format, dict(file.details)) for file in found.files if not file.main] == [
        ("a.safetensors", "safetensors", {"tensors": 2}),
        ("b/empty", "empty", {}),
        ("c.txt", "onnx", {}),
    ]
    assert found.version.state is VersionState.READY
    assert inspector.seen == [b"not opened here", b"weights", b"text"]


async def test_a_refused_file_fails_the_version_by_its_path(world: World) -> None:
    world.inspector = ByContent({b"text": "the file is a pickle"})
    await world.check(await completed(world))
    version = await world.version()
    assert (version.state, version.failure) == (VersionState.FAILED, "c.txt: the file is a pickle")


async def test_a_refused_main_file_fails_the_version(world: World) -> None:
    world.inspector = inspector = ByContent({b"not opened here": "it is JSON"})
    await world.check(await completed(world))
    assert (await world.version()).failure == "it is JSON"
    assert inspector.seen == [b"not opened here"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (b"texts", "c.txt: the file has 5 bytes"),
        (b"TEXT", "c.txt: the file's SHA-256 is"),
        (None, "c.txt: the"),
    ],
)
async def test_other_bytes_in_the_store_fail_the_version(world: World, change: bytes | None, reason: str) -> None:
    upload = await completed(world)
    key = next(file.storage_key for file in upload.files if file.path == "c.txt")
    world.objects.objects |= {} if change is None else {key: change}
    if change is None:
        del world.objects.objects[key]
    await world.check(upload)
    version = await world.version()
    assert version.state is VersionState.FAILED
    assert version.failure.startswith(reason)


async def test_details_beyond_the_limit_are_left_out(world: World) -> None:
    large = replace(FOUND, details={"x": "é" * (DETAILS_MAX_BYTES // 4 - 20)})
    contents = {"model.onnx": b"m", **{f"f{i}": b"x" * (i + 1) for i in range(4)}}
    world.inspector = ByContent({b"x" * (i + 1): large for i in range(3)})
    await world.check(await completed(world, contents))
    files = (await world.registry.list_files(ADA, world.model_id, "1.0.0")).files
    assert [bool(file.details) for file in files if not file.main] == [True, True, False, False]
    assert sum(len(json.dumps(dict(f.details), ensure_ascii=False).encode()) for f in files) <= DETAILS_MAX_BYTES


class Together(FakeObjectStore):
    """Answers a fetch of a companion once so many are under way."""

    arrived = Barrier(companions.FETCHES)

    def fetch(
        self, key: str, path: str, object_version: str = "", seconds: float | None = None
    ) -> tuple[str, int, str]:
        if self.objects[key] != CONTENTS["model.onnx"]:
            self.arrived.wait(timeout=10)
        return super().fetch(key, path, object_version, seconds)


async def test_files_are_fetched_together(world: World) -> None:
    """And their findings stay with them."""
    world.objects, names = Together(), [f"{n:02}.txt" for n in range(companions.FETCHES)]
    contents = {"model.onnx": CONTENTS["model.onnx"], **{name: name.encode() for name in names}}
    world.inspector = ByContent({name.encode(): replace(FOUND, details={"name": name}) for name in names})
    await world.check(await completed(world, contents))
    files = (await world.registry.list_files(ADA, world.model_id, "1.0.0")).files
    assert {file.path: dict(file.details) for file in files if not file.main} == {n: {"name": n} for n in names}


async def test_a_set_that_takes_too_long_fails(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    upload = await completed(world)
    monkeypatch.setattr(validation, "CHECK_SECONDS", -1.0)
    await world.check(upload)
    assert (await world.version()).failure == companions.OUT_OF_TIME
