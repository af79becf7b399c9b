"""The audit log's objects and index: in memory, in S3's stand-ins and in DynamoDB."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import boto3
import pytest
from botocore.exceptions import ClientError

from local.paths import ROOT
from local.template.buckets import BucketKeeper
from local.template.document import BUCKET, Template
from maas.adapters.aws.audit import index as adapter
from maas.adapters.aws.audit.index import DynamoAuditIndex
from maas.adapters.aws.audit.objects import S3AuditObjects
from maas.domain.audit.chain import Head, Segment
from maas.domain.audit.events import AuditEvent, stamp
from maas.domain.audit.filters import AuditFilter, Period
from maas.domain.audit.verification import Verification
from maas.domain.errors import NotFound
from maas.domain.ids import new_id
from maas.services.auditing import AuditService
from maas.services.ports.audit import AuditIndex, AuditObjects
from tests.fakes.audit import FakeAuditIndex, FakeAuditObjects
from tests.support.audit_logs import BEGIN, event
from tests.support.aws import Aws
from tests.support.table_engines import TABLE_STORES, TESTED_ENGINES

BUCKET_NAME = "audit"
NOW = BEGIN + timedelta(hours=1)
AUTH = "AuthFunction"


@pytest.fixture(params=["memory", *TABLE_STORES])
def index(request: pytest.FixtureRequest) -> AuditIndex:
    if request.param == "memory":
        return FakeAuditIndex()
    return in_table(request)


@pytest.fixture(params=TESTED_ENGINES)
def real_index(request: pytest.FixtureRequest) -> AuditIndex:
    """An index for writers at once. moto sometimes loses a conditional update."""
    return in_table(request)


def in_table(request: pytest.FixtureRequest) -> AuditIndex:
    if request.param == "moto":
        aws: Aws = request.getfixturevalue("aws")
        return DynamoAuditIndex(aws.application.functions[AUTH].environment["MAAS_AUDIT_TABLE"], aws.endpoint, 400)
    found = request.getfixturevalue("tables_of")(request.param)
    return DynamoAuditIndex(found.audit, found.endpoint, 400)


@pytest.fixture(params=["memory", "moto_s3", "minio_s3"])
def objects(request: pytest.FixtureRequest) -> AuditObjects:
    if request.param == "memory":
        return FakeAuditObjects()
    endpoint = request.getfixturevalue(request.param)
    make_locked_bucket(endpoint)
    return S3AuditObjects(BUCKET_NAME, endpoint)


def make_locked_bucket(endpoint: str) -> None:
    """The bucket of the template, by the local stack's own code."""
    template = Template(ROOT / "template.yaml", {"AwsEndpoint": endpoint})
    assert "AuditBucket" in template.of_type(BUCKET)
    properties = template.properties("AuditBucket", ("LoggingConfiguration", "OwnershipControls"))
    BucketKeeper(boto3.client("s3", endpoint_url=endpoint), []).ensure("AuditBucket", BUCKET_NAME, properties)


@pytest.fixture
def organization() -> str:
    return new_id()


def segment(before: Head, *events: AuditEvent) -> Segment:
    return Segment.begin(before, events, stamp(NOW))


def test_an_object_is_stored_only_if_there_is_none(objects: AuditObjects) -> None:
    key = f"{new_id()}/000000000001.jsonl"
    with pytest.raises(NotFound):
        objects.read(key)
    assert objects.add(key, b"first\n")
    assert not objects.add(key, b"second\n")
    assert objects.read(key) == b"first\n"


def test_of_writers_at_once_one_stores_its_object(objects: AuditObjects) -> None:
    key = f"{new_id()}/000000000001.jsonl"
    bodies = [f"{number}\n".encode() for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        added = list(pool.map(lambda body: objects.add(key, body), bodies))
    assert added.count(True) == 1
    assert objects.read(key) == bodies[added.index(True)]


def test_nobody_deletes_a_locked_record(minio_s3: str) -> None:
    key = f"{new_id()}/000000000001.jsonl"
    make_locked_bucket(minio_s3)
    assert S3AuditObjects(BUCKET_NAME, minio_s3).add(key, b"first\n")
    s3 = boto3.client("s3", endpoint_url=minio_s3)
    version = s3.head_object(Bucket=BUCKET_NAME, Key=key)["VersionId"]
    with pytest.raises(ClientError) as refused:
        s3.delete_object(Bucket=BUCKET_NAME, Key=key, VersionId=version)
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] in (400, 403)
    retention = s3.get_object_retention(Bucket=BUCKET_NAME, Key=key, VersionId=version)["Retention"]
    assert retention["Mode"] == "GOVERNANCE"
    s3.delete_object(Bucket=BUCKET_NAME, Key=key)  # a delete marker hides it, and the version stays
    assert s3.get_object(Bucket=BUCKET_NAME, Key=key, VersionId=version)["Body"].read() == b"first\n"


def test_a_segment_moves_the_head_that_it_follows(index: AuditIndex, organization: str) -> None:
    start = index.head(organization)
    assert start == Head(organization)
    first = segment(start, event(organization, 1), event(organization, 2))
    assert index.extend(first)
    assert index.head(organization) == first.head
    assert not index.extend(first)
    assert not index.extend(segment(start, event(organization, 3)))
    assert index.extend(segment(first.head, event(organization, 4)))
    assert index.head(organization).sequence == 3


