"""The ObjectStore port's files that are sent in one request. Refusals are tested on MinIO: moto refuses nothing."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

from maas.adapters.aws.object_store import S3ObjectStore
from maas.domain.ids import new_id
from maas.services.ports.storage import ObjectStore
from tests.fakes.object_store import FakeObjectStore, base64_digest
from tests.support.buckets import BUCKET

LAST = b"the file is short"


@dataclass(frozen=True)
class Subject:
    """A store, and a client's PUT by URL."""

    store: ObjectStore
    put: Callable[[str, bytes, Mapping[str, str]], int]


def _put(url: str, content: bytes, headers: Mapping[str, str]) -> int:
    return httpx2.put(url, content=content, headers=dict(headers), trust_env=False).status_code


def subject_of(kind: str, request: pytest.FixtureRequest) -> Subject:
    if kind == "memory":
        memory = FakeObjectStore()
        return Subject(memory, memory.put)
    return Subject(S3ObjectStore(BUCKET, request.getfixturevalue(f"{kind}_s3")), _put)


@pytest.fixture(params=["memory", "moto", "minio"])
def subject(request: pytest.FixtureRequest) -> Subject:
    return subject_of(request.param, request)


@pytest.fixture(params=["memory", "minio"])
def strict(request: pytest.FixtureRequest) -> Subject:
    return subject_of(request.param, request)


@pytest.fixture
def key() -> str:
    return f"models/acme/{new_id()}/1.0.0/{new_id()}"


@pytest.mark.parametrize("content", [LAST, b""])
def test_a_whole_object_is_sent_in_one_request(subject: Subject, key: str, tmp_path: Path, content: bytes) -> None:
    url, headers = subject.store.sign_object(f"{key}/7", len(content), base64_digest(content, "sha256"))
    assert subject.put(url, content, headers) == 200
    assert subject.store.sizes(f"{key}/") == {f"{key}/7": len(content)}
    sha256, size, _ = subject.store.fetch(f"{key}/7", str(tmp_path / "file"))
    assert (sha256, size) == (hashlib.sha256(content).hexdigest(), len(content))


def test_a_whole_object_is_refused_unless_it_is_the_declared_one(strict: Subject, key: str) -> None:
    other = LAST.replace(b"short", b"other")
    url, headers = strict.store.sign_object(key, len(LAST), base64_digest(LAST, "sha256"))
    assert strict.put(url, other, headers) == 400
    assert strict.put(url, LAST + b"!", {**headers, "content-length": str(len(LAST) + 1)}) == 403
    forged = {**headers, "x-amz-checksum-sha256": base64_digest(other, "sha256")}
    assert strict.put(url, other, forged) == 403
    without = {name: value for name, value in headers.items() if not name.startswith("x-amz")}
    assert strict.put(url, other, without) in (400, 403)
    assert strict.store.size(key) is None
    assert strict.put(url, LAST, headers) == 200


def test_the_sizes_of_many_objects_are_listed_at_once(subject: Subject, key: str) -> None:
    for name, content in (("/0", b"x"), ("/1", b"xx"), ("/2", b"xxx"), ("0/1", LAST)):
        url, headers = subject.store.sign_object(f"{key}{name}", len(content), base64_digest(content, "sha256"))
        assert subject.put(url, content, headers) == 200
    assert subject.store.sizes(f"{key}/") == {f"{key}/0": 1, f"{key}/1": 2, f"{key}/2": 3}
