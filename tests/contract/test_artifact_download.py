"""Downloads of artifacts in parallel ranges, from servers that speak S3's protocol."""

import asyncio
import hashlib
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import pytest

from maas.adapters.artifact_cache import ArtifactCache
from maas.adapters.aws.artifact_download import ArtifactDownload
from maas.domain.catalog.versions import Artifact, Signature
from maas.domain.errors import ArtifactDamaged, ArtifactUnavailable, NotFound, Unavailable
from maas.domain.ids import new_id
from tests.support.buckets import BUCKET
from tests.support.faulty_proxy import faulty_proxy

RANGE = 100_000
SIZES = [1, RANGE - 1, RANGE, RANGE + 1, 7 * RANGE + 3]


class Store:
    """A bucket of a server. `asked` are the ranges, versions and conditions of the requests for objects."""

    def __init__(self, endpoint: str) -> None:
        self.s3: Any = boto3.client("s3", endpoint_url=endpoint)
        self.download = ArtifactDownload(BUCKET, endpoint, range_bytes=RANGE)
        self.asked: list[dict[str, str]] = []
        events = self.download._s3.meta.events  # boto3's own way to watch a client's calls
        events.register("provide-client-params.s3.GetObject", lambda params, **_: self.asked.append(dict(params)))

    def put(self, content: bytes, key: str = "") -> Artifact:
        key = key or f"models/{new_id()}"
        version = self.s3.put_object(Bucket=BUCKET, Key=key, Body=content)["VersionId"]
        sha256 = hashlib.sha256(content).hexdigest()
        signature = Signature((), ())
        return Artifact(storage_key=key, size=len(content), sha256=sha256, signature=signature, object_version=version)


@pytest.fixture(params=["moto", "minio"])
def store(request: pytest.FixtureRequest) -> Store:
    return Store(request.getfixturevalue(f"{request.param}_s3"))


def content_of(size: int) -> bytes:
    return random.Random(size).randbytes(size)


@pytest.mark.parametrize("size", SIZES)
def test_ranges_become_one_file_and_its_digest(store: Store, tmp_path: Path, size: int) -> None:
    artifact = store.put(content_of(size))
    assert store.download(artifact, tmp_path / "model") == artifact.sha256
    assert (tmp_path / "model").read_bytes() == content_of(size)
    assert len(store.asked) == -(-size // RANGE)


def test_all_ranges_are_of_one_version_and_one_etag(store: Store, tmp_path: Path) -> None:
    artifact = store.put(content_of(3 * RANGE))
    newer = store.put(content_of(2 * RANGE), artifact.storage_key)
    assert store.download(artifact, tmp_path / "model") == artifact.sha256
    assert {asked["VersionId"] for asked in store.asked} == {artifact.object_version}
    assert {asked["IfMatch"] for asked in store.asked[1:]} == {f'"{hashlib.md5(content_of(3 * RANGE)).hexdigest()}"'}
    assert newer.object_version != artifact.object_version


def test_an_object_that_is_replaced_during_the_download_is_damaged(store: Store, tmp_path: Path) -> None:
    artifact = store.put(content_of(3 * RANGE))
    unversioned = replace(artifact, object_version="")
    asked = store.download._s3.meta.events

    def overwrite(**_: Any) -> None:
        asked.unregister("after-call.s3.GetObject", overwrite)
        store.put(content_of(3 * RANGE)[::-1], artifact.storage_key)

    asked.register("after-call.s3.GetObject", overwrite)
    with pytest.raises(ArtifactDamaged):
        store.download(unversioned, tmp_path / "model")


@pytest.mark.parametrize("changed", [b"", b"shorter", content_of(3 * RANGE + 1)])
def test_an_object_of_another_size_is_damaged(store: Store, tmp_path: Path, changed: bytes) -> None:
    artifact = store.put(content_of(3 * RANGE))
    other = store.put(changed, artifact.storage_key)
    pinned = replace(artifact, object_version=other.object_version)
    with pytest.raises(ArtifactDamaged):
        store.download(pinned, tmp_path / "model")


def test_an_absent_object_is_not_found(store: Store, tmp_path: Path) -> None:
    artifact = store.put(b"content")
    store.s3.delete_object(Bucket=BUCKET, Key=artifact.storage_key, VersionId=artifact.object_version)
    with pytest.raises((NotFound, ArtifactUnavailable)):
        store.download(artifact, tmp_path / "model")


def test_the_second_load_downloads_no_byte_and_a_damaged_file_comes_again(store: Store, tmp_path: Path) -> None:
    artifact = store.put(content_of(3 * RANGE))
    file = Path(ArtifactCache(store.download, tmp_path).path(artifact))
    assert ArtifactCache(store.download, tmp_path).path(artifact) == str(file)
    assert len(store.asked) == 3
    flipped = bytearray(content_of(3 * RANGE))
    flipped[RANGE] ^= 1
    file.write_bytes(flipped)
    assert Path(ArtifactCache(store.download, tmp_path).path(artifact)).read_bytes() == content_of(3 * RANGE)
    assert len(store.asked) == 6


def test_a_byte_flipped_in_the_store_is_never_returned(store: Store, tmp_path: Path) -> None:
    artifact = store.put(content_of(3 * RANGE))
    flipped = bytearray(content_of(3 * RANGE))
    flipped[-1] ^= 1
    other = store.put(bytes(flipped), artifact.storage_key)
    pinned = replace(artifact, object_version=other.object_version)
    with pytest.raises(ArtifactDamaged):
        ArtifactCache(store.download, tmp_path).path(pinned)
    assert list(tmp_path.iterdir()) == []


async def test_a_store_that_breaks_off_is_unavailable(minio_s3: str, tmp_path: Path) -> None:
    artifact = Store(minio_s3).put(content_of(3 * RANGE))
    async with faulty_proxy(int(minio_s3.rpartition(":")[2])) as proxy:
        await proxy.garbage(b"HTTP/1.1 206 Partial Content\r\ncontent-length: 9\r\netag: x\r\n\r\nbroken")
        cache = ArtifactCache(ArtifactDownload(BUCKET, f"http://127.0.0.1:{proxy.port}", range_bytes=RANGE), tmp_path)
        with pytest.raises((Unavailable, ArtifactDamaged)):
            await asyncio.to_thread(cache.path, artifact)
    assert list(tmp_path.iterdir()) == []


async def test_a_range_that_breaks_off_twice_is_told_with_its_object(
    minio_s3: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    artifact = Store(minio_s3).put(b"123456789")
    async with faulty_proxy(int(minio_s3.rpartition(":")[2])) as proxy:
        head = b"HTTP/1.1 206 Partial Content\r\ncontent-length: 9\r\ncontent-range: bytes 0-8/9\r\netag: x\r\n\r\n"
        await proxy.garbage(head + b"broken")
        download = ArtifactDownload(BUCKET, f"http://127.0.0.1:{proxy.port}")
        with pytest.raises(Unavailable, match="breaks off the model's file") as caught:
            await asyncio.to_thread(download, artifact, tmp_path / "model")
    assert type(caught.value) is Unavailable  # jobs try again
    assert "the object store breaks off an object" in caplog.text
