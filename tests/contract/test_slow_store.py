"""Every implementation of the ObjectStore port gives a download up when its time is over."""

from pathlib import Path

import boto3
import pytest

from maas.adapters.aws.object_store import S3ObjectStore
from maas.domain.errors import Unavailable
from maas.domain.ids import new_id
from maas.services.ports.storage import ObjectStore
from tests.fakes.object_store import FakeObjectStore
from tests.support.buckets import BUCKET


@pytest.mark.parametrize("kind", ["memory", "moto"])
def test_a_download_that_takes_too_long_is_unavailable(kind: str, moto_s3: str, tmp_path: Path) -> None:
    key, path = f"models/{new_id()}", str(tmp_path / "file")
    memory = FakeObjectStore()
    memory.objects[key] = b"content"
    boto3.client("s3", endpoint_url=moto_s3).put_object(Bucket=BUCKET, Key=key, Body=b"content")
    store: ObjectStore = memory if kind == "memory" else S3ObjectStore(BUCKET, moto_s3)
    with pytest.raises(Unavailable):
        store.fetch(key, path, seconds=0)
    assert store.fetch(key, path, seconds=60)[1] == len(b"content")
