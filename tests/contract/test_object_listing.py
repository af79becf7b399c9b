"""The ObjectStore port's lists, by which the remover finds files."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import boto3
import pytest

from maas.adapters.aws.object_store import S3ObjectStore
from maas.domain.ids import new_id
from maas.services.ports.storage import ObjectStore
from tests.fakes.object_store import FakeObjectStore
from tests.support.buckets import BUCKET


@dataclass(frozen=True)
class Subject:
    """A store, and a way to put an empty object there."""

    store: ObjectStore
    put: Callable[[str], Any]


def subject_of(kind: str, request: pytest.FixtureRequest) -> Subject:
    if kind == "memory":
        memory = FakeObjectStore()
        return Subject(memory, lambda key: memory.objects.update({key: b""}))
    endpoint = request.getfixturevalue(f"{kind}_s3")
    s3 = boto3.client("s3", endpoint_url=endpoint)
    return Subject(S3ObjectStore(BUCKET, endpoint), lambda key: s3.put_object(Bucket=BUCKET, Key=key, Body=b""))


@pytest.fixture(params=["memory", "moto", "minio"])
def subject(request: pytest.FixtureRequest) -> Subject:
    return subject_of(request.param, request)


@pytest.fixture
def folder() -> str:
    return f"models/acme/{new_id()}/1.0.0"


def test_keys_come_in_pages_and_in_order(subject: Subject, folder: str) -> None:
    for name in ("c", "a", "b"):
        subject.put(f"{folder}/{name}")
    subject.put(f"{folder}-rc/other")
    first, more = subject.store.keys(f"{folder}/", "", 2)
    assert (first, more) == ([f"{folder}/a", f"{folder}/b"], True)
    assert subject.store.keys(f"{folder}/", first[-1], 2) == ([f"{folder}/c"], False)


def test_a_folder_without_objects_has_no_keys(subject: Subject, folder: str) -> None:
    assert subject.store.keys(f"{folder}/", "", 100) == ([], False)


@pytest.mark.parametrize("server", ["moto", "minio"])
def test_an_object_with_old_versions_only_is_found_once(
    server: str, folder: str, request: pytest.FixtureRequest
) -> None:
    subject, key = subject_of(server, request), f"{folder}/file"
    subject.put(key)
    subject.put(key)
    s3 = boto3.client("s3", endpoint_url=request.getfixturevalue(f"{server}_s3"))
    s3.delete_object(Bucket=BUCKET, Key=key)  # leaves a delete marker
    assert subject.store.keys(f"{folder}/", "", 100) == ([key], False)
    subject.store.remove(key)
    assert subject.store.keys(f"{folder}/", "", 100) == ([], False)


def test_uploads_under_way_are_found_by_their_key(subject: Subject, folder: str) -> None:
    key = f"{folder}/{new_id()}"
    upload = subject.store.begin(key, checksums=False)
    assert subject.store.begun(key, 100) == [(key, upload)]
    subject.store.abort(key, upload)
    assert subject.store.begun(key, 100) == []


@pytest.mark.parametrize("kind", ["memory", "moto"])
def test_uploads_under_way_are_found_by_their_folder(kind: str, folder: str, request: pytest.FixtureRequest) -> None:
    subject, key = subject_of(kind, request), f"{folder}/{new_id()}"
    upload = subject.store.begin(key, checksums=False)
    assert subject.store.begun(f"{folder}/", 100) == [(key, upload)]
