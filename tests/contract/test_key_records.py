"""The storage of idempotency keys, in memory and in DynamoDB."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from maas.adapters.aws.key_records import DynamoKeyRecords
from maas.domain.idempotency import KEPT, KeyRecord
from maas.domain.ids import new_id
from maas.services.ports.idempotency import KeyRecords
from tests.fakes.key_records import FakeKeyRecords
from tests.support.aws import Aws
from tests.support.table_engines import TABLE_STORES

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)


@pytest.fixture(params=["memory", *TABLE_STORES])
def records(request: pytest.FixtureRequest) -> KeyRecords:
    if request.param == "memory":
        return FakeKeyRecords()
    if request.param == "moto":
        aws: Aws = request.getfixturevalue("aws")
        name = aws.application.functions["ModelsFunction"].environment["MAAS_IDEMPOTENCY_TABLE"]
        return DynamoKeyRecords(name, aws.endpoint)
    found = request.getfixturevalue("tables_of")(request.param)
    return DynamoKeyRecords(found.keys, found.endpoint)


def record(**fields: object) -> KeyRecord:
    plain = KeyRecord(
        id=new_id(),
        fingerprint="f",
        effect_id=new_id(),
        attempt=new_id(),
        credential="session/1",
        locked_until=NOW + timedelta(seconds=29.5),
        expires_at=NOW + KEPT,
    )
    return replace(plain, **fields)  # type: ignore[arg-type]


def test_the_first_record_of_an_id_is_stored(records: KeyRecords) -> None:
    first = record()
    assert records.add(first, NOW) is None
    assert records.add(record(id=first.id), NOW) == first


def test_an_answer_survives_the_round_trip(records: KeyRecords) -> None:
    first = record()
    records.add(first, NOW)
    kept = replace(first, answer=b"\x00sealed", public_answer=b"\xff", secret_until=NOW + timedelta(minutes=10))
    assert records.replace(first, kept)
    assert records.add(record(id=first.id), NOW) == kept


def test_a_record_is_replaced_by_who_knows_its_answer(records: KeyRecords) -> None:
    first = record(answer=b"sealed")
    records.add(first, NOW)
    assert not records.replace(replace(first, answer=None), replace(first, attempt=new_id()))
    assert records.add(record(id=first.id), NOW) == first
    assert records.replace(first, second := replace(first, attempt=new_id(), answer=None))
    assert records.add(record(id=first.id), NOW) == second


def test_an_attempt_that_was_taken_over_changes_nothing(records: KeyRecords) -> None:
    first = record()
    second = replace(first, attempt=new_id())
    records.add(first, NOW)
    assert records.replace(first, second)
    assert not records.replace(first, replace(first, answer=b"late"))
    records.remove(first)
    assert records.add(record(id=first.id), NOW) == second


def test_a_removed_record_frees_its_id(records: KeyRecords) -> None:
    first = record()
    records.add(first, NOW)
    records.remove(first)
    records.remove(first)
    assert records.add(first, NOW) is None


def test_an_expired_record_is_overwritten_although_it_is_still_there(records: KeyRecords) -> None:
    first, second = record(), record()
    records.add(first, NOW)
    assert records.add(replace(second, id=first.id), NOW + KEPT - timedelta(seconds=1)) == first
    assert records.add(replace(second, id=first.id), NOW + KEPT) is None


def test_one_of_many_rivals_takes_a_record_over(records: KeyRecords) -> None:
    first = record()
    records.add(first, NOW)
    with ThreadPoolExecutor(8) as threads:
        taken = threads.map(lambda _: records.replace(first, replace(first, attempt=new_id())), range(8))
    assert sum(taken) == 1
