"""Parts from clients that know nothing of S3: browsers, curl, and SDKs that add checksums of their own.

moto refuses nothing, so refusals are tested on MinIO. AWS refuses more than MinIO: docs/api/uploads.md has its answers.
"""

import base64
import hashlib
import http.client
import re
import time
import zlib
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import boto3
import pytest

from local.paths import ROOT
from local.template.buckets import BucketKeeper
from local.template.document import Template
from maas.adapters.aws.object_store import S3ObjectStore
from tests.support.aws import moto_endpoint
from tests.support.minio_server import minio_server

BUCKET, KEY, BODY = "artifacts", "models/t/m/1.0.0/u", b"bytes of a part" * 50
ORIGIN = "https://app.example.com"


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def code(self) -> str:
        found = re.search(rb"<Code>(\w+)</Code>", self.body)
        return found[1].decode() if found else ""

    def exposed(self) -> set[str]:
        return {name.strip() for name in self.headers["access-control-expose-headers"].lower().split(",")}


def send(method: str, url: str, headers: Mapping[str, str], body: bytes = b"") -> Reply:
    """Sends exactly these headers and `host`; no client adds any of its own."""
    address = urlsplit(url)
    connection = http.client.HTTPConnection(address.netloc, timeout=20)
    connection.putrequest(method, f"{address.path}?{address.query}", skip_accept_encoding=True)
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders(body or None)
    response = connection.getresponse()
    found = {name.lower(): value for name, value in response.getheaders()}
    reply = Reply(response.status, found, response.read())
    connection.close()
    return reply


@dataclass(frozen=True)
class Part:
    """A part that was signed, in the store of the template's bucket."""

    store: S3ObjectStore
    upload_id: str
    url: str
    headers: dict[str, str]

    def put(self, headers: Mapping[str, str], body: bytes = BODY) -> Reply:
        """Sends the part with the headers of its answer and these; an empty one is left out."""
        given = {**self.headers, **headers}
        return send("PUT", self.url, {name: value for name, value in given.items() if value}, body)

    def stored(self) -> list[str]:
        return [part.etag.strip('"') for part in self.store.parts(KEY, self.upload_id)]


@contextmanager
def provisioned(server: AbstractContextManager[str]) -> Iterator[S3ObjectStore]:
    """A store with the template's bucket, made by the local stack's own code."""
    with server as endpoint:
        template = Template(ROOT / "template.yaml", {"AwsEndpoint": endpoint})
        properties = template.properties("ArtifactsBucket", ("LoggingConfiguration", "OwnershipControls"))
        BucketKeeper(boto3.client("s3", endpoint_url=endpoint), []).ensure("ArtifactsBucket", BUCKET, properties)
        yield S3ObjectStore(BUCKET, endpoint)


@pytest.fixture(scope="module")
def minio(credentials: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3ObjectStore]:
    with provisioned(minio_server(tmp_path_factory.mktemp("minio"))) as store:
        yield store


@pytest.fixture(scope="module")
def moto(credentials: None) -> Iterator[S3ObjectStore]:
    with provisioned(moto_endpoint()) as store:
        yield store


@pytest.fixture(params=["minio", "moto"])
def store(request: pytest.FixtureRequest) -> S3ObjectStore:
    found = request.getfixturevalue(request.param)
    assert isinstance(found, S3ObjectStore)
    return found


def signed(store: S3ObjectStore, sha256: str = "") -> Part:
    upload_id = store.begin(KEY, checksums=bool(sha256))
    return Part(store, upload_id, *store.sign_part(KEY, upload_id, 1, len(BODY), sha256=sha256))


def digest(name: str, content: bytes = BODY) -> str:
    return base64.b64encode(hashlib.new(name, content).digest()).decode()