def test_known_events_are_those_with_a_record(index: AuditIndex, organization: str) -> None:
    events = [event(organization, number) for number in range(250)]
    for start in range(0, 180, 90):
        assert index.extend(segment(index.head(organization), *events[start : start + 90]))
    assert index.known([*events, events[0]]) == {each.id for each in events[:180]}
    assert index.known([]) == set()


def test_one_of_writers_at_once_moves_the_head(real_index: AuditIndex, organization: str) -> None:
    segments = [segment(Head(organization), event(organization, number)) for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        extended = list(pool.map(real_index.extend, segments))
    while True not in extended:  # each was in another's way, and none was stored
        assert real_index.head(organization) == Head(organization)
        extended = [real_index.extend(each) for each in segments]
    assert extended.count(True) == 1
    assert real_index.head(organization) == segments[extended.index(True)].head


@pytest.fixture
def filled(index: AuditIndex, organization: str) -> list[AuditEvent]:
    """Ten events: even ones by ada, every third is a deletion, and each second pair is about one model."""
    events = [
        event(
            organization,
            number,
            subject="ada" if number % 2 == 0 else "bob",
            type="ModelDeleted" if number % 3 == 0 else "ModelUpdated",
            model_id=f"m{number // 2 % 2}",
        )
        for number in range(10)
    ]
    assert index.extend(segment(Head(organization), *events[:5]))
    assert index.extend(segment(index.head(organization), *events[5:]))
    other = new_id()
    assert index.extend(segment(Head(other), event(other, 1, subject="ada")))
    return events


@pytest.mark.parametrize(
    ("narrowed", "numbers"),
    [
        (AuditFilter(), range(10)),
        (AuditFilter(actor="ada"), [0, 2, 4, 6, 8]),
        (AuditFilter(action="ModelDeleted"), [0, 3, 6, 9]),
        (AuditFilter(object="model/m1"), [2, 3, 6, 7]),
        (AuditFilter(object="model/m1/version/1"), []),
        (AuditFilter(actor="ada", action="ModelDeleted"), [0, 6]),
        (AuditFilter(actor="bob", action="ModelDeleted", object="model/m1"), [3]),
        (AuditFilter(actor="nobody"), []),
        (AuditFilter(period=Period(start=stamp(BEGIN + timedelta(seconds=3)))), range(3, 10)),
        (AuditFilter(period=Period(end=stamp(BEGIN + timedelta(seconds=3)))), range(3)),
        (AuditFilter(actor="ada", period=Period(start=stamp(BEGIN), end=stamp(BEGIN + timedelta(seconds=3)))), [0, 2]),
    ],
)
@pytest.mark.parametrize("limit", [2, 100])
def test_records_are_found_by_every_filter_the_newest_first(
    index: AuditIndex, organization: str, filled: list[AuditEvent], narrowed: AuditFilter, numbers: range, limit: int
) -> None:
    ids, place = list[str](), ""
    while True:
        found = index.find(organization, narrowed, limit=limit, after=place)
        assert len(found.items) <= limit
        ids += [record["id"] for record in found.items]
        place = found.place
        if not place:
            break
    assert ids == [filled[number].id for number in reversed(numbers)]


def test_a_page_ends_after_the_bytes_of_all_records_that_it_looks_at(
    index: AuditIndex, organization: str, filled: list[AuditEvent], monkeypatch: pytest.MonkeyPatch
) -> None:
    if isinstance(index, FakeAuditIndex):
        return  # it has all records at hand
    monkeypatch.setattr(adapter, "BYTES_MAX", 1)
    narrowed, pages, place = AuditFilter(actor="ada", action="ModelDeleted", object="model/m1"), 0, ""
    ids = list[str]()
    while pages == 0 or place:
        found = index.find(organization, narrowed, limit=100, after=place)
        place, pages = found.place, pages + 1
        ids += [record["id"] for record in found.items]
    assert ids == [filled[6].id]
    assert pages == len({number for number in range(10) if number // 2 % 2 == 1})


def test_segments_are_listed_by_the_time_of_recording(
    index: AuditIndex, organization: str, filled: list[AuditEvent]
) -> None:
    first = index.segments(organization, Period(), limit=1, after="")
    rest = index.segments(organization, Period(), limit=1, after=first.place)
    assert [(each.first, each.last) for each in (*first.items, *rest.items)] == [(1, 5), (6, 10)]
    assert rest.place == ""
    later = Period(start=stamp(NOW + timedelta(seconds=1)))
    assert index.segments(organization, later, limit=10, after="").items == ()
    assert len(filled) == first.items[0].last + 5


def test_writers_at_once_record_each_event_once_over_real_stores(
    real_index: AuditIndex, minio_s3: str, organization: str
) -> None:
    make_locked_bucket(minio_s3)
    objects = S3AuditObjects(BUCKET_NAME, minio_s3)
    events = [event(organization, number) for number in range(100)]
    with ThreadPoolExecutor(3) as pool:
        writers = [AuditService(objects, real_index, 400, lambda: NOW) for _ in range(3)]
        list(pool.map(lambda writer: writer.append(organization, events), writers))
    stored = real_index.segments(organization, Period(), limit=100, after="").items
    lines = b"".join(objects.read(each.key) for each in stored).splitlines(keepends=True)
    verified = Verification([real_index.head(organization)]).run(lines)
    assert (verified.finding, verified.head.sequence, len(lines)) == (None, 100, 100)
