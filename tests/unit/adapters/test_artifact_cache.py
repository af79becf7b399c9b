import errno
import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from maas.adapters.artifact_cache import ArtifactCache
from maas.domain.catalog.versions import Artifact, Signature
from maas.domain.errors import ArtifactDamaged, ArtifactUnavailable, MaasError, NotFound, Unavailable
from tests.fakes.inference import artifact_of

NO_SIGNATURE = Signature((), ())


class Store:
    """Objects by key; `sent` is how many bytes were downloaded."""

    def __init__(self, *contents: bytes) -> None:
        self.objects = {artifact(content).storage_key: content for content in contents}
        self.sent = 0

    def download(self, wanted: Artifact, path: Path) -> str:
        if wanted.storage_key not in self.objects:
            raise NotFound.of("key", "object", wanted.storage_key)
        content = self.objects[wanted.storage_key]
        path.write_bytes(content)
        self.sent += len(content)
        return hashlib.sha256(content).hexdigest()


def read(cache: ArtifactCache, content: bytes) -> bytes:
    return Path(cache.path(artifact(content))).read_bytes()


def artifact(content: bytes) -> Artifact:
    return artifact_of(content, NO_SIGNATURE)


def test_the_second_load_of_a_digest_downloads_no_byte(tmp_path: Path) -> None:
    store = Store(b"weights")
    cache = ArtifactCache(store.download, tmp_path / "cache")

    assert [read(cache, b"weights") for _ in range(2)] == [b"weights"] * 2
    assert store.sent == len(b"weights")


def test_a_file_of_another_process_is_used(tmp_path: Path) -> None:
    store = Store(b"weights")
    read(ArtifactCache(store.download, tmp_path), b"weights")

    assert read(ArtifactCache(store.download, tmp_path), b"weights") == b"weights"
    assert store.sent == len(b"weights")


def test_a_byte_flipped_on_disk_is_counted_and_downloaded_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = Store(b"weights")
    cache = ArtifactCache(store.download, tmp_path)
    read(cache, b"weights")
    (tmp_path / artifact(b"weights").sha256 / "model").write_bytes(b"weighty")

    assert read(cache, b"weights") == b"weights"
    assert store.sent == 2 * len(b"weights")
    assert '"DamagedArtifactFiles":[1.0]' in capsys.readouterr().out


def test_a_byte_flipped_in_the_store_is_an_error_of_its_own(tmp_path: Path) -> None:
    store = Store(b"weights")
    store.objects[artifact(b"weights").storage_key] = b"weighty"

    with pytest.raises(ArtifactDamaged):
        read(ArtifactCache(store.download, tmp_path), b"weights")
    assert list(tmp_path.iterdir()) == []


def test_a_file_missing_in_the_store_leaves_nothing_on_disk(tmp_path: Path) -> None:
    with pytest.raises(ArtifactUnavailable, match="can't be read"):
        read(ArtifactCache(Store().download, tmp_path), b"weights")
    assert list(tmp_path.iterdir()) == []


def test_the_least_recently_used_file_is_evicted(tmp_path: Path) -> None:
    store = Store(b"first", b"second", b"third")
    cache = ArtifactCache(store.download, tmp_path, capacity=12)
    for age, content in enumerate((b"second", b"first")):
        read(cache, content)
        os.utime(tmp_path / artifact(content).sha256 / "model", (age, age))

    read(cache, b"third")

    assert {path.name for path in tmp_path.iterdir()} == {artifact(b"first").sha256, artifact(b"third").sha256}


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (NotFound("gone"), ArtifactUnavailable),
        (ArtifactUnavailable("refused"), ArtifactUnavailable),
        (ArtifactDamaged("replaced"), ArtifactDamaged),
        (Unavailable("no answer"), Unavailable),
        (OSError(errno.ENOSPC, "No space left on device"), Unavailable),
        (OSError(errno.EIO, "Input/output error"), Unavailable),
    ],
)
def test_a_fault_of_the_download_leaves_nothing_behind(tmp_path: Path, fault: Exception, kind: type[MaasError]) -> None:
    def download(wanted: Artifact, path: Path) -> str:
        path.write_bytes(b"wei")
        raise fault

    with pytest.raises(MaasError) as caught:
        ArtifactCache(download, tmp_path).path(artifact(b"weights"))
    assert type(caught.value) is kind
    assert list(tmp_path.iterdir()) == []


def test_each_file_is_alone_in_its_folder(tmp_path: Path) -> None:
    cache = ArtifactCache(Store(b"first", b"second").download, tmp_path)
    paths = [Path(cache.path(artifact(content))) for content in (b"first", b"second")]
    assert [[*path.parent.iterdir()] for path in paths] == [[path] for path in paths]


def _a_pipe(path: Path) -> None:
    os.mkfifo(path)


def _a_link(path: Path) -> None:
    path.symlink_to("/dev/zero")


def _a_link_to_nothing(path: Path) -> None:
    path.symlink_to("nothing")


def _a_link_to_equal_bytes(path: Path) -> None:
    (path.parent.parent / "equal").write_bytes(b"weights")
    path.symlink_to(path.parent.parent / "equal")


def _a_folder(path: Path) -> None:
    path.mkdir()


def _a_file_as_its_folder(path: Path) -> None:
    path.parent.rmdir()
    path.parent.write_bytes(b"")


def _a_link_as_its_folder(path: Path) -> None:
    path.parent.rmdir()
    path.parent.symlink_to("/")


@pytest.mark.parametrize(
    "put",
    [
        _a_pipe,
        _a_link,
        _a_link_to_nothing,
        _a_link_to_equal_bytes,
        _a_folder,
        _a_file_as_its_folder,
        _a_link_as_its_folder,
    ],
)
def test_whatever_is_in_the_place_of_a_file_is_replaced(tmp_path: Path, put: Callable[[Path], None]) -> None:
    store = Store(b"weights")
    cache = ArtifactCache(store.download, tmp_path)
    path = Path(cache.path(artifact(b"weights")))
    path.unlink()
    put(path)

    assert read(cache, b"weights") == b"weights"
    assert path.is_file()
    assert not path.is_symlink()
    assert not path.parent.is_symlink()
    assert store.sent == 2 * len(b"weights")


def test_a_full_disk_is_freed_of_the_files_that_were_not_used_for_longest(tmp_path: Path) -> None:
    contents = [b"first", b"second", b"third", b"fourth"]
    store, room = Store(*contents), 16

    def download(wanted: Artifact, path: Path) -> str:
        if wanted.size + sum(each.stat().st_size for each in tmp_path.glob("[!.]*/model")) > room:
            raise OSError(errno.ENOSPC, "No space left on device")
        return store.download(wanted, path)

    cache = ArtifactCache(download, tmp_path)
    for age, content in enumerate(contents[:3]):
        read(cache, content)
        os.utime(tmp_path / artifact(content).sha256 / "model", (age, age))

    assert read(cache, b"fourth") == b"fourth"
    assert {path.name for path in tmp_path.iterdir()} == {artifact(each).sha256 for each in (b"third", b"fourth")}