def crc32(content: bytes = BODY) -> str:
    return base64.b64encode(zlib.crc32(content).to_bytes(4, "big")).decode()


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"content-type": "application/x-www-form-urlencoded"},
        {"content-type": "text/plain;charset=UTF-8"},
        {"content-type": "application/octet-stream"},
        {"content-md5": digest("md5")},
        {"x-amz-checksum-crc32": crc32()},
        {"x-amz-checksum-crc32": crc32(), "x-amz-sdk-checksum-algorithm": "CRC32"},
        {"x-amz-content-sha256": "UNSIGNED-PAYLOAD"},
        {"expect": "100-continue"},
    ],
    ids=["none", "curl", "fetch of text", "octets", "md5", "crc32", "crc32 of an sdk", "unsigned payload", "expect"],
)
def test_a_part_arrives_with_the_headers_that_clients_add(store: S3ObjectStore, headers: dict[str, str]) -> None:
    part = signed(store)
    reply = part.put(headers)
    assert (reply.status, part.stored()) == (200, [hashlib.md5(BODY).hexdigest()])
    store.finish(KEY, part.upload_id, store.parts(KEY, part.upload_id))
    assert store.size(KEY) == len(BODY)


def test_a_part_with_an_sdk_s_trailer_is_stored_without_its_frames(store: S3ObjectStore) -> None:
    framed = b"%x\r\n%b\r\n0\r\nx-amz-checksum-crc32:%b\r\n\r\n" % (len(BODY), BODY, crc32().encode())
    part = signed(store)
    reply = part.put(
        {
            "content-length": str(len(framed)),
            "content-encoding": "aws-chunked",
            "x-amz-trailer": "x-amz-checksum-crc32",
            "x-amz-decoded-content-length": str(len(BODY)),
            "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        },
        framed,
    )
    assert (reply.status, part.stored()) == (200, [hashlib.md5(BODY).hexdigest()])


@pytest.mark.parametrize(
    ("headers", "body", "expected"),
    [
        ({"x-amz-checksum-crc32": crc32(b"others")}, BODY, (400, "XAmzContentChecksumMismatch")),
        ({"content-md5": digest("md5", b"others")}, BODY, (400, "BadDigest")),
        ({"x-amz-content-sha256": hashlib.sha256(BODY).hexdigest()}, BODY, (403, "SignatureDoesNotMatch")),
        ({"x-amz-meta-color": "red"}, BODY, (400, "AccessDenied")),
        ({"authorization": "Bearer x"}, BODY, (400, "InvalidRequest")),
        ({"content-length": str(len(BODY) - 1)}, BODY[:-1], (403, "SignatureDoesNotMatch")),
        (
            {"content-length": "", "transfer-encoding": "chunked"},
            b"%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY),
            (411, "MissingContentLength"),
        ),
    ],
    ids=["wrong crc32", "wrong md5", "signed payload", "metadata", "token", "shorter", "chunked"],
)
def test_other_headers_get_an_answer_with_a_code(
    minio: S3ObjectStore, headers: dict[str, str], body: bytes, expected: tuple[int, str]
) -> None:
    part = signed(minio)
    reply = part.put(headers, body)
    assert (reply.status, reply.code, part.stored()) == (*expected, [])


def test_checksums_of_two_kinds_are_refused(minio: S3ObjectStore) -> None:
    reply = signed(minio, digest("sha256")).put({"x-amz-checksum-crc32": crc32()})
    assert (reply.status, reply.code) == (400, "InvalidArgument")


def test_a_browser_may_send_a_part_and_reads_its_etag(store: S3ObjectStore) -> None:
    part = signed(store)
    asked = {"access-control-request-method": "PUT", "access-control-request-headers": "content-type"}
    preflight = send("OPTIONS", part.url, {"origin": ORIGIN, **asked})
    assert preflight.status in {200, 204}
    assert preflight.headers["access-control-allow-origin"] in {ORIGIN, "*"}
    assert "PUT" in preflight.headers["access-control-allow-methods"]
    assert preflight.headers["access-control-allow-headers"].lower() in {"content-type", "*"}

    reply = part.put({"origin": ORIGIN, "content-type": "application/octet-stream"})
    assert (reply.status, reply.headers["etag"].strip('"')) == (200, hashlib.md5(BODY).hexdigest())
    assert reply.headers["access-control-allow-origin"] in {ORIGIN, "*"}
    assert "etag" in reply.exposed()
    assert {"x-amz-checksum-sha256", "x-amz*", "*"} & reply.exposed()


def test_a_url_past_its_end_is_told_with_the_store_s_time(
    minio: S3ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("maas.adapters.aws.object_store.SIGNED_SECONDS", 1)
    part = signed(minio)
    time.sleep(2.1)
    reply = part.put({})
    assert (reply.status, reply.code) == (403, "AccessDenied")
    assert b"Request has expired" in reply.body
    assert reply.headers["date"]
