"""Files of captured predictions, on each store that has them."""

import gzip
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
import requests

from maas.adapters.aws.captures import S3Captures
from maas.domain.capturing.captures import new_key
from maas.domain.ids import new_id
from maas.services.ports.captures import CaptureFiles, CaptureWriter
from tests.fakes.captures import FakeCaptures
from tests.support.buckets import BUCKET


@dataclass(frozen=True)
class Subject:
    writer: CaptureWriter
    files: CaptureFiles


@pytest.fixture(params=["memory", "moto", "minio"])
def subject(request: pytest.FixtureRequest) -> Subject:
    if request.param == "memory":
        memory = FakeCaptures()
        return Subject(memory, memory)
    found = S3Captures(BUCKET, request.getfixturevalue(f"{request.param}_s3"))
    return Subject(found, found)


def test_files_of_a_model_come_in_pages_and_in_order(subject: Subject) -> None:
    tenant, model = new_id(), new_id()
    keys = sorted(new_key(tenant, model, 7) for _ in range(3))
    for number, key in enumerate((*keys, new_key(tenant, new_id(), 7))):
        subject.writer.put(key, b"x" * number, 7)
    first, more = subject.files.page(tenant, model, limit=2, after="")
    assert ([(file.key, file.size) for file in first], more) == ([(keys[0], 0), (keys[1], 1)], True)
    second, more = subject.files.page(tenant, model, limit=2, after=keys[1])
    assert ([file.key for file in second], more) == ([keys[2]], False)
    assert subject.files.page(tenant, new_id(), limit=2, after="") == ([], False)


@pytest.mark.parametrize("kind", ["moto", "minio"])
def test_a_file_has_the_tag_by_which_the_store_removes_it(kind: str, request: pytest.FixtureRequest) -> None:
    endpoint = request.getfixturevalue(f"{kind}_s3")
    store, key = S3Captures(BUCKET, endpoint), new_key(new_id(), new_id(), 30)
    store.put(key, gzip.compress(b"{}\n"), 30)
    s3: Any = boto3.client("s3", endpoint_url=endpoint)
    assert s3.get_object_tagging(Bucket=BUCKET, Key=key)["TagSet"] == [{"Key": "keep", "Value": "30"}]


@pytest.mark.parametrize("kind", ["moto", "minio"])
def test_a_signed_url_gives_the_bytes_as_they_were_written(kind: str, request: pytest.FixtureRequest) -> None:
    store, tenant, model = S3Captures(BUCKET, request.getfixturevalue(f"{kind}_s3")), new_id(), new_id()
    content = gzip.compress(b'{"inputs": {}}\n')
    store.put(new_key(tenant, model, 1), content, 1)
    [file], _ = store.page(tenant, model, limit=1, after="")
    got = requests.get(store.sign(file), timeout=10)
    assert (got.status_code, got.content) == (200, content)
