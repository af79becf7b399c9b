"""The headers of downloads from S3 servers: those of the service, and none that a writer of the file has sent."""

import httpx2
import pytest

from maas.adapters.aws.object_store import S3ObjectStore
from maas.domain.ids import new_id
from tests.fakes.object_store import base64_digest
from tests.support.buckets import BUCKET

FILE = b"the bytes of a file"


def written(endpoint: str, **headers: str) -> tuple[S3ObjectStore, str]:
    """Returns the store of a server, and the key of an object that was sent with these headers."""
    store, key = S3ObjectStore(BUCKET, endpoint), f"models/acme/{new_id()}/1.0.0/{new_id()}"
    url, signed = store.sign_object(key, len(FILE), base64_digest(FILE, "sha256"))
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    assert httpx2.put(url, content=FILE, headers={**signed, **sent}, trust_env=False).status_code == 200
    return store, key


@pytest.mark.parametrize(
    ("filename", "disposition"),
    [
        ("iris-1.0.0+b.onnx", 'attachment; filename="iris-1.0.0+b.onnx"'),
        (
            "Prix_é-1.0.0.onnx",
            "attachment; filename=\"Prix-1.0.0.onnx\"; filename*=UTF-8''Prix_%C3%A9-1.0.0.onnx",
        ),
        (
            "価格-1.0.0.onnx",
            "attachment; filename=\"model-1.0.0.onnx\"; filename*=UTF-8''%E4%BE%A1%E6%A0%BC-1.0.0.onnx",
        ),
    ],
)
def test_a_download_has_a_plain_file_name(minio_s3: str, filename: str, disposition: str) -> None:
    store, key = written(minio_s3)
    headers = httpx2.get(store.sign_download(key, "", filename), trust_env=False).headers
    assert headers["content-disposition"] == disposition


@pytest.mark.parametrize("server", ["moto_s3", "minio_s3"])
def test_headers_of_the_writer_change_no_download(server: str, request: pytest.FixtureRequest) -> None:
    store, key = written(
        request.getfixturevalue(server),
        content_encoding="gzip",
        content_type="text/html",
        content_disposition="inline",
        cache_control="public, max-age=99999",
    )
    answer = httpx2.get(store.sign_download(key, "", "iris.onnx"), trust_env=False)
    assert answer.raise_for_status().content == FILE
    expected = {
        "content-encoding": "identity",
        "content-type": "application/octet-stream",
        "content-disposition": 'attachment; filename="iris.onnx"',
        "cache-control": "private, no-cache",
    }
    assert {name: answer.headers[name] for name in expected} == expected
