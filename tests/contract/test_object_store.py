"""Every implementation of the ObjectStore port. Refusals are tested on MinIO, because moto refuses nothing."""

import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import boto3
import httpx2
import pytest

from maas.adapters.aws import object_store as adapter
from maas.adapters.aws.object_store import S3ObjectStore
from maas.domain.errors import InvalidInput, NotFound, Unavailable
from maas.domain.ids import new_id
from maas.domain.uploads.sessions import PART_MIN
from maas.domain.uploads.stored_parts import StoredPart
from maas.services.ports.storage import ObjectStore
from tests.fakes.object_store import FakeObjectStore, base64_digest
from tests.support.buckets import BUCKET

FIRST, LAST = b"a" * PART_MIN, b"the last part is short"


@dataclass(frozen=True)
class Subject:
    """A store, and a client's PUT and GET by URL."""

    store: ObjectStore
    put: Callable[[str, bytes, Mapping[str, str]], int]
    get: Callable[[str], bytes]


def _put(url: str, content: bytes, headers: Mapping[str, str]) -> int:
    return httpx2.put(url, content=content, headers=dict(headers), trust_env=False).status_code


def _get(url: str) -> bytes:
    return httpx2.get(url, trust_env=False).raise_for_status().content


@pytest.fixture(scope="module")
def minio(minio_s3: str) -> Subject:
    return Subject(S3ObjectStore(BUCKET, minio_s3), _put, _get)


@pytest.fixture(scope="module")
def moto(moto_s3: str) -> Subject:
    return Subject(S3ObjectStore(BUCKET, moto_s3), _put, _get)


@pytest.fixture(scope="module")
def memory() -> Subject:
    store = FakeObjectStore()
    return Subject(store, store.put, store.get)


@pytest.fixture(params=["memory", "moto", "minio"])
def subject(request: pytest.FixtureRequest) -> Subject:
    found = request.getfixturevalue(request.param)
    assert isinstance(found, Subject)
    return found


@pytest.fixture(params=["memory", "minio"])
def strict(request: pytest.FixtureRequest) -> Subject:
    found = request.getfixturevalue(request.param)
    assert isinstance(found, Subject)
    return found


@pytest.fixture
def key() -> str:
    return f"models/acme/{new_id()}/1.0.0/{new_id()}"


def put_part(subject: Subject, key: str, upload: str, number: int, content: bytes, **bound: str) -> int:
    url, headers = subject.store.sign_part(key, upload, number, len(content), **bound)
    return subject.put(url, content, headers)


def put_object(subject: Subject, key: str, content: bytes = LAST) -> None:
    """Uploads an object of one part."""
    upload = subject.store.begin(key, checksums=False)
    assert put_part(subject, key, upload, 1, content) == 200
    subject.store.finish(key, upload, subject.store.parts(key, upload))


def test_parts_become_one_object(subject: Subject, key: str, tmp_path: Path) -> None:
    upload = subject.store.begin(key, checksums=False)
    assert put_part(subject, key, upload, 2, LAST) == 200
    assert put_part(subject, key, upload, 1, FIRST) == 200
    parts = subject.store.parts(key, upload)
    assert [(part.number, part.size) for part in parts] == [(1, len(FIRST)), (2, len(LAST))]
    subject.store.finish(key, upload, parts)
    assert subject.store.size(key) == len(FIRST) + len(LAST)
    path = tmp_path / "file"
    digest, size, _ = subject.store.fetch(key, str(path), seconds=60)
    assert (digest, size) == (hashlib.sha256(FIRST + LAST).hexdigest(), len(FIRST + LAST))
    assert path.read_bytes() == FIRST + LAST


def test_a_part_sent_again_replaces_the_first(subject: Subject, key: str) -> None:
    upload = subject.store.begin(key, checksums=False)
    assert put_part(subject, key, upload, 1, b"first") == 200
    assert put_part(subject, key, upload, 1, b"second one") == 200
    [part] = subject.store.parts(key, upload)
    assert (part.size, subject.store.is_open(key, upload)) == (10, True)


@pytest.mark.parametrize("algorithm", ["md5", "sha256"])
def test_parts_with_checksums_become_one_object(subject: Subject, key: str, algorithm: str) -> None:
    upload = subject.store.begin(key, checksums=algorithm == "sha256")
    for number, content in ((1, FIRST), (2, LAST)):
        bound = {algorithm: base64_digest(content, algorithm)}
        assert put_part(subject, key, upload, number, content, **bound) == 200
    subject.store.finish(key, upload, subject.store.parts(key, upload))
    assert subject.store.size(key) == len(FIRST) + len(LAST)


