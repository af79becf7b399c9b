"""Sessions in memory: room is made before the next one is loaded."""

import hashlib
from pathlib import Path

import pytest

from maas.adapters.onnx import sessions as module
from maas.adapters.onnx.process_memory import ProcessMemory
from maas.adapters.onnx.sessions import Sessions
from maas.domain.catalog.versions import Artifact, Signature
from maas.domain.errors import TooLarge
from tests.fakes.inference import artifact_of
from tests.samples import onnx_files

FIRST, SECOND = onnx_files.same("int64"), onnx_files.counter()


def written(folder: Path, content: bytes) -> Artifact:
    path = folder / hashlib.sha256(content).hexdigest() / "model"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    return artifact_of(content, Signature((), ()))


def sessions(folder: Path, memory: ProcessMemory) -> Sessions:
    return Sessions(lambda artifact: str(folder / artifact.sha256 / "model"), memory)


class Loads:
    """Stands in for the load of a session: raises MemoryError as often as `failures` says."""

    def __init__(self, failures: int = 0) -> None:
        self.failures = failures
        self.paths: list[str] = []

    def __call__(self, path: str) -> object:
        self.paths.append(path)
        if len(self.paths) <= self.failures:
            raise MemoryError
        return object()


async def test_a_loaded_session_is_found_again(tmp_path: Path) -> None:
    kept, artifact = sessions(tmp_path, ProcessMemory()), written(tmp_path, FIRST)
    assert await kept.get(artifact, 20) is await kept.get(artifact, 20)


async def test_room_is_made_before_the_next_load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    events: list[str] = []

    class Full(ProcessMemory):
        def fits(self, size: int) -> bool:
            return "release" in events[events.index("load") :] if "load" in events else True

        def release(self) -> None:
            events.append("release")

    def load(path: str) -> object:
        events.append("load")
        return object()

    monkeypatch.setattr(module, "_session", load)
    kept = sessions(tmp_path, Full())
    for content in (FIRST, SECOND):
        await kept.get(written(tmp_path, content), 20)
    assert events[:3] == ["load", "release", "load"]


async def test_a_load_out_of_memory_gets_all_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept, first, second = sessions(tmp_path, ProcessMemory()), written(tmp_path, FIRST), written(tmp_path, SECOND)
    before = await kept.get(first, 20)
    loads = Loads(failures=1)
    monkeypatch.setattr(module, "_session", loads)
    await kept.get(second, 20)
    assert len(loads.paths) == 2
    assert await kept.get(first, 20) is not before


async def test_a_model_that_never_fits_is_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_session", Loads(failures=2))
    with pytest.raises(TooLarge, match="more memory"):
        await sessions(tmp_path, ProcessMemory()).get(written(tmp_path, FIRST), 20)
