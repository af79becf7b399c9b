import os
from pathlib import Path

import pytest

from maas.adapters.artifact_cache import ArtifactCache
from maas.domain.catalog.versions import Artifact, Signature
from maas.domain.errors import NotFound, Unavailable
from tests.fakes.inference import artifact_of

NO_SIGNATURE = Signature((), ())


class Store:
    """Objects by key; `fetches` counts the downloads."""

    def __init__(self, *contents: bytes) -> None:
        self.objects = {artifact(content).storage_key: content for content in contents}
        self.fetches = 0

    def fetch(self, key: str, path: str, object_version: str = "") -> tuple[str, int, str]:
        self.fetches += 1
        if key not in self.objects:
            raise NotFound.of("key", "object", key)
        Path(path).write_bytes(self.objects[key])
        return "unused", len(self.objects[key]), object_version


def artifact(content: bytes) -> Artifact:
    return artifact_of(content, NO_SIGNATURE)


def test_a_file_is_fetched_once(tmp_path: Path) -> None:
    store = Store(b"weights")
    cache = ArtifactCache(store.fetch, tmp_path / "cache")

    assert [cache.read(artifact(b"weights")) for _ in range(2)] == [b"weights"] * 2
    assert store.fetches == 1


def test_a_file_of_another_process_is_used(tmp_path: Path) -> None:
    store = Store(b"weights")
    ArtifactCache(store.fetch, tmp_path).read(artifact(b"weights"))

    assert ArtifactCache(store.fetch, tmp_path).read(artifact(b"weights")) == b"weights"
    assert store.fetches == 1


def test_a_file_changed_on_disk_is_fetched_again(tmp_path: Path) -> None:
    store = Store(b"weights")
    cache = ArtifactCache(store.fetch, tmp_path)
    cache.read(artifact(b"weights"))
    (tmp_path / artifact(b"weights").sha256).write_bytes(b"changed")

    assert cache.read(artifact(b"weights")) == b"weights"
    assert store.fetches == 2


def test_bytes_changed_in_the_store_are_never_returned(tmp_path: Path) -> None:
    store = Store(b"weights")
    store.objects[artifact(b"weights").storage_key] = b"changed"

    with pytest.raises(Unavailable):
        ArtifactCache(store.fetch, tmp_path).read(artifact(b"weights"))
    assert list(tmp_path.iterdir()) == []


def test_a_file_missing_in_the_store_leaves_nothing_on_disk(tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        ArtifactCache(Store().fetch, tmp_path).read(artifact(b"weights"))
    assert list(tmp_path.iterdir()) == []


def test_the_least_recently_used_file_is_evicted(tmp_path: Path) -> None:
    store = Store(b"first", b"second", b"third")
    cache = ArtifactCache(store.fetch, tmp_path, capacity=12)
    for age, content in enumerate((b"second", b"first")):
        cache.read(artifact(content))
        os.utime(tmp_path / artifact(content).sha256, (age, age))

    cache.read(artifact(b"third"))

    assert {path.name for path in tmp_path.iterdir()} == {artifact(b"first").sha256, artifact(b"third").sha256}