def test_a_finished_upload_has_no_parts(subject: Subject, key: str) -> None:
    upload = subject.store.begin(key, checksums=False)
    put_part(subject, key, upload, 1, LAST)
    subject.store.finish(key, upload, subject.store.parts(key, upload))
    with pytest.raises(NotFound):
        subject.store.parts(key, upload)
    assert (subject.store.is_open(key, upload), subject.store.size(key)) == (False, len(LAST))


def test_an_aborted_upload_is_gone_and_can_be_aborted_again(subject: Subject, key: str) -> None:
    upload = subject.store.begin(key, checksums=False)
    put_part(subject, key, upload, 1, LAST)
    subject.store.abort(key, upload)
    subject.store.abort(key, upload)
    with pytest.raises(NotFound):
        subject.store.parts(key, upload)
    assert (subject.store.is_open(key, upload), subject.store.size(key)) == (False, None)


def test_an_unknown_object_is_not_found(subject: Subject, key: str, tmp_path: Path) -> None:
    assert subject.store.size(key) is None
    with pytest.raises(NotFound):
        subject.store.fetch(key, str(tmp_path / "file"))


def test_a_removed_object_is_gone_and_can_be_removed_again(subject: Subject, key: str, tmp_path: Path) -> None:
    put_object(subject, key)
    subject.store.remove(key)
    subject.store.remove(key)
    assert subject.store.size(key) is None
    with pytest.raises(NotFound):
        subject.store.fetch(key, str(tmp_path / "file"))


def test_removal_keeps_objects_with_the_same_prefix(subject: Subject, key: str) -> None:
    put_object(subject, key)
    put_object(subject, f"{key}-2")
    subject.store.remove(key)
    assert subject.store.size(f"{key}-2") == len(LAST)


def test_a_download_url_returns_the_content(subject: Subject, key: str) -> None:
    put_object(subject, key)
    assert subject.get(subject.store.sign_download(key, "", "iris-1.0.0.onnx")) == LAST


@pytest.mark.parametrize("server", ["moto", "minio"])
def test_every_version_of_an_object_is_removed(server: str, key: str, request: pytest.FixtureRequest) -> None:
    subject: Subject = request.getfixturevalue(server)
    s3 = boto3.client("s3", endpoint_url=request.getfixturevalue(f"{server}_s3"))
    put_object(subject, key, b"one")
    put_object(subject, key, b"two")
    subject.store.remove(key)
    found = s3.list_object_versions(Bucket=BUCKET, Prefix=key)
    assert not found.get("Versions")
    assert not found.get("DeleteMarkers")


def test_an_old_version_is_read_by_its_id(minio: Subject, key: str, tmp_path: Path) -> None:
    put_object(minio, key, b"one")
    _, _, first = minio.store.fetch(key, str(tmp_path / "latest"))
    put_object(minio, key, b"two")
    minio.store.fetch(key, str(tmp_path / "first"), first)
    assert (tmp_path / "first").read_bytes() == b"one"
    assert minio.get(minio.store.sign_download(key, first, "one.onnx")) == b"one"


@pytest.mark.parametrize("content", [LAST[:-1], LAST + b"x"])
def test_a_part_of_another_length_is_refused(strict: Subject, key: str, content: bytes) -> None:
    upload = strict.store.begin(key, checksums=False)
    url, headers = strict.store.sign_part(key, upload, 1, len(LAST))
    assert strict.put(url, content, {**headers, "content-length": str(len(content))}) == 403
    assert strict.store.parts(key, upload) == []


@pytest.mark.parametrize("algorithm", ["md5", "sha256"])
def test_a_part_with_other_content_is_refused(strict: Subject, key: str, algorithm: str) -> None:
    upload = strict.store.begin(key, checksums=algorithm == "sha256")
    bound = {algorithm: base64_digest(LAST, algorithm)}
    url, headers = strict.store.sign_part(key, upload, 1, len(LAST), **bound)
    assert strict.put(url, LAST[::-1], headers) == 400
    assert strict.store.parts(key, upload) == []


@pytest.mark.parametrize("algorithm", ["md5", "sha256"])
def test_a_bound_checksum_cannot_be_changed_or_omitted(strict: Subject, key: str, algorithm: str) -> None:
    upload = strict.store.begin(key, checksums=algorithm == "sha256")
    bound = {algorithm: base64_digest(LAST, algorithm)}
    url, headers = strict.store.sign_part(key, upload, 1, len(LAST), **bound)
    (name,) = headers.keys() - {"content-length"}
    other = {**headers, name: base64_digest(LAST[::-1], algorithm)}
    assert strict.put(url, LAST[::-1], other) == 403
    assert strict.put(url, LAST[::-1], {"content-length": str(len(LAST))}) in {400, 403}
    assert strict.store.parts(key, upload) == []


@pytest.mark.parametrize("algorithm", ["md5", "sha256"])
def test_received_parts_have_their_checksums(strict: Subject, key: str, algorithm: str) -> None:
    upload = strict.store.begin(key, checksums=algorithm == "sha256")
    bound = {algorithm: base64_digest(LAST, algorithm)}
    assert put_part(strict, key, upload, 1, LAST, **bound) == 200
    assert [part.sha256 for part in strict.store.parts(key, upload)] == [bound.get("sha256", "")]


@pytest.mark.parametrize(("old", "new"), [("1.0.0", "1.0.1"), ("ignature=", "ignature=0")])
def test_a_tampered_url_is_refused(strict: Subject, key: str, old: str, new: str) -> None:
    upload = strict.store.begin(key, checksums=False)
    url, headers = strict.store.sign_part(key, upload, 1, len(LAST))
    assert old in url
    assert strict.put(url.replace(old, new), LAST, headers) == 403


def test_a_url_is_valid_for_its_own_part_only(minio: Subject, key: str) -> None:
    upload = minio.store.begin(key, checksums=False)
    url, headers = minio.store.sign_part(key, upload, 1, len(LAST))
    assert minio.put(url.replace("partNumber=1", "partNumber=2"), LAST, headers) == 403


def test_an_expired_url_is_refused(minio: Subject, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adapter, "SIGNED_SECONDS", 1)
    upload = minio.store.begin(key, checksums=False)
    url, headers = minio.store.sign_part(key, upload, 1, len(LAST))
    time.sleep(2.1)
    assert minio.put(url, LAST, headers) == 403


def test_urls_are_invalid_once_the_upload_is_finished(strict: Subject, key: str, tmp_path: Path) -> None:
    upload = strict.store.begin(key, checksums=False)
    url, headers = strict.store.sign_part(key, upload, 1, len(LAST))
    assert strict.put(url, LAST, headers) == 200
    strict.store.finish(key, upload, strict.store.parts(key, upload))
    assert strict.put(url, LAST[::-1], headers) == 404
    strict.store.fetch(key, str(tmp_path / "file"))
    assert (tmp_path / "file").read_bytes() == LAST


def test_an_upload_with_checksums_refuses_a_part_without_one(minio: Subject, key: str) -> None:
    upload = minio.store.begin(key, checksums=True)
    assert put_part(minio, key, upload, 1, LAST) == 400


@pytest.mark.parametrize("server", ["moto", "minio"])
def test_finishing_with_a_missing_part_is_invalid(server: str, key: str, request: pytest.FixtureRequest) -> None:
    subject: Subject = request.getfixturevalue(server)
    upload = subject.store.begin(key, checksums=False)
    put_part(subject, key, upload, 1, LAST)
    with pytest.raises(InvalidInput):
        subject.store.finish(key, upload, [StoredPart(2, 5, '"0123456789abcdef0123456789abcdef"')])


def test_urls_have_the_public_address_and_expire_after_an_hour(credentials: None, key: str) -> None:
    store = S3ObjectStore(BUCKET, "http://internal.test:9000", "https://public.test")
    for url in (store.sign_part(key, "id", 1, 5)[0], store.sign_download(key, "", "a.onnx")):
        assert url.startswith(f"https://public.test/{BUCKET}/{key}?")
        assert "X-Amz-Expires=3600" in url


def test_a_store_that_does_not_answer_is_unavailable(credentials: None, key: str) -> None:
    with pytest.raises(Unavailable):
        S3ObjectStore(BUCKET, "http://127.0.0.1:1").begin(key, checksums=False)
